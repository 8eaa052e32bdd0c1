//! The running platform, and how it is asked.

use super::answer::Answered;
use super::clock::MovableClock;
use super::given::Given;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tradewind::http::ReqwestHttp;
use tradewind::runtime::{Outside, Runtime, TOKEN_FILE};
use tradewind::store::Store;
use tradewind_engine::ports::{Http as _, HttpRequest};

const TIMEOUT: Duration = Duration::from_secs(30);

/// A runtime that serves a project folder on a free port.
pub(crate) struct TestApp {
    /// Such as `http://127.0.0.1:40001`.
    pub(crate) url: String,
    /// The token of the admin API.
    pub(crate) token: String,
    /// Its time.
    pub(crate) clock: Arc<MovableClock>,
    pub(super) given: Given,
    folder: TempDir,
    runtime: Runtime,
    http: ReqwestHttp,
}

impl TestApp {
    pub(super) async fn start(given: Given, folder: TempDir, clock: Arc<MovableClock>) -> Self {
        given.write(folder.path());
        let options = given.options(folder.path());
        let http = Arc::new(ReqwestHttp::new().unwrap());
        let outside = Outside { http, clock: clock.clone() };
        let runtime = Runtime::start_with(&options, outside).await;
        let runtime = runtime.unwrap_or_else(|error| panic!("{error}: {error:?}"));
        let token = std::fs::read_to_string(options.data_dir.join(TOKEN_FILE)).unwrap();
        let (url, http) = (runtime.url.clone(), ReqwestHttp::new().unwrap());
        Self { url, token, clock, given, folder, runtime, http }
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

    /// Any request.
    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Answered {
        let url = format!("{}{path}", self.url);
        let request = HttpRequest { method, url, headers, body: body.into(), timeout: TIMEOUT };
        let answer = self.http.send(request).await.unwrap();
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        Answered { status: answer.status, headers: answer.headers, text }
    }

    /// A request to the admin API, with its token.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answered {
        let mut headers = HeaderMap::new();
        let token = format!("Bearer {}", self.token);
        headers.insert("authorization", HeaderValue::from_str(&token).unwrap());
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.request(method, path, headers, body.into_bytes()).await
    }

    /// What the admin API shows there.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answered = self.call("GET", path, None).await;
        assert!(answered.status.is_success(), "GET {path}: {answered:?}");
        answered.json()
    }

    /// What the admin API made of it; it has to be a success.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let answered = self.call("POST", path, Some(body)).await;
        assert!(answered.status.is_success(), "POST {path}: {answered:?}");
        answered.json()
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
}
