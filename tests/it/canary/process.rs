//! A process of its own, that logs all it can: secrets from its environment and from the encrypted file.

use super::hostile::Hostile;
use super::planted::{Fate, planted, webhook_secret};
use super::project::{SHOP, project};
use super::search::check;
use super::{answers, life, said};
use crate::app::{Given, Platform, tradewind};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tradewind::runtime::{API_FILE, TOKEN_FILE};

/// Those that need no time to pass.
const FATES: [Fate; 6] =
    [Fate::Succeeds, Fate::Refused, Fate::Unauthorized, Fate::Cut, Fate::Shortened, Fate::Closed];
const WAIT_MAX: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_logs_everything_says_no_secret() {
    let services = Hostile::start().await;
    let planted = planted(&services.server.url, &FATES);
    services.learn(&planted);
    let folder = tempfile::tempdir().unwrap();
    let mut given = project(&planted).variable("RUST_LOG", "trace");
    // Nothing of the project names it.
    given = given.variable("CANARY_NAME", "CANARY-of-another-program");
    for (index, (name, value)) in planted.iter().flat_map(|one| &one.secrets).enumerate() {
        match index % 3 {
            0 => keep(folder.path(), name, value),
            _ => given = given.secret(name, value),
        }
    }
    given.write(folder.path());
    let mut process = Serving::start(&given, folder.path());
    let (platform, token) = process.platform().await;
    let secret = webhook_secret(&planted, SHOP);
    let lived = life::live(&platform, &secret, || {}).await;
    assert_eq!(services.never_repeated(&planted), []);
    let mut all = answers::answers(&platform, &lived).await;
    all.extend(said::outputs(folder.path(), given.environment(), &lived).await);
    all.extend(said::files(folder.path()));
    all.extend(lived.said);
    let log = process.stop();
    assert!(
        log.contains("TRACE tradewind") || log.contains("DEBUG tradewind"),
        "it logs all it can"
    );
    all.push(("the log of the process".to_owned(), log));
    check(&all, &token);
}

/// Keeps a secret in the encrypted file.
fn keep(dir: &Path, name: &str, value: &str) {
    let mut command = tradewind(dir, &[("RUST_LOG".to_owned(), "trace".to_owned())].into());
    command.args(["secret", "set", name, "--from-stdin"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(value.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    let said = ("tradewind secret set".to_owned(), String::from_utf8_lossy(&said).into_owned());
    check(&vec![said], "no token yet");
}

/// `tradewind up`, whose output goes to a file.
struct Serving {
    child: Child,
    dir: std::path::PathBuf,
    log: tempfile::NamedTempFile,
}

impl Serving {
    fn start(given: &Given, dir: &Path) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command: Command = tradewind(dir, given.environment());
        command.args(["up", "--port", "0"]).stdin(Stdio::null());
        command.stdout(log.reopen().unwrap()).stderr(log.reopen().unwrap());
        Self { child: command.spawn().unwrap(), dir: dir.to_owned(), log }
    }

    async fn platform(&self) -> (Platform, String) {
        let data = self.dir.join(".tradewind");
        let found = tokio::time::timeout(WAIT_MAX, async {
            let mut ticks = tokio::time::interval(LOOK_EVERY);
            loop {
                ticks.tick().await;
                if let Ok(found) = std::fs::read_to_string(data.join(API_FILE)) {
                    return found;
                }
            }
        });
        let address: serde_json::Value =
            serde_json::from_str(&found.await.expect("the process serves")).unwrap();
        let token = std::fs::read_to_string(data.join(TOKEN_FILE)).unwrap();
        let mut platform = Platform::at(address["url"].as_str().unwrap(), &token);
        platform.patience.most = WAIT_MAX;
        (platform, token)
    }

    /// Ends it in an orderly way; all that it said.
    fn stop(&mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        let mut log = Vec::new();
        self.log.as_file_mut().read_to_end(&mut log).unwrap();
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
