//! `POST /hooks/{provider}/{connection}`: a webhook comes in.
//!
//! Invariant: whoever serves these routes names the providers it knows, so that a program for one
//! trigger endpoint holds no other.

mod address;
mod body;
mod cures;
mod names;
mod nowhere;
mod pace;
mod refusals;
mod rows;

pub use body::{BodyBudget, BodyShare, UnboundedBudget};
pub use nowhere::{Nowhere, nowhere};

use address::Address;
use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use body::read;
use bytes::Bytes;
pub use pace::Pace;
use refusals::{Refused, Refusing, refuse};
use rows::Row;
pub use rows::Rows;
use serde_json::json;
use std::sync::Arc;
use tradewind_connectors::deliveries::{Answer, Delivery, Refusal};
use tradewind_connectors::provider::Provider;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::ports::{Clock, Refusals};
use tradewind_platform::receive::{
    Receiving, answer_handshake, look_at_head, open, own_provider, own_providers, receive_at,
};

/// The longest form that is read although it carries no signature.
const FORM_BYTES_MAX: u64 = 4 * 1024;

/// What taking webhooks needs.
pub struct Hooks {
    /// The use case.
    pub receiving: Receiving,
    /// Whose webhooks are taken.
    pub providers: Vec<Arc<Provider>>,
    /// Whether those of the project's own providers are taken too.
    pub takes_own: bool,
    /// The ids of providers whose webhooks are taken elsewhere.
    pub elsewhere: Vec<String>,
    /// Where people see what was refused.
    pub refusals: Arc<dyn Refusals>,
    /// How many were refused in a row.
    pub rows: Rows,
    /// How often refusals are logged.
    pub pace: Pace,
    /// What large bodies may take together.
    pub body_budget: Arc<dyn BodyBudget>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// The trigger endpoints, at `/hooks/…`; any other path is answered as an endpoint that does not
/// exist, and one with a slash too many as the one that it means.
pub fn router(hooks: Arc<Hooks>) -> Router {
    Router::new().fallback(hook).with_state(hooks)
}

async fn hook(State(hooks): State<Arc<Hooks>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let address = Address::of(parts.uri.path());
    let mut delivery = Delivery {
        method: parts.method,
        headers: parts.headers,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body: Bytes::new(),
    };
    let provider = if address.is_hook { hooks.provider(&address.provider).await } else { None };
    let provider = provider.as_ref();
    let received = match provider {
        None => Err(Refusal::NotFound),
        Some(provider) => take_delivery(&hooks, provider, &address, &mut delivery, body).await,
    };
    // Names that anybody makes up are not counted.
    let name = ConnectionName(address.connection.clone());
    let is_endpoint = match provider {
        Some(provider) => hooks.receiving.knows(provider, &name).await,
        None => false,
    };
    let row = provider.filter(|_| is_endpoint);
    let row = row.and_then(|provider| Row::of(provider, &address.connection, &delivery));
    // To its sender, a delivery that is answered with 2xx was taken.
    let is_taken = matches!(received, Ok(_) | Err(Refusal::TopicContradictsPayload(_)));
    if let Some(row) = row.as_ref().filter(|_| is_taken) {
        hooks.rows.taken(row);
    }
    match received {
        Ok(response) => response,
        Err(refusal) => {
            let unset = hooks.receiving.unset_of(&name);
            let refused = Refused { address, provider, is_endpoint, refusal, row, unset };
            refuse(&hooks.refusing(&hooks.known().await), refused).await
        }
    }
}

/// Takes a delivery; its body is read once nothing of its head speaks against it.
async fn take_delivery(
    hooks: &Hooks,
    provider: &Arc<Provider>,
    address: &Address,
    delivery: &mut Delivery,
    body: Body,
) -> Result<Response, Refusal> {
    let name = ConnectionName(address.connection.clone());
    let length = body.size_hint().exact();
    let is_short = length.is_some_and(|length| length <= FORM_BYTES_MAX);
    let may_try = is_short
        && provider.trigger.as_ref().is_some_and(|trigger| trigger.is_tried_by_form(delivery));
    let mut body = Some(body);
    if let Some(form) = body.take_if(|_| may_try) {
        delivery.body = read(hooks, form).await?.0;
    }
    if let Some(answer) = answer_handshake(&hooks.receiving, provider, &name, delivery).await {
        return Ok(as_text(answer));
    }
    let opened = open(&hooks.receiving, provider, &name).await?;
    look_at_head(&hooks.receiving, &opened, delivery, length)?;
    // The share is held until the delivery is stored.
    let _share = match body {
        Some(body) => {
            let (body, share) = read(hooks, body).await?;
            delivery.body = body;
            share
        }
        None => None,
    };
    let event_ids = receive_at(&hooks.receiving, opened, delivery).await?;
    Ok((StatusCode::OK, axum::Json(json!({ "event_ids": event_ids }))).into_response())
}

/// Nothing in it is taken for a page.
fn as_text(answer: Answer) -> Response {
    let headers = [(header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (answer.status, headers, answer.text).into_response()
}

impl Hooks {
    /// The provider of that id, in whichever letters: all ids are small ones.
    async fn provider(&self, id: &str) -> Option<Arc<Provider>> {
        let known = self.providers.iter().find(|provider| provider.id.eq_ignore_ascii_case(id));
        let is_elsewhere = self.elsewhere.iter().any(|other| other.eq_ignore_ascii_case(id));
        match known {
            None if self.takes_own && !is_elsewhere => own_provider(&self.receiving, id).await,
            known => known.cloned(),
        }
    }

    /// Whose webhooks are taken, as far as is known.
    async fn known(&self) -> Vec<Arc<Provider>> {
        let own = if self.takes_own { own_providers(&self.receiving).await } else { Vec::new() };
        self.providers.iter().cloned().chain(own).collect()
    }

    fn refusing<'a>(&'a self, providers: &'a [Arc<Provider>]) -> Refusing<'a> {
        Refusing {
            deployed: &self.receiving.deployed,
            providers,
            elsewhere: &self.elsewhere,
            refusals: &*self.refusals,
            pace: &self.pace,
            clock: &*self.clock,
            rows: Some(&self.rows),
        }
    }
}
