//! The running platform, and how it is asked.

use super::clock::MovableClock;
use super::command::FAKES;
use super::given::Given;
use super::platform::{Platform, TIMEOUT};
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tradewind::runtime::{Options, Outside, Runtime, TOKEN_FILE};
use tradewind::store::Store;
use tradewind_engine::ports::Clock as _;
use tradewind_platform::apply::ProjectFiles;
use tradewind_system::GuardedHttp;

impl Given {
    /// How to serve it in this folder, on a free port.
    pub(crate) fn options(&self, dir: &Path) -> Options {
        let (workflows, providers) = (self.workflows.iter(), self.providers.iter());
        Options {
            files: ProjectFiles {
                project: self.project.clone(),
                workflows: workflows.map(|(id, text)| (id.as_str().into(), text.clone())).collect(),
                env: self.environment().clone(),
                providers: providers.map(|(id, text)| (id.as_str().into(), text.clone())).collect(),
            },
            dir: dir.to_owned(),
            data_dir: dir.join(".tradewind"),
            listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            allowed_hosts: FAKES.parse().unwrap(),
            api_hosts: Vec::new(),
            environment: self.environment().clone(),
        }
    }

    /// Starts it in a folder of its own.
    pub(crate) async fn start(self) -> TestApp {
        let folder = tempfile::tempdir().unwrap();
        self.start_in(folder, Arc::new(MovableClock::new())).await
    }

    /// Starts it in this folder, at this time.
    pub(crate) async fn start_in(self, folder: TempDir, clock: Arc<MovableClock>) -> TestApp {
        TestApp::start(self, folder, clock).await
    }
}

/// A runtime that serves a project folder on a free port.
pub(crate) struct TestApp {
    platform: Platform,
    /// Its time.
    pub(crate) clock: Arc<MovableClock>,
    pub(super) given: Given,
    folder: TempDir,
    runtime: Runtime,
}

impl Deref for TestApp {
    type Target = Platform;

    fn deref(&self) -> &Platform {
        &self.platform
    }
}

impl TestApp {
    pub(super) async fn start(given: Given, folder: TempDir, clock: Arc<MovableClock>) -> Self {
        given.write(folder.path());
        let options = given.options(folder.path());
        let http = Arc::new(GuardedHttp::new(options.allowed_hosts.clone()).unwrap());
        let outside = Outside { http, clock: clock.clone() };
        let runtime = Runtime::start_with(&options, outside).await;
        let runtime = runtime.unwrap_or_else(|error| panic!("{error}: {error:?}"));
        let token = std::fs::read_to_string(options.data_dir.join(TOKEN_FILE)).unwrap();
        let platform = Platform::at(&runtime.url, &token);
        Self { platform, clock, given, folder, runtime }
    }

    /// What it was started with.
    pub(crate) fn given(&self) -> Given {
        self.given.clone()
    }

    /// The project folder.
    pub(crate) fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// Where the data is.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.dir().join(".tradewind")
    }

    /// What lasts.
    pub(crate) fn store(&self) -> &Store {
        &self.runtime.parts.store
    }

    /// Bytes as they are, over a connection of their own; the answer until the other side closes.
    pub(crate) async fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).await.unwrap();
        // The other side may have answered and closed before it read all.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let reading = tokio::time::timeout(TIMEOUT, stream.read_to_end(&mut answer)).await;
        let _ = reading.expect("the other side closes");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Stops in an orderly way and gives the folder back.
    pub(crate) async fn stop(self) -> TempDir {
        self.runtime.stop().await;
        self.folder
    }

    /// Stops and starts again, at the same time and in the same folder.
    pub(crate) async fn restart(self) -> Self {
        let (given, clock) = (self.given.clone(), self.clock.clone());
        let folder = self.stop().await;
        Self::start(given, folder, clock).await
    }

    /// Until no message is left and no run is open: nothing may be left of a test. Copies of
    /// messages wait until the claims that they met would have ended; time is moved on to there.
    pub(crate) async fn settle(&self) {
        self.wait_for("everything to end", async || {
            for state in ["active", "failing"] {
                let open = self.get(&format!("/api/runs?state={state}")).await;
                if open["runs"] != serde_json::json!([]) {
                    return None;
                }
            }
            let depths = self.store().queue_depths(self.clock.now()).await.unwrap();
            if depths.iter().all(|depth| depth.waiting == 0 && depth.in_flight == 0) {
                self.clock.pass(Duration::from_secs(30));
            }
            depths.is_empty().then_some(())
        })
        .await;
    }
}
