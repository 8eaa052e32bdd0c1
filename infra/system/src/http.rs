//! Calls to other services over TCP and TLS, with one client for all of them.
//!
//! Invariant: [`HttpError::NotSent`] is only said where no byte of the request can have left this
//! machine. Whatever is in doubt is [`HttpError::Lost`]. Nothing is repeated and no redirect is
//! followed: both are decisions of the caller.

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use reqwest::{Client, Response, Url, redirect, retry};
use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::ports::{BODY_BYTES_MAX, Http, HttpError, HttpRequest, HttpResponse};

/// The longest that name resolution, connecting and the TLS handshake may take together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A kept connection that the other side closes at the moment when it is used again loses a
/// request. Servers close theirs after 5 s and more, so ours are given up before.
const IDLE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long it takes at most to read what had arrived when the time was over.
const ARRIVED_WITHIN: Duration = Duration::from_millis(250);

/// The real network. Beyond the headers of the request it sends `host`, `content-length` and,
/// where the request has none, `accept: */*`.
pub struct ReqwestHttp {
    client: Client,
    body_bytes_max: usize,
}

impl ReqwestHttp {
    /// A client that trusts the compiled-in roots and knows no proxy.
    pub fn new() -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls())
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build()?;
        Ok(Self { client, body_bytes_max: BODY_BYTES_MAX })
    }

    /// The same, for answers of a side that is trusted to know how long they are.
    #[must_use]
    pub fn with_bodies_up_to(self, body_bytes_max: usize) -> Self {
        Self { body_bytes_max, ..self }
    }
}

#[async_trait]
impl Http for ReqwestHttp {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let call = self
            .client
            .request(request.method, callable(&request.url)?)
            .headers(request.headers)
            .body(request.body);
        let answer = async { read(call.send().await.map_err(failure)?, self.body_bytes_max).await };
        in_time(answer, request.timeout).await
    }
}

/// The answer, where it has come when the time is over. A process that stood still finds both at once:
/// the end of the time, and the answer that had come long before. So what has arrived is read to its
/// end first; it is here already, and takes moments.
async fn in_time(
    answer: impl Future<Output = Result<HttpResponse, HttpError>>,
    timeout: Duration,
) -> Result<HttpResponse, HttpError> {
    let mut answer = pin!(answer);
    if let Ok(answer) = tokio::time::timeout(timeout, &mut answer).await {
        return answer;
    }
    let arrived = tokio::time::timeout(ARRIVED_WITHIN, answer).await;
    arrived.unwrap_or_else(|_| Err(HttpError::Lost("timed out".to_owned())))
}

fn tls() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring serves the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

// Which hosts may be called is decided where the URL comes from. What no call may have is refused
// here: reqwest would turn a user name into an `Authorization` header.
fn callable(url: &str) -> Result<Url, HttpError> {
    let url = Url::parse(url).map_err(|error| HttpError::Blocked(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(HttpError::Blocked("scheme".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(HttpError::Blocked("userinfo".to_owned()));
    }
    Ok(url)
}

async fn read(mut response: Response, bytes_max: usize) -> Result<HttpResponse, HttpError> {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len() + chunk.len() > bytes_max {
            return Err(HttpError::Oversize(status));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(HttpResponse { status, headers, body: Bytes::from(body) })
}

fn failure(error: reqwest::Error) -> HttpError {
    let reason = reason(&error);
    match error.is_connect() || error.is_builder() {
        true => HttpError::NotSent(reason),
        false => HttpError::Lost(reason),
    }
}

// The URL is left out because it may be a secret. The innermost cause says most.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let mut cause: &dyn Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    match error.source() {
        Some(_) => cause.to_string(),
        None => "the request failed".to_owned(),
    }
}
