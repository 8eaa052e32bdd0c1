//! A function as Lambda serves it: a process that asks for its next event and posts its answer.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use crate::process::Process;
use crate::toll::Toll;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::{get, post};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tradewind_engine::ports::Clock as _;
use tradewind_system::SystemClock;

/// How long it is told that it has.
const TIME: Duration = Duration::from_secs(30);

/// A running function; it ends with this value.
pub(crate) struct Function {
    _toll: Toll,
    process: Process,
    events: mpsc::Sender<Invocation>,
    serving: JoinHandle<()>,
}

struct Invocation {
    event: Value,
    answer: oneshot::Sender<Result<Value, String>>,
}

/// The Runtime API of one process, which has one event at a time.
struct RuntimeApi {
    polled: Mutex<Option<oneshot::Sender<()>>>,
    events: Mutex<mpsc::Receiver<Invocation>>,
    current: Mutex<Option<oneshot::Sender<Result<Value, String>>>>,
}

impl Function {
    /// Starts that program as a function that reaches AWS by way of `toll`; it is ready then.
    pub(crate) async fn start(
        program: &Path,
        toll: Toll,
        variables: &BTreeMap<String, String>,
    ) -> io::Result<Self> {
        let (events, received) = mpsc::channel(1);
        let (polled, ready) = oneshot::channel();
        let api = RuntimeApi {
            polled: Mutex::new(Some(polled)),
            events: Mutex::new(received),
            current: Mutex::default(),
        };
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .with_state(Arc::new(api));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        // It ends by being aborted.
        let serving = tokio::spawn(async { drop(axum::serve(listener, routes).await) });
        let variables = variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let variables = variables.chain([("AWS_ENDPOINT_URL", toll.url())]);
        let process = Process::start(program, &address, variables)?;
        let ready = tokio::time::timeout(TIME, ready).await.is_ok_and(|ready| ready.is_ok());
        if !ready {
            return Err(io::Error::other(format!("{} does not start", program.display())));
        }
        Ok(Self { _toll: toll, process, events, serving })
    }

    /// What it answers to an event.
    pub(crate) async fn invoke(&self, event: Value) -> Result<Value, String> {
        let (answer, answered) = oneshot::channel();
        let invocation = Invocation { event, answer };
        self.events.send(invocation).await.map_err(|_| "the function is gone".to_owned())?;
        let answered = tokio::time::timeout(TIME, answered).await;
        answered.map_err(|_| "the function does not answer".to_owned())?.map_err(|_| "no answer")?
    }

    /// The memory that it has now, in kilobytes.
    pub(crate) fn resident_kb(&self) -> io::Result<u64> {
        self.process.resident_kb()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn next(State(api): State<Arc<RuntimeApi>>) -> impl IntoResponse {
    if let Some(polled) = api.polled.lock().await.take() {
        // Who started it may have given up.
        let _ = polled.send(());
    }
    let Some(invocation) = api.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    *api.current.lock().await = Some(invocation.answer);
    let deadline = SystemClock.now().as_millisecond() + TIME.as_millis() as i64;
    let headers = AppendHeaders([
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:000000000000:function:figures".to_owned(),
        ),
    ]);
    (headers, invocation.event.to_string()).into_response()
}

async fn answered(State(api): State<Arc<RuntimeApi>>, body: Bytes) -> StatusCode {
    finish(&api, serde_json::from_slice(&body).map_err(|error| error.to_string())).await
}

async fn failed(State(api): State<Arc<RuntimeApi>>, body: Bytes) -> StatusCode {
    finish(&api, Err(String::from_utf8_lossy(&body).into_owned())).await
}

async fn finish(api: &RuntimeApi, answer: Result<Value, String>) -> StatusCode {
    if let Some(waiting) = api.current.lock().await.take() {
        // Who waited too long is gone.
        let _ = waiting.send(answer);
    }
    StatusCode::ACCEPTED
}
