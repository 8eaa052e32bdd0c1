//! Refused deliveries: the answer to the sender, and what is kept for people to see.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tradewind_connectors::deliveries::Refusal;
use tradewind_engine::time::Timestamp;

/// How many refused deliveries are remembered.
const REMEMBERED: usize = 100;

/// A delivery that was refused: nothing of its content is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedDelivery {
    /// When.
    pub at: Timestamp,
    /// The provider in the path.
    pub provider: String,
    /// The connection in the path.
    pub connection: String,
    /// Why.
    pub code: String,
}

/// The newest refused deliveries.
#[derive(Default)]
pub struct Refusals(Mutex<VecDeque<RefusedDelivery>>);

impl Refusals {
    pub(super) fn note(&self, provider: &str, connection: &str, refusal: &Refusal, at: Timestamp) {
        let code = inside_code(refusal);
        let (provider, connection) = (shortened(provider), shortened(connection));
        tracing::warn!(
            provider.id = provider,
            connection.id = connection,
            code,
            "a delivery was refused"
        );
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        newest.push_front(RefusedDelivery { at, provider, connection, code: code.to_owned() });
        newest.truncate(REMEMBERED);
    }

    /// The newest first.
    pub fn list(&self) -> Vec<RefusedDelivery> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// What the sender is told. An endpoint without a secret looks as if it did not exist.
pub(super) fn answer(refusal: &Refusal) -> Response {
    let error = json!({ "error": { "code": refusal.code(), "message": refusal.to_string() } });
    let mut response = (status(refusal), axum::Json(error)).into_response();
    let headers = response.headers_mut();
    match refusal {
        Refusal::MethodNotAllowed(methods) => {
            if let Ok(methods) = HeaderValue::from_str(methods) {
                headers.insert(header::ALLOW, methods);
            }
        }
        Refusal::NotStored => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        _ => {}
    }
    response
}

/// Inside, an endpoint that exists but has no secret has a name of its own.
fn inside_code(refusal: &Refusal) -> &'static str {
    if *refusal == Refusal::NotReady { "endpoint_not_ready" } else { refusal.code() }
}

fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotFound | Refusal::NotReady => StatusCode::NOT_FOUND,
        Refusal::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
        Refusal::SignatureMissing
        | Refusal::SignatureInvalid
        | Refusal::SignatureMalformed
        | Refusal::TimestampOutOfRange => StatusCode::UNAUTHORIZED,
        Refusal::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::EncodingUnsupported | Refusal::ContentTypeUnsupported => {
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        }
        Refusal::BodyEmpty
        | Refusal::BodyIncomplete
        | Refusal::ContentTypeMismatch
        | Refusal::NotUtf8(_)
        | Refusal::JsonInvalid { .. }
        | Refusal::JsonTooDeep
        | Refusal::JsonTooManyKeys
        | Refusal::NumberOutOfRange(_)
        | Refusal::PayloadInvalid(_) => StatusCode::BAD_REQUEST,
        Refusal::NotStored => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The path is the sender's: it must not fill the log.
fn shortened(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(100).collect()
}
