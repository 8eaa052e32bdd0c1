//! `tradewind up` in a folder that a test has prepared.

use crate::app::tradewind;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const WAIT_MAX: Duration = Duration::from_secs(30);

/// A serving process; it is killed with this value.
pub(super) struct Up {
    /// Where it serves.
    pub(super) url: String,
    /// What it said until it served, and what it said of its folder then.
    pub(super) said: Vec<String>,
    lines: Receiver<String>,
    child: Child,
}

impl Up {
    /// Starts it on a free port and waits until it serves.
    pub(super) fn start(dir: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        let mut command = tradewind(Path::new("."), &BTreeMap::new());
        command.envs(environment.iter().copied()).args(["up", "--port", "0"]).args(arguments);
        Self::spawn(dir, command)
    }

    /// The same by a command that comes to that.
    pub(super) fn spawn(dir: &Path, mut command: Command) -> Self {
        command.current_dir(dir).stderr(Stdio::piped());
        // Another test may have started a program while the copy of this one was still open for writing.
        let mut spawned = command.spawn();
        while spawned.as_ref().is_err_and(|error| error.kind() == ErrorKind::ExecutableFileBusy) {
            std::thread::sleep(Duration::from_millis(20));
            spawned = command.spawn();
        }
        let mut child = spawned.unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (say, lines) = channel();
        // What it says is read to the end, so that it never waits for a reader.
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = say.send(line);
            }
        });
        let mut up = Self { url: String::new(), said: Vec::new(), lines, child };
        while !up.said.iter().any(|line| line.starts_with("workflows: ")) {
            let line = up.lines.recv_timeout(WAIT_MAX);
            up.said.push(line.unwrap_or_else(|_| panic!("it does not serve: {:?}", up.said)));
        }
        let serves = up.said.iter().find(|line| line.starts_with("tradewind serves")).unwrap();
        up.url = serves.rsplit_once(" at ").unwrap().1.to_owned();
        up
    }

    /// Ends it as a power cut would.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it in an orderly way; all that it ever said.
    pub(super) fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(std::process::Command::new("kill").arg(&id).status().unwrap().success());
        self.child.wait().unwrap();
        let rest: Vec<String> = self.lines.iter().collect();
        [&self.said[..], &rest[..]].concat().join("\n")
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // It has ended already, or the test is over.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
