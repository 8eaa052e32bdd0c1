//! One request and its answer over TCP and TLS.
//!
//! Invariant: [`HttpError::NotSent`] is only said where no byte of the request can have left this
//! machine. Whatever is in doubt is [`HttpError::Lost`]. Nothing is repeated, no redirect is followed and
//! no proxy is asked.

use bytes::{Bytes, BytesMut};
use reqwest::{Client, ClientBuilder, Response, Url, redirect, retry};
use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::hosts::Blocked;
use tradewind_engine::ports::{HttpError, HttpRequest, HttpResponse};

/// The longest that name resolution, connecting and the TLS handshake may take together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A kept connection that the other side closes at the moment when it is used again loses a
/// request. Servers close theirs after 5 s and more, so ours are given up before.
const IDLE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long it takes at most to read what had arrived when the time was over.
const ARRIVED_WITHIN: Duration = Duration::from_millis(250);

/// A client. Beyond the headers of a request it sends `host`, `content-length` and, where the request has
/// none, `accept: */*`.
pub(super) struct Wire {
    client: Client,
    body_bytes_max: usize,
}

impl Wire {
    /// A client that trusts the compiled-in roots and reads answers up to that length; `prepare` says how
    /// it finds its hosts.
    pub(super) fn new(
        body_bytes_max: usize,
        prepare: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self, reqwest::Error> {
        let builder = Client::builder()
            .tls_backend_preconfigured(tls())
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT);
        Ok(Self { client: prepare(builder).build()?, body_bytes_max })
    }

    /// Sends the request to that address, which was judged, and reads the whole answer.
    pub(super) async fn send(
        &self,
        url: Url,
        request: HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        let call =
            self.client.request(request.method, url).headers(request.headers).body(request.body);
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
    if let Some(blocked) = blocked(&error) {
        return HttpError::Blocked(blocked);
    }
    let reason = reason(&error);
    match error.is_connect() || error.is_builder() {
        true => HttpError::NotSent(reason),
        false => HttpError::Lost(reason),
    }
}

/// What the look-up of the name found out, which comes as the cause of a failed connection.
fn blocked(error: &reqwest::Error) -> Option<Blocked> {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(blocked) = error.downcast_ref::<Blocked>() {
            return Some(blocked.clone());
        }
        cause = error.source();
    }
    None
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
