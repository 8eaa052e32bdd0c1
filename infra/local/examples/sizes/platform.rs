//! The platform in a process of its own, in a folder that outlives it.

use crate::messages::SECRET;
use crate::usage::{self, Usage};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tradewind::runtime::{Options, Runtime, TOKEN_FILE};
use tradewind::secrets::SecretsFile;
use tradewind_platform::apply::ProjectFiles;

/// Within a project folder.
pub(crate) const DATA_DIR: &str = ".tradewind";

const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: '${{ secret.cl_webhook }}' }
  mail: { provider: sendgrid, api_key: '${{ secret.sendgrid }}', from: shop@example.com, base_url: 'MAILS' }
";

/// The workflow, where there is one in the folder.
const WORKFLOW: &str = "workflow.yaml";

/// A running process; it is killed with this value.
pub(crate) struct Platform {
    process: Child,
    address: SocketAddr,
    token: String,
    /// How long it took to be ready.
    pub(crate) ready_after: Duration,
}

impl Platform {
    /// Starts it in a folder, with that workflow.
    pub(crate) async fn start(folder: &Path, workflow: &str, mails: &str) -> io::Result<Self> {
        std::fs::write(folder.join(WORKFLOW), workflow)?;
        let begun_at = usage::now();
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("serve").arg(folder).arg(mails).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn()?;
        let stdout = process.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
        let line = BufReader::new(stdout).lines().next_line().await?.unwrap_or_default();
        let ready_after = begun_at.elapsed();
        let (address, token) = line.split_once(' ').unwrap_or_default();
        let address = address.parse().map_err(io::Error::other)?;
        Ok(Self { process, address, token: token.to_owned(), ready_after })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has used up to now.
    pub(crate) fn usage(&self) -> io::Result<Usage> {
        Usage::of(&self.process)
    }

    /// Bytes that it made the disk write.
    pub(crate) fn written(&self) -> io::Result<u64> {
        let id = self.process.id().ok_or_else(|| io::Error::other("the process has ended"))?;
        let text = std::fs::read_to_string(format!("/proc/{id}/io"))?;
        let written = text.lines().find_map(|line| line.strip_prefix("write_bytes: "));
        Ok(written.and_then(|bytes| bytes.parse().ok()).unwrap_or_default())
    }

    /// Kills it, as a machine that loses its power would.
    pub(crate) async fn kill(mut self) -> io::Result<()> {
        self.process.kill().await
    }

    /// Asks the API.
    pub(crate) async fn get(&self, path: &str) -> io::Result<Value> {
        self.ask("GET", path, "").await
    }

    /// Tells the API.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> io::Result<Value> {
        self.ask("POST", path, &body.to_string()).await
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> io::Result<Value> {
        let mut stream = TcpStream::connect(self.address).await?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            self.address,
            self.token,
            body.len(),
        );
        stream.write_all(format!("{head}{body}").as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        if !head.starts_with("HTTP/1.1 2") {
            return Err(io::Error::other(format!("{method} {path}: {answer}")));
        }
        serde_json::from_str(body).map_err(io::Error::other)
    }
}

/// Serves until the process is ended; says where it listens, and its token.
pub(crate) async fn serve(folder: &Path, mails: &str) -> io::Result<()> {
    let data_dir = folder.join(DATA_DIR);
    let secrets = SecretsFile::in_folder(&data_dir);
    for (name, value) in [("cl_webhook", SECRET), ("sendgrid", "SG.key")] {
        secrets.set(name, &value.into()).map_err(io::Error::other)?;
    }
    let workflow = std::fs::read_to_string(folder.join(WORKFLOW))?;
    let options = Options {
        files: ProjectFiles {
            project: PROJECT.replace("MAILS", mails),
            workflows: BTreeMap::from([("mails".into(), workflow)]),
            env: BTreeMap::new(),
            providers: BTreeMap::new(),
        },
        dir: folder.to_owned(),
        data_dir: data_dir.clone(),
        listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 0,
        allowed_hosts: "127.0.0.1:*".parse().map_err(io::Error::other)?,
        api_hosts: Vec::new(),
        environment: BTreeMap::new(),
    };
    let runtime = Runtime::start(&options).await.map_err(io::Error::other)?;
    let token = std::fs::read_to_string(data_dir.join(TOKEN_FILE))?;
    writeln!(io::stdout(), "{} {}", runtime.url.trim_start_matches("http://"), token.trim())?;
    std::future::pending().await
}
