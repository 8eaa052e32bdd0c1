//! `Idempotency-Key`: the first answer to a POST is kept, and given again to its repetitions.
//!
//! Invariant: a key is held in the store while its first request is answered, so that no two
//! processes carry it out. A refusal that may end otherwise next time is never kept.

use crate::api::Api;
use crate::by::By;
use crate::errors::{ApiError, Transient};
use crate::request::read_body;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ring::digest::{SHA256, digest};
use std::sync::Arc;
use tradewind_engine::audit::Reply;
use tradewind_engine::digests::hex;
use tradewind_engine::ids::{EventId, JobId};
use tradewind_engine::ports::KeyUse;
use tradewind_engine::time::Timestamp;

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

/// Gives the first answer again, or lets the request through and keeps its answer.
pub(crate) async fn once(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    answer_once(&api, request, next).await.unwrap_or_else(ApiError::into_response)
}

async fn answer_once(api: &Api, request: Request, next: Next) -> Result<Response, ApiError> {
    let own = own_key(request.headers()).ok_or(ApiError::KeyInvalid)?;
    let By(grant) = request.extensions().get::<By>().ok_or(ApiError::Unauthorized)?;
    let key = format!("{} {} {own}", grant.name.key_space(), request.uri().path());
    let (parts, body) = read_body(request).await?;
    let digest = fingerprint(&body);
    let begun_at = api.acting.clock.now();
    match api.replies.reserve_key(&key, begun_at).await? {
        KeyUse::New => {}
        KeyUse::InProgress => return Err(ApiError::KeyInUse),
        KeyUse::Answered(reply) if reply.request == digest => return Ok(again(reply)),
        KeyUse::Answered(_) => return Err(ApiError::KeyMismatch),
    }
    let mut request = Request::from_parts(parts, Body::from(body));
    request.extensions_mut().insert(RequestKey(key.clone()));
    let response = next.run(request).await;
    if is_kept(&response) {
        store_answer(api, &key, digest, response).await
    } else {
        release(api, &key, begun_at).await;
        Ok(response)
    }
}

fn is_kept(response: &Response) -> bool {
    let status = response.status();
    response.extensions().get::<Transient>().is_none()
        && status != StatusCode::BAD_REQUEST
        && !status.is_server_error()
}

/// Where the store does not answer, the key is free after a while.
async fn release(api: &Api, key: &str, begun_at: Timestamp) {
    if let Err(error) = api.replies.release(key, begun_at).await {
        tracing::warn!(error = %error.logged(), "a key is held for longer than its request took");
    }
}

async fn store_answer(
    api: &Api,
    key: &str,
    request: String,
    response: Response,
) -> Result<Response, ApiError> {
    let status = response.status();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, ANSWER_BYTES_MAX).await.map_err(|_| ApiError::BodyBroken)?;
    let text = String::from_utf8_lossy(&body).into_owned();
    let reply = Reply { request, status: status.as_u16(), body: text };
    if let Err(error) = api.replies.store_reply(key, reply, api.acting.clock.now()).await {
        tracing::error!(error = %error.logged(), "an answer could not be kept for its repetitions");
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
