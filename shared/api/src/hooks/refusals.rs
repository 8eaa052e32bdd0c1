//! Refused deliveries: the answer to the sender, and what is kept for people to see.

use super::Hooks;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tradewind_connectors::deliveries::Refusal;
use tradewind_engine::ports::RefusedDelivery;

/// Shows people that a delivery was refused, and tells its sender.
pub(super) async fn refuse(
    hooks: &Hooks,
    provider: &str,
    connection: &str,
    refusal: &Refusal,
) -> Response {
    let code = inside_code(refusal);
    let (provider, connection) = (shortened(provider), shortened(connection));
    // Whatever is said of the content is said after the signature was found to be good.
    let reason = refusal.to_string();
    tracing::warn!(
        provider.id = provider,
        connection.id = connection,
        code,
        reason,
        "a delivery was refused"
    );
    let (at, code) = (hooks.clock.now(), code.to_owned());
    let refused = RefusedDelivery { at, provider, connection, code, reason };
    if let Err(unavailable) = hooks.refusals.note(refused).await {
        tracing::warn!(error = %unavailable, "a refused delivery could not be kept");
    }
    answer(refusal)
}

/// The answer to a sender for whose body there was no room in time: it should send it again.
pub fn no_room() -> Response {
    answer(&Refusal::NotStored)
}

/// What the sender is told. An endpoint without a secret looks as if it did not exist.
fn answer(refusal: &Refusal) -> Response {
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
        Refusal::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::EncodingUnsupported | Refusal::ContentTypeUnsupported => {
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        }
        Refusal::BodyEmpty
        | Refusal::BodyIncomplete
        | Refusal::ContentTypeMismatch
        | Refusal::NotUtf8(_)
        | Refusal::JsonInvalid { .. }
        | Refusal::JsonTooDeep
        | Refusal::NumberOutOfRange(_)
        | Refusal::PayloadInvalid(_) => StatusCode::BAD_REQUEST,
        Refusal::NotStored => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The path is the sender's: it must not fill the log.
fn shortened(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(100).collect()
}
