//! `POST /hooks/{provider}/{connection}`: a webhook comes in.
//!
//! Invariant: whoever serves these routes names the providers it knows, so that a program for one
//! trigger endpoint holds no other.

mod refusals;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::future::{Either, select};
use refusals::refuse;
use serde_json::json;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tradewind_connectors::deliveries::{BODY_BYTES_MAX, Delivery, Refusal};
use tradewind_connectors::provider::Provider;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::ports::{Clock, Refusals};
use tradewind_platform::receive::{Receiving, receive};

/// A sender that takes longer than this for its body is cut off.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);

/// What taking webhooks needs.
pub struct Hooks {
    /// The use case.
    pub receiving: Receiving,
    /// Whose webhooks are taken.
    pub providers: Vec<&'static Provider>,
    /// Where people see what was refused.
    pub refusals: Arc<dyn Refusals>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// The trigger endpoints, at `/hooks/…`; any other path is answered as an endpoint that does not
/// exist.
pub fn router(hooks: Arc<Hooks>) -> Router {
    Router::new()
        .route("/hooks/{provider}/{connection}", any(hook))
        .fallback(unknown)
        .with_state(hooks)
}

async fn hook(
    State(hooks): State<Arc<Hooks>>,
    path: Result<Path<(String, String)>, PathRejection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let Ok(Path((provider, connection))) = path else {
        return refuse(&hooks, "", "", &Refusal::NotFound).await;
    };
    let query = uri.query().unwrap_or_default().to_owned();
    let body = match read(&hooks, request.into_body()).await {
        Ok(body) => body,
        Err(refusal) => return refuse(&hooks, &provider, &connection, &refusal).await,
    };
    let delivery = Delivery { method, headers, query, body };
    let Some(known) = hooks.provider(&provider) else {
        return refuse(&hooks, &provider, &connection, &Refusal::NotFound).await;
    };
    let name = ConnectionName(connection.clone());
    match receive(&hooks.receiving, known, &name, &delivery).await {
        Ok(event_ids) => {
            (StatusCode::ACCEPTED, axum::Json(json!({ "event_ids": event_ids }))).into_response()
        }
        Err(refusal) => refuse(&hooks, &provider, &connection, &refusal).await,
    }
}

async fn unknown(State(hooks): State<Arc<Hooks>>) -> Response {
    refuse(&hooks, "", "", &Refusal::NotFound).await
}

impl Hooks {
    fn provider(&self, id: &str) -> Option<&'static Provider> {
        self.providers.iter().copied().find(|provider| provider.id == id)
    }
}

async fn read(hooks: &Hooks, body: Body) -> Result<Bytes, Refusal> {
    match select(pin!(whole(body)), hooks.clock.sleep(BODY_TIME_MAX)).await {
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
