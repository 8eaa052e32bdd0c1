//! An emulated AWS on a loopback port, as a process that never outlives this one.

mod workers;

use crate::folders::Scratch;
use crate::patience::wait_for;
use crate::tools::Tools;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin};
use std::sync::Mutex;
use std::time::Duration;
use tradewind_aws::clients::Clients;
use tradewind_aws::stage::Stage;

/// A start takes a second, and its port may be taken by somebody else in that second.
const STARTS: u32 = 3;
const START_MAX: Duration = Duration::from_secs(60);
/// The keeper gives the emulator three seconds.
const STOP_MAX: Duration = Duration::from_secs(20);
/// How much of the log is shown where it does not start.
const TAIL_LINES: usize = 30;

/// Whether the permissions of roles count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permissions {
    /// Everybody may do everything.
    Ignored,
    /// A function may do what its role says.
    Enforced,
}

/// A running emulator; it ends with this value, and with this process at the latest.
pub(crate) struct Emulator {
    port: u16,
    log: PathBuf,
    keeper: Mutex<Child>,
    /// Closed where this process ends, however it ends.
    line: Mutex<Option<ChildStdin>>,
}

impl Emulator {
    /// Starts it on a free port; its data is in a folder of that name.
    pub(crate) async fn start(
        tools: &Tools,
        scratch: &Scratch,
        name: &str,
        permissions: Permissions,
    ) -> Result<Self, String> {
        let folder = scratch.folder(name).map_err(|error| error.to_string())?;
        let mut failure = String::new();
        for _ in 0..STARTS {
            let emulator = Self::spawn(tools, &folder, permissions)?;
            let serves = wait_for(START_MAX, async || emulator.serves_or_ended().await).await;
            match serves {
                Some(true) => return Ok(emulator),
                _ => failure = emulator.tail(),
            }
        }
        Err(format!("the emulator does not start:\n{failure}"))
    }

    fn spawn(tools: &Tools, folder: &Path, permissions: Permissions) -> Result<Self, String> {
        let say = |error: std::io::Error| error.to_string();
        let log = folder.join("emulator.log");
        let file = File::create(&log).map_err(say)?;
        let port = free_port().map_err(say)?;
        let mut command = tools.emulator(folder);
        command
            .envs([
                ("BIND_HOST", "127.0.0.1"),
                ("MINISTACK_REGION", "us-east-1"),
                // Otherwise it listens on a second port, on all addresses.
                ("IOT_MTLS_ENABLED", "false"),
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
            ])
            .env("GATEWAY_PORT", port.to_string())
            // So that functions are told where it is.
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
            .env("AUTH", (permissions == Permissions::Enforced).to_string())
            .stdout(file.try_clone().map_err(say)?)
            .stderr(file);
        let mut keeper = command.spawn().map_err(say)?;
        let line = Mutex::new(keeper.stdin.take());
        Ok(Self { port, log, keeper: Mutex::new(keeper), line })
    }

    /// Such as `http://127.0.0.1:40001`.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Clients of its services, as the account's owner.
    pub(crate) fn clients(&self) -> Clients {
        let variables = [
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_ENDPOINT_URL", self.url()),
        ];
        let stage = Stage::new(variables.map(|(name, value)| (name.to_owned(), value)));
        Clients::new(&stage).expect("all variables are there")
    }

    /// Ends it.
    pub(crate) fn stop(&self) {
        drop(self.line.lock().expect("nothing panics with it").take());
        let mut keeper = self.keeper.lock().expect("nothing panics with it");
        let rounds = STOP_MAX.as_millis() / 20;
        for _ in 0..rounds {
            if matches!(keeper.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = keeper.kill();
        let _ = keeper.wait();
    }

    /// Whether it serves; nothing while it starts.
    async fn serves_or_ended(&self) -> Option<bool> {
        if let Ok(Some(_)) = self.keeper.lock().expect("nothing panics with it").try_wait() {
            return Some(false);
        }
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await;
        stream.is_ok().then_some(true)
    }

    fn tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
