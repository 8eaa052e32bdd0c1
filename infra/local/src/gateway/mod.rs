//! The one HTTP listener: hooks, the admin API and health.

mod hooks;
mod refusals;

use crate::health::{Health, health};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::json;
use std::sync::Arc;
use tradewind_api::Api;
use tradewind_connectors::catalog::Catalog;
use tradewind_engine::ports::{Clock, Refusals};
use tradewind_platform::receive::Receiving;

/// What the listener serves.
pub(crate) struct Gateway {
    pub(crate) receiving: Receiving,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) health: Arc<Health>,
    pub(crate) refusals: Arc<dyn Refusals>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// All routes.
pub(crate) fn router(gateway: Arc<Gateway>, api: Arc<Api>) -> Router {
    Router::new()
        .route("/hooks/{provider}/{connection}", any(hooks::hook))
        .route("/health", get(healthy))
        .fallback(hooks::unknown)
        .with_state(gateway)
        .merge(tradewind_api::router(api))
}

async fn healthy(State(gateway): State<Arc<Gateway>>) -> Response {
    match health(&gateway.health).await {
        Ok(()) => (StatusCode::OK, axum::Json(json!({ "status": "ok" }))).into_response(),
        Err(problems) => {
            let body = json!({ "status": "stalled", "problems": problems });
            (StatusCode::SERVICE_UNAVAILABLE, axum::Json(body)).into_response()
        }
    }
}
