//! `POST /hooks/{provider}/{connection}`: a webhook comes in.

use super::Gateway;
use super::refusals::answer;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::future::{Either, select};
use serde_json::json;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tradewind_connectors::deliveries::{BODY_BYTES_MAX, Delivery, Refusal};
use tradewind_engine::ids::ConnectionName;
use tradewind_platform::receive::receive;

/// A sender that takes longer than this for its body is cut off.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);

pub(super) async fn hook(
    State(gateway): State<Arc<Gateway>>,
    Path((provider, connection)): Path<(String, String)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let query = uri.query().unwrap_or_default().to_owned();
    let body = match read(&gateway, request.into_body()).await {
        Ok(body) => body,
        Err(refusal) => return refuse(&gateway, &provider, &connection, &refusal),
    };
    let delivery = Delivery { method, headers, query, body };
    let Some(known) = gateway.catalog.provider(&provider) else {
        return refuse(&gateway, &provider, &connection, &Refusal::NotFound);
    };
    let name = ConnectionName(connection.clone());
    match receive(&gateway.receiving, known, &name, &delivery).await {
        Ok(event_ids) => {
            (StatusCode::ACCEPTED, axum::Json(json!({ "event_ids": event_ids }))).into_response()
        }
        Err(refusal) => refuse(&gateway, &provider, &connection, &refusal),
    }
}

pub(super) async fn unknown(State(gateway): State<Arc<Gateway>>) -> Response {
    refuse(&gateway, "", "", &Refusal::NotFound)
}

async fn read(gateway: &Gateway, body: Body) -> Result<Bytes, Refusal> {
    let reading = pin!(to_bytes(body, BODY_BYTES_MAX));
    match select(reading, gateway.clock.sleep(BODY_TIME_MAX)).await {
        Either::Left((Ok(body), _)) => Ok(body),
        Either::Left((Err(_), _)) | Either::Right(_) => Err(Refusal::BodyTooLarge),
    }
}

fn refuse(gateway: &Gateway, provider: &str, connection: &str, refusal: &Refusal) -> Response {
    gateway.refusals.note(provider, connection, refusal, gateway.clock.now());
    answer(refusal)
}
