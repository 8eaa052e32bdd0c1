//! How the whole stands.

use super::{ReadRefusals, Shared};
use crate::errors::ApiError;
use crate::types::{Status, WorkflowCounts};
use axum::Json;
use axum::extract::State;

/// How the whole stands.
#[utoipa::path(
    get, path = "/api/status", tag = "project", operation_id = "show_status",
    responses((status = 200, description = "How it stands.", body = Status), ReadRefusals)
)]
pub(crate) async fn show_status(State(api): Shared) -> Result<Json<Status>, ApiError> {
    let current = api.acting.definitions.current().await?;
    let mut workflows = WorkflowCounts::default();
    for head in current.workflows.iter().filter(|head| !head.deleted) {
        workflows.total += 1;
        workflows.enabled += usize::from(head.enabled);
        workflows.paused += usize::from(head.paused);
    }
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        revision: current.revision,
        applied: current.project.is_some(),
        workflows,
    }))
}
