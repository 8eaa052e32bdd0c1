//! `tradewind up` with any standard error, found as a person's command finds it.

use crate::app::{Given, Platform, tradewind};

use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;
use tempfile::TempDir;
use tradewind::runtime::{API_FILE, TOKEN_FILE};

/// A start takes a fraction of a second, a stop as long as the work that is under way.
const WAIT_MAX: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A process in a folder of its own; it is killed with this value.
pub(crate) struct Started {
    pub(super) folder: TempDir,
    child: Child,
}

impl Started {
    /// Starts it on a free port; `prepare` says what is different about it.
    pub(crate) fn spawn(given: &Given, prepare: impl FnOnce(Command) -> Command) -> Self {
        Self::spawn_at(0, given, prepare)
    }

    /// The same on that port.
    pub(crate) fn spawn_at(
        port: u16,
        given: &Given,
        prepare: impl FnOnce(Command) -> Command,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        given.write(folder.path());
        let child = prepare(up(folder.path(), port, given)).spawn().unwrap();
        Self { folder, child }
    }

    /// Ends it as a power cut would, and starts the next one in the same folder.
    pub(crate) fn kill_and_start(&mut self, given: &Given) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::fs::remove_file(self.folder.path().join(".tradewind").join(API_FILE)).unwrap();
        self.child = up(self.folder.path(), 0, given).spawn().unwrap();
    }

    /// What the process was given to write to, or read from.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The file in the data directory, once it is there.
    pub(crate) async fn file(&self, name: &str) -> String {
        let file = self.folder.path().join(".tradewind").join(name);
        until(&format!("{name} to be there"), || std::fs::read_to_string(&file).ok()).await
    }

    /// The platform, once it can be found.
    pub(crate) async fn platform(&self) -> Platform {
        let address: serde_json::Value = serde_json::from_str(&self.file(API_FILE).await).unwrap();
        let token = self.file(TOKEN_FILE).await;
        Platform::at(address["url"].as_str().unwrap(), &token)
    }

    /// Sends it a signal, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let (name, id) = (format!("-{name}"), self.child.id().to_string());
        assert!(Command::new("kill").args([&name, &id]).status().unwrap().success());
    }

    /// How it ended.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        until("the process to end", || child.try_wait().unwrap()).await
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It has ended already, or the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn up(dir: &Path, port: u16, given: &Given) -> Command {
    let mut command = tradewind(dir, given.environment());
    command.args(["up", "--port", &port.to_string()]);
    command
}

/// The command, run by a shell that does this first.
pub(crate) fn in_shell(first: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{first}; exec \"$0\" \"$@\""));
    shell.arg(command.get_program()).args(command.get_args()).env_clear();
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    shell
}

async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let found = tokio::time::timeout(WAIT_MAX, async {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        loop {
            ticks.tick().await;
            if let Some(found) = look() {
                return found;
            }
        }
    });
    found.await.unwrap_or_else(|_| panic!("waited {WAIT_MAX:?} for {what}"))
}
