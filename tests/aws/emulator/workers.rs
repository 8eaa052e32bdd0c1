//! The processes that the emulator runs functions in, and their ends.

use super::Emulator;
use std::fs;
use std::path::Path;
use std::process::Command;

impl Emulator {
    /// The ids of the processes that run that function now.
    pub(crate) fn workers_of(&self, function: &str) -> Vec<u32> {
        let name = format!("AWS_LAMBDA_FUNCTION_NAME={function}");
        self.workers(|line| line == name.as_bytes())
    }

    /// The same of all functions of a stage.
    pub(crate) fn workers_of_stage(&self, stage: &str) -> Vec<u32> {
        let prefix = format!("AWS_LAMBDA_FUNCTION_NAME=tradewind-{stage}-");
        self.workers(|line| line.starts_with(prefix.as_bytes()))
    }

    /// The one of them that has a connection to that server.
    pub(crate) fn worker_that_calls(&self, function: &str, url: &str) -> Option<u32> {
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok())?;
        let sockets = sockets_to(port);
        let is_open = |id: &u32| {
            let descriptors =
                fs::read_dir(format!("/proc/{id}/fd")).into_iter().flatten().flatten();
            let targets = descriptors.filter_map(|entry| fs::read_link(entry.path()).ok());
            targets
                .into_iter()
                .any(|target| sockets.iter().any(|socket| target == Path::new(socket)))
        };
        self.workers_of(function).into_iter().find(is_open)
    }

    /// Kills one of them, as a crash would: nothing of it runs on. It may have ended by itself.
    pub(crate) fn kill_worker(&self, worker: u32) {
        let _ = Command::new("kill").args(["-KILL", &worker.to_string()]).status();
    }

    /// Processes of this emulator of which a variable fits: each is told whose it is.
    fn workers(&self, fits: impl Fn(&[u8]) -> bool) -> Vec<u32> {
        let endpoint = format!("AWS_ENDPOINT_URL={}", self.url());
        let is_ours = |id: &u32| {
            let variables = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            let mut lines = variables.split(|byte| *byte == 0);
            lines.clone().any(|line| line == endpoint.as_bytes()) && lines.any(&fits)
        };
        let all = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        ids.filter(is_ours).collect()
    }
}

/// The established connections to that port of this machine, as `/proc/<id>/fd` names them.
fn sockets_to(port: u16) -> Vec<String> {
    const ESTABLISHED: &str = "01";
    let table = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let to_port = |row: &Vec<&str>| {
        let remote = row.get(2).and_then(|remote| remote.split_once(':'));
        let remote = remote.and_then(|(_, port)| u16::from_str_radix(port, 16).ok());
        remote == Some(port) && row.get(3) == Some(&ESTABLISHED)
    };
    rows.filter(to_port).filter_map(|row| Some(format!("socket:[{}]", row.get(9)?))).collect()
}
