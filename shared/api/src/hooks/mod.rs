//! `POST /hooks/{provider}/{connection}`: a webhook comes in.
//!
//! Invariant: whoever serves these routes names the providers it knows, so that a program for one
//! trigger endpoint holds no other.

mod body;
mod refusals;

pub use refusals::no_room;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use body::read;
use refusals::refuse;
use serde_json::json;
use std::sync::Arc;
use tradewind_connectors::deliveries::{Delivery, Refusal};
use tradewind_connectors::provider::Provider;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::ports::{Clock, Refusals};
use tradewind_platform::receive::{Receiving, receive};

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
