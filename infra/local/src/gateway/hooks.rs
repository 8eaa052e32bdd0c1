//! `POST /hooks/{provider}/{connection}`: a webhook comes in.

use super::Gateway;
use super::refusals::refuse;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
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
    path: Result<Path<(String, String)>, PathRejection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let Ok(Path((provider, connection))) = path else {
        return refuse(&gateway, "", "", &Refusal::NotFound).await;
    };
    let query = uri.query().unwrap_or_default().to_owned();
    let body = match read(&gateway, request.into_body()).await {
        Ok(body) => body,
        Err(refusal) => return refuse(&gateway, &provider, &connection, &refusal).await,
    };
    let delivery = Delivery { method, headers, query, body };
    let Some(known) = gateway.catalog.provider(&provider) else {
        return refuse(&gateway, &provider, &connection, &Refusal::NotFound).await;
    };
    let name = ConnectionName(connection.clone());
    match receive(&gateway.receiving, known, &name, &delivery).await {
        Ok(event_ids) => {
            (StatusCode::ACCEPTED, axum::Json(json!({ "event_ids": event_ids }))).into_response()
        }
        Err(refusal) => refuse(&gateway, &provider, &connection, &refusal).await,
    }
}

pub(super) async fn unknown(State(gateway): State<Arc<Gateway>>) -> Response {
    refuse(&gateway, "", "", &Refusal::NotFound).await
}

async fn read(gateway: &Gateway, body: Body) -> Result<Bytes, Refusal> {
    match select(pin!(whole(body)), gateway.clock.sleep(BODY_TIME_MAX)).await {
        Either::Left((body, _)) => body,
        Either::Right(_) => Err(Refusal::BodyIncomplete),
    }
}

async fn whole(body: Body) -> Result<Bytes, Refusal> {
    let mut chunks = body.into_data_stream();
    let mut body = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refusal::BodyIncomplete)?;
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(Refusal::BodyTooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
