//! The way to AWS of one function: every request passes, and is counted with its answer.

use crate::ledger::Ledger;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tradewind_engine::ports::HttpRequest;
use tradewind_system::OperatorHttp;

/// More than any client of ours waits.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A running one; it ends with this value.
pub(crate) struct Toll {
    url: String,
    serving: JoinHandle<()>,
}

struct Passing {
    to: String,
    http: OperatorHttp,
    ledger: Arc<Ledger>,
}

impl Toll {
    /// To the services at that address; what passes is noted in `ledger`.
    pub(crate) async fn start(to: &str, ledger: Arc<Ledger>) -> io::Result<Self> {
        let http = OperatorHttp::new().map_err(io::Error::other)?;
        let passing = Passing { to: to.to_owned(), http, ledger };
        let routes = Router::new().fallback(pass).with_state(Arc::new(passing));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        // It ends by being aborted.
        let serving = tokio::spawn(async { drop(axum::serve(listener, routes).await) });
        Ok(Self { url, serving })
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Toll {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass(
    State(passing): State<Arc<Passing>>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = target.map_or_else(|| format!("{method} {}", uri.path()), str::to_owned);
    for ours in [HOST, CONTENT_LENGTH, CONNECTION, TRANSFER_ENCODING] {
        headers.remove(ours);
    }
    let url = format!("{}{uri}", passing.to);
    let request = HttpRequest { method, url, headers, body: body.clone(), timeout: TIMEOUT };
    match passing.http.send(request).await {
        Ok(mut answer) => {
            passing.ledger.note(&operation, &body, answer.status.is_success(), &answer.body);
            for theirs in [CONTENT_LENGTH, CONNECTION, TRANSFER_ENCODING] {
                answer.headers.remove(theirs);
            }
            (answer.status, answer.headers, answer.body).into_response()
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
