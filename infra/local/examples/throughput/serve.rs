//! The platform as it is, in a folder of its own.

use crate::messages::SECRET;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use tempfile::TempDir;
use tradewind::logs::Logs;
use tradewind::runtime::{Options, Runtime, TOKEN_FILE};
use tradewind::secrets::SecretsFile;
use tradewind_platform::apply::ProjectFiles;

const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: '${{ secret.cl_webhook }}' }
  mail: { provider: sendgrid, api_key: '${{ secret.sendgrid }}', from: shop@example.com, base_url: 'SINK' }
";

const WORKFLOW: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
if: trigger.order.total.amount > 0 and not trigger.test
steps:
  - id: confirm
    uses: email.send
    via: mail
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Your order ${{ trigger.order.number }}
      html: ${{ trigger.order.lines | order_table }}
";

/// Serves until the process is ended; mails go to `sink`.
pub(crate) async fn serve(sink: &str) -> io::Result<()> {
    let (runtime, _folder) = start(sink).await?;
    writeln!(io::stdout(), "{}", runtime.url.trim_start_matches("http://"))?;
    std::future::pending().await
}

/// The same with a log, as `tradewind up` has it; the token is said too.
pub(crate) async fn serve_logged(sink: &str) -> io::Result<()> {
    let logs = Logs::to_stderr()?;
    tracing_subscriber::fmt().with_writer(logs).with_ansi(false).init();
    let (runtime, folder) = start(sink).await?;
    let token = std::fs::read_to_string(folder.path().join(".tradewind").join(TOKEN_FILE))?;
    writeln!(io::stdout(), "{} {token}", runtime.url.trim_start_matches("http://"))?;
    std::future::pending().await
}

async fn start(sink: &str) -> io::Result<(Runtime, TempDir)> {
    let folder = tempfile::tempdir()?;
    let data_dir = folder.path().join(".tradewind");
    // As a user keeps them: in the encrypted file.
    let secrets = SecretsFile::in_folder(&data_dir);
    for (name, value) in [("cl_webhook", SECRET), ("sendgrid", "SG.key")] {
        secrets.set(name, &value.into()).map_err(io::Error::other)?;
    }
    let options = Options {
        files: ProjectFiles {
            project: PROJECT.replace("SINK", sink),
            workflows: BTreeMap::from([("confirm".into(), WORKFLOW.to_owned())]),
            env: BTreeMap::new(),
            providers: BTreeMap::new(),
        },
        dir: folder.path().to_owned(),
        data_dir,
        listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 0,
        allowed_hosts: "127.0.0.1:*".parse().map_err(io::Error::other)?,
        api_hosts: Vec::new(),
        environment: BTreeMap::new(),
    };
    let runtime = Runtime::start(&options).await.map_err(io::Error::other)?;
    Ok((runtime, folder))
}
