//! The one HTTP listener: hooks, links, the admin API and health.

mod body_budget;
mod connection;
mod limits;
mod listen;
mod seat;
mod watched;

pub(crate) use body_budget::SharedBodyBudget;
pub use limits::ListenerLimits;
pub use listen::serve;

use crate::work::health::{Health, health};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use std::sync::Arc;
use tradewind_api::Api;
use tradewind_api::hooks::{self, Hooks};
use tradewind_api::links::{self, Links};

/// All routes.
pub(crate) fn router(
    hooks: Arc<Hooks>,
    links: Arc<Links>,
    api: Arc<Api>,
    health: Arc<Health>,
) -> Router {
    Router::new()
        .route("/health", get(healthy))
        .with_state(health)
        .merge(hooks::router(hooks))
        .merge(links::router(links))
        .merge(tradewind_api::router(api))
}

async fn healthy(State(state): State<Arc<Health>>) -> Response {
    match health(&state).await {
        Ok(()) => (StatusCode::OK, axum::Json(well(&state))).into_response(),
        Err(problems) => {
            let body = json!({ "status": "stalled", "problems": problems });
            (StatusCode::SERVICE_UNAVAILABLE, axum::Json(body)).into_response()
        }
    }
}

/// All is well, with a word on stored rows that this process leaves alone: nothing stands still for
/// them, and still a person should know.
fn well(health: &Health) -> Value {
    let mut body = json!({ "status": "ok" });
    let (newer, damaged) = health.store.hidden_counts();
    if newer > 0 {
        body["newer_rows"] = json!(newer);
    }
    if damaged > 0 {
        body["damaged_rows"] = json!(damaged);
    }
    body
}
