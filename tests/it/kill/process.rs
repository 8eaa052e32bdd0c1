//! `tradewind up` as a process of its own.

use crate::app::{Given, Platform, tradewind};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use tokio::sync::oneshot;
use tradewind::runtime::TOKEN_FILE;

/// A start takes a fraction of a second, a stop as long as the work that is under way.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// A running process; it is killed with this value.
pub(super) struct Process {
    /// How it is reached.
    pub(super) platform: Arc<Platform>,
    child: Child,
}

impl Process {
    /// Starts it in that folder, on a free port, and waits until it serves.
    pub(super) async fn start(given: &Given, dir: &Path) -> Self {
        let mut command = tradewind(dir, given.environment());
        command.env("RUST_LOG", "error").arg("--data-dir").arg(data_dir(dir));
        command.args(["up", "--port", "0"]).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (serves, served) = oneshot::channel();
        let said = Arc::<Mutex<Vec<String>>>::default();
        let (stderr, saying) = (child.stderr.take().unwrap(), Arc::clone(&said));
        // What it says is read to the end, so that it never waits for a reader.
        thread::spawn(move || {
            let mut serves = Some(serves);
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let url =
                    line.strip_prefix("tradewind serves ").and_then(|rest| rest.split_once(" at "));
                if let (Some((_, url)), Some(serves)) = (url, serves.take_if(|_| url.is_some())) {
                    let _ = serves.send(url.to_owned());
                }
                saying.lock().unwrap().push(line);
            }
        });
        let url = tokio::time::timeout(WAIT_MAX, served).await;
        let Ok(Ok(url)) = url else { panic!("it does not serve: {:?}", said.lock().unwrap()) };
        let token = std::fs::read_to_string(data_dir(dir).join(TOKEN_FILE)).unwrap();
        Self { platform: Arc::new(Platform::at(&url, &token)), child }
    }

    /// Ends it as a power cut would.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, as the system does at shutdown.
    pub(super) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Sends it a signal, such as `-STOP`.
    pub(super) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// How it ended.
    pub(super) async fn ended(mut self) -> ExitStatus {
        let ended = async {
            let mut ticks = tokio::time::interval(Duration::from_millis(10));
            loop {
                ticks.tick().await;
                if let Some(status) = self.child.try_wait().unwrap() {
                    return status;
                }
            }
        };
        tokio::time::timeout(WAIT_MAX, ended).await.expect("it ends")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already, or the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where its data is.
pub(super) fn data_dir(dir: &Path) -> PathBuf {
    dir.join("data")
}
