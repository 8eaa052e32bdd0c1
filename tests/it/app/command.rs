//! The command `tradewind` as a process of its own.

use super::running::TestApp;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

impl TestApp {
    /// Runs the command beside this process, on its folder.
    pub(crate) async fn command(&self, arguments: &[&str]) -> Output {
        let mut command = tradewind(self.dir(), self.given.environment());
        command.args(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }
}

/// The command on that folder, with that environment and no other.
pub(crate) fn tradewind(dir: &Path, environment: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradewind"));
    command.env_clear().envs(environment).arg("--dir").arg(dir);
    command
}
