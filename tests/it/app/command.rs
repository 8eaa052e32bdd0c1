//! The command `tradewind` as a process of its own.

use super::running::TestApp;
use crate::surface::check_plain;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Far more than any command takes that does not serve.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// The services of a test are fakes on loopback: the operator of its processes allows them.
pub(super) const FAKES: &str = "127.0.0.1:*";
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How a command ended, and what it said.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The exit code; nothing where it had to be killed.
    pub(crate) code: Option<i32>,
    /// What it printed.
    pub(crate) stdout: String,
    /// What it noted and logged.
    pub(crate) stderr: String,
}

impl TestApp {
    /// Runs the command beside this process, on its folder.
    pub(crate) async fn command(&self, arguments: &[&str]) -> Finished {
        let mut command = tradewind(self.dir(), self.given.environment());
        command.args(arguments);
        finished(command).await
    }
}

/// The command on that folder, with that environment and no other.
pub(crate) fn tradewind(dir: &Path, environment: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradewind"));
    command.env_clear().env("TRADEWIND_ALLOW_HOSTS", FAKES).envs(environment).arg("--dir").arg(dir);
    command
}

/// Runs a command to its end; one that does not end is killed.
pub(crate) async fn finished(mut command: Command) -> Finished {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let stdout = tokio::task::spawn_blocking(|| std::io::read_to_string(stdout).unwrap());
    let stderr = tokio::task::spawn_blocking(|| std::io::read_to_string(stderr).unwrap());
    let ended = tokio::time::timeout(WAIT_MAX, async {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        loop {
            ticks.tick().await;
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
        }
    });
    let code = match ended.await {
        Ok(status) => status.code(),
        Err(_) => {
            child.kill().unwrap();
            child.wait().unwrap();
            None
        }
    };
    let (stdout, stderr) = (stdout.await.unwrap(), stderr.await.unwrap());
    check_plain("the command", &stdout);
    check_plain("the command", &stderr);
    Finished { code, stdout, stderr }
}
