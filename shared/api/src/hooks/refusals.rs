//! Refused deliveries: the answer to the sender, and what is kept for people to see.

use super::address::Address;
use super::cures::{Known, cure};
use super::names::shortened;
use super::rows::Row;
use super::{Pace, Rows};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;
use tradewind_connectors::deliveries::Refusal;
use tradewind_connectors::provider::Provider;
use tradewind_engine::ports::{Clock, Refusals};
use tradewind_engine::refusals::{Reached, RefusedDelivery};
use tradewind_platform::deployed::Deployed;

/// What refusing needs.
pub(super) struct Refusing<'a> {
    /// What holds.
    pub(super) deployed: &'a Deployed,
    /// Whose webhooks are taken.
    pub(super) providers: &'a [Arc<Provider>],
    /// The ids of providers whose webhooks are taken elsewhere.
    pub(super) elsewhere: &'a [String],
    /// Where people see it.
    pub(super) refusals: &'a dyn Refusals,
    /// How often it is logged.
    pub(super) pace: &'a Pace,
    /// Time.
    pub(super) clock: &'a dyn Clock,
    /// How many were refused in a row; nothing where there are no endpoints.
    pub(super) rows: Option<&'a Rows>,
}

/// A delivery that is refused.
pub(super) struct Refused<'a> {
    /// Where it came to.
    pub(super) address: Address,
    /// The provider, where it is one whose webhooks are taken.
    pub(super) provider: Option<&'a Arc<Provider>>,
    /// Whether there is such an endpoint.
    pub(super) is_endpoint: bool,
    /// Why.
    pub(super) refusal: Refusal,
    /// Where its sender stops after many refusals in a row.
    pub(super) row: Option<Row>,
    /// The secrets of its connection that are not set while another one is.
    pub(super) unset: Vec<String>,
}

/// Shows people that a delivery was refused and what to do, and tells its sender.
pub(super) async fn refuse(refusing: &Refusing<'_>, refused: Refused<'_>) -> Response {
    let Refused { address, provider, is_endpoint, refusal, row, unset } = refused;
    let code = inside_code(&refusal);
    let (endpoint, names) = match provider {
        Some(provider) if is_endpoint => {
            (format!("{}/{}", provider.id, address.connection), Reached::Endpoint)
        }
        Some(_) => (String::new(), Reached::Provider),
        None => (String::new(), Reached::Nothing),
    };
    let provider = provider.map_or_else(|| shortened(&address.provider), |one| one.id.to_owned());
    let connection = shortened(&address.connection);
    // Whatever is said of the content is said after the signature was found to be good.
    let reason = inside_reason(&refusal);
    let path = address.path.clone();
    let cure = cure_of(refusing, &address, &refusal, &unset).await;
    let uptime = refusing.clock.uptime();
    if let Some(count) = refusing.pace.count(&endpoint, code, uptime) {
        tracing::warn!(
            provider.id = provider,
            connection.id = connection,
            path,
            code,
            reason,
            cure,
            count,
            "a delivery was refused"
        );
    }
    let warned = match row {
        // To the sender, this one is done.
        _ if status(&refusal).is_success() => None,
        Some(row) => refusing.rows.and_then(|rows| rows.refused(row)),
        None => None,
    };
    if let Some(warned) = warned.as_ref().filter(|warned| warned.is_logged)
        && refusing.pace.count(&endpoint, "refusals_in_a_row", uptime).is_some()
    {
        warned.log(&provider, &connection);
    }
    let (at, code) = (refusing.clock.now(), code.to_owned());
    let (count, since, warning) = (1, at, warned.map(|warned| warned.text));
    let refused = RefusedDelivery {
        at,
        since,
        count,
        names,
        provider,
        connection,
        code,
        reason,
        path,
        cure,
        warning,
    };
    if let Err(unavailable) = refusing.refusals.record_refusal(refused).await
        && refusing.pace.count("", "not_kept", uptime).is_some()
    {
        tracing::warn!(error = %unavailable.logged(), "refused deliveries could not be kept");
    }
    answer(&refusal)
}

async fn cure_of(
    refusing: &Refusing<'_>,
    address: &Address,
    refusal: &Refusal,
    unset: &[String],
) -> String {
    let current = refusing.deployed.current().await.ok();
    let (providers, elsewhere) = (refusing.providers, refusing.elsewhere);
    let known = Known { current: current.as_deref(), providers, elsewhere, unset };
    cure(refusal, address, &known)
}

/// What the sender is told. An endpoint without a secret looks as if it did not exist.
fn answer(refusal: &Refusal) -> Response {
    let status = status(refusal);
    if status.is_success() {
        return (status, axum::Json(json!({ "event_ids": [] }))).into_response();
    }
    let error = json!({ "error": { "code": refusal.code(), "message": refusal.to_string() } });
    let mut response = (status, axum::Json(error)).into_response();
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
    match refusal {
        Refusal::NotReady(_) => "endpoint_not_ready",
        refusal => refusal.code(),
    }
}

/// Inside, it says what keeps an endpoint from being there.
fn inside_reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotReady(reason) => reason.clone(),
        refusal => refusal.to_string(),
    }
}

fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotFound | Refusal::NotReady(_) => StatusCode::NOT_FOUND,
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
        | Refusal::EncodingInvalid
        | Refusal::ContentTypeMismatch
        | Refusal::NotUtf8(_)
        | Refusal::JsonInvalid { .. }
        | Refusal::JsonTooDeep
        | Refusal::NumberOutOfRange(_)
        | Refusal::PayloadInvalid(_) => StatusCode::BAD_REQUEST,
        // A refusal would count for the sender's circuit, and sent again it would be the same.
        Refusal::TopicContradictsPayload(_) => StatusCode::OK,
        Refusal::NotStored => StatusCode::SERVICE_UNAVAILABLE,
    }
}
