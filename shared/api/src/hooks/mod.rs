//! `POST /hooks/{provider}/{connection}`: a webhook comes in.
//!
//! Invariant: whoever serves these routes names the providers it knows, so that a program for one
//! trigger endpoint holds no other.

mod address;
mod body;
mod cures;
mod refusals;
mod rows;

pub use body::{Room, Roomy, Taken};

use address::Address;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use body::read;
use bytes::Bytes;
use refusals::refuse;
use rows::Row;
pub use rows::Rows;
use serde_json::json;
use std::sync::Arc;
use tradewind_connectors::deliveries::{Delivery, Refusal};
use tradewind_connectors::provider::Provider;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::ports::{Clock, Refusals};
use tradewind_platform::receive::{Receiving, answer_handshake, receive};

/// What taking webhooks needs.
pub struct Hooks {
    /// The use case.
    pub receiving: Receiving,
    /// Whose webhooks are taken.
    pub providers: Vec<&'static Provider>,
    /// Where people see what was refused.
    pub refusals: Arc<dyn Refusals>,
    /// How many were refused in a row.
    pub rows: Rows,
    /// What large bodies may take together.
    pub room: Arc<dyn Room>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// The trigger endpoints, at `/hooks/…`; any other path is answered as an endpoint that does not
/// exist, and one with a slash too many as the one that it means.
pub fn router(hooks: Arc<Hooks>) -> Router {
    Router::new().fallback(hook).with_state(hooks)
}

async fn hook(
    State(hooks): State<Arc<Hooks>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let address = Address::of(uri.path());
    if !address.is_hook {
        return refuse(&hooks, &address, &Refusal::NotFound, None).await;
    }
    let provider = hooks.provider(&address.provider);
    let query = uri.query().unwrap_or_default().to_owned();
    // The room is taken until the delivery is answered.
    let (body, _taken, refusal) = match read(&hooks, request.into_body(), provider.is_some()).await
    {
        Ok((body, taken)) => (body, taken, None),
        Err(refusal) => (Bytes::new(), None, Some(refusal)),
    };
    let delivery = Delivery { method, headers, query, body };
    let received = match (refusal, provider) {
        (Some(refusal), _) => Err(refusal),
        (None, None) => Err(Refusal::NotFound),
        (None, Some(provider)) => take(&hooks, provider, &address, &delivery).await,
    };
    // Names that anybody makes up are not counted.
    let name = ConnectionName(address.connection.clone());
    let is_known = hooks.receiving.knows(&name).await;
    let row = provider.filter(|_| is_known).and_then(|provider| {
        let gives_up = provider.trigger?.gives_up?;
        Some((gives_up, Row::of(&gives_up, provider.id, &address.connection, &delivery)?))
    });
    // To its sender, a delivery that is answered with 2xx was taken.
    let is_taken = matches!(received, Ok(_) | Err(Refusal::TopicContradictsPayload(_)));
    if let Some((_, row)) = row.as_ref().filter(|_| is_taken) {
        hooks.rows.taken(row);
    }
    match received {
        Ok(response) => response,
        Err(refusal) => refuse(&hooks, &address, &refusal, row).await,
    }
}

async fn take(
    hooks: &Hooks,
    provider: &'static Provider,
    address: &Address,
    delivery: &Delivery,
) -> Result<Response, Refusal> {
    let name = ConnectionName(address.connection.clone());
    if let Some(answer) = answer_handshake(&hooks.receiving, provider, &name, delivery).await {
        let as_text = [(header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
        return Ok((StatusCode::OK, as_text, answer.text).into_response());
    }
    let event_ids = receive(&hooks.receiving, provider, &name, delivery).await?;
    Ok((StatusCode::OK, axum::Json(json!({ "event_ids": event_ids }))).into_response())
}

impl Hooks {
    /// The provider of that id, in whichever letters: all ids are small ones.
    fn provider(&self, id: &str) -> Option<&'static Provider> {
        self.providers.iter().copied().find(|provider| provider.id.eq_ignore_ascii_case(id))
    }
}
