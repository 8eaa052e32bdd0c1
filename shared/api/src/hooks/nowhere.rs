//! Addresses below `/hooks` that no trigger endpoint takes, where each endpoint is a program of its own:
//! a sender that misspelled one is answered like everywhere, and people see what it should have been.
//!
//! Invariant: it takes nothing; whatever comes here is refused.

use super::Pace;
use super::address::Address;
use super::refusals::{Refused, Refusing, refuse};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use std::sync::Arc;
use tradewind_connectors::deliveries::Refusal;
use tradewind_connectors::provider::Provider;
use tradewind_engine::ports::{Clock, Refusals};
use tradewind_platform::deployed::Deployed;

/// What refusing needs.
pub struct Nowhere {
    /// What holds.
    pub deployed: Arc<Deployed>,
    /// Whose webhooks are taken elsewhere.
    pub providers: Vec<Arc<Provider>>,
    /// Where people see what was refused.
    pub refusals: Arc<dyn Refusals>,
    /// How often refusals are logged.
    pub pace: Pace,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Everything below `/hooks`.
pub fn nowhere(nowhere: Arc<Nowhere>) -> Router {
    Router::new()
        .route("/hooks", axum::routing::any(hook))
        .route("/hooks/{*rest}", axum::routing::any(hook))
        .with_state(nowhere)
}

async fn hook(State(nowhere): State<Arc<Nowhere>>, request: Request) -> Response {
    let address = Address::of(request.uri().path());
    let named = |provider: &&Arc<Provider>| provider.id.eq_ignore_ascii_case(&address.provider);
    let provider = nowhere.providers.iter().find(named);
    let refusing = Refusing {
        deployed: &nowhere.deployed,
        providers: &nowhere.providers,
        elsewhere: &[],
        refusals: &*nowhere.refusals,
        pace: &nowhere.pace,
        clock: &*nowhere.clock,
        rows: None,
    };
    let refusal = Refusal::NotFound;
    let refused =
        Refused { address, provider, is_endpoint: false, refusal, row: None, unset: Vec::new() };
    refuse(&refusing, refused).await
}
