//! `Idempotency-Key`: the first answer to a POST is kept, and given again to its repetitions.
//!
//! Invariant: a refusal that may end otherwise next time is never kept.

use crate::api::{ACTOR, Api};
use crate::errors::{ApiError, Transient};
use crate::request::read_body;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ring::digest::{SHA256, digest};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tradewind_engine::digests::hex;
use tradewind_engine::ids::{EventId, JobId};
use tradewind_engine::ports::Reply;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The longest key.
const KEY_CHARACTERS_MAX: usize = 200;
/// The longest answer that is kept.
const ANSWER_BYTES_MAX: usize = 4 * 1_048_576;

/// The key of a request: who sends it, where to, and the caller's own key.
#[derive(Clone)]
pub(crate) struct RequestKey(String);

impl RequestKey {
    /// An event id that is the same for every repetition of the request.
    pub(crate) fn event_id(&self) -> EventId {
        EventId(format!("evt_{}", &fingerprint(self.0.as_bytes())[..32]))
    }

    /// The same of a job.
    pub(crate) fn job_id(&self) -> JobId {
        JobId(format!("job_{}", &fingerprint(self.0.as_bytes())[..32]))
    }
}

/// The keys of the requests that are being answered by this process.
#[derive(Clone, Default)]
pub(crate) struct InProgress(Arc<Mutex<HashSet<String>>>);

/// Gives the first answer again, or lets the request through and keeps its answer.
pub(crate) async fn once(
    State((api, in_progress)): State<(Arc<Api>, InProgress)>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    answer_once(&api, &in_progress, request, next).await.unwrap_or_else(ApiError::into_response)
}

async fn answer_once(
    api: &Api,
    in_progress: &InProgress,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let own = own_key(request.headers()).ok_or(ApiError::KeyInvalid)?;
    let key = format!("{ACTOR} {} {own}", request.uri().path());
    let _held = in_progress.hold(&key).ok_or(ApiError::KeyInUse)?;
    let (parts, body) = read_body(request).await?;
    let digest = fingerprint(&body);
    if let Some(reply) = api.replies.read(&key).await? {
        return if reply.request == digest { Ok(again(reply)) } else { Err(ApiError::KeyMismatch) };
    }
    let mut request = Request::from_parts(parts, Body::from(body));
    request.extensions_mut().insert(RequestKey(key.clone()));
    keep(api, &key, digest, next.run(request).await).await
}

async fn keep(
    api: &Api,
    key: &str,
    request: String,
    response: Response,
) -> Result<Response, ApiError> {
    let status = response.status();
    if response.extensions().get::<Transient>().is_some()
        || status == StatusCode::BAD_REQUEST
        || status.is_server_error()
    {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, ANSWER_BYTES_MAX).await.map_err(|_| ApiError::BodyBroken)?;
    let text = String::from_utf8_lossy(&body).into_owned();
    let reply = Reply { request, status: status.as_u16(), body: text };
    if let Err(error) = api.replies.keep(key, reply, api.acting.clock.now()).await {
        tracing::error!(error = %error, "an answer could not be kept for its repetitions");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn again(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (REPLAYED, HeaderValue::from_static("true")),
    ];
    (status, headers, reply.body).into_response()
}

fn own_key(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(KEY).iter();
    let (Some(key), None) = (all.next(), all.next()) else { return None };
    let key = key.to_str().ok()?;
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    (visible && (1..=KEY_CHARACTERS_MAX).contains(&key.len())).then_some(key)
}

fn fingerprint(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

impl InProgress {
    fn hold(&self, key: &str) -> Option<Held> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.to_owned()).then(|| Held { in_progress: self.clone(), key: key.to_owned() })
    }
}

/// Gives the key back, however the request ends.
struct Held {
    in_progress: InProgress,
    key: String,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.in_progress.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}
