//! Workflows: looking, changing one, letting its runs stand still.

use super::{By, ChangeRefusals, ReadRefusals, Shared, etag};
use crate::api::Api;
use crate::errors::ApiError;
use crate::request::{ExpectedRevision, Id, Strict};
use crate::types::{
    Applied, ErrorBody, PlannedStep, WorkflowDetail, WorkflowList, WorkflowSource, WorkflowSummary,
};
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use tradewind_engine::definitions::WorkflowHead;
use tradewind_engine::ids::WorkflowId;
use tradewind_platform::{apply, people};

/// All workflows.
#[utoipa::path(
    get, path = "/api/workflows", tag = "workflows", operation_id = "list_workflows",
    responses((status = 200, description = "The workflows.", body = WorkflowList), ReadRefusals)
)]
pub(crate) async fn list_workflows(State(api): Shared) -> Result<Json<WorkflowList>, ApiError> {
    let current = api.acting.definitions.current().await?;
    let now = api.acting.clock.now();
    let heads = current.workflows.iter().filter(|head| !head.deleted);
    let workflows = heads.map(|head| WorkflowSummary::of(head, now)).collect();
    Ok(Json(WorkflowList { workflows }))
}

/// One workflow with its text and its steps.
#[utoipa::path(
    get, path = "/api/workflows/{id}", tag = "workflows", operation_id = "show_workflow",
    params(("id" = String, Path, description = "The workflow; a `/` is written `%2F`.")),
    responses(
        (status = 200, description = "The workflow.", body = WorkflowDetail,
            headers(("ETag" = String, description = "The version, for `If-Match`."))),
        (status = 404, description = "`not_found`.", body = ErrorBody),
        ReadRefusals,
    )
)]
pub(crate) async fn show_workflow(
    State(api): Shared,
    Id(id): Id,
) -> Result<impl IntoResponse, ApiError> {
    let head = head(&api, &id).await?;
    let compiled = api.acting.deployed.version(&head.id, head.version).await?;
    let compiled = compiled.ok_or_else(|| ApiError::NotFound(format!("version of {id}")))?;
    let version = &compiled.version;
    let detail = WorkflowDetail {
        workflow: WorkflowSummary::of(&head, api.acting.clock.now()),
        name: compiled.workflow.name.clone(),
        source: version.source.clone(),
        steps: version.steps.iter().map(PlannedStep::from).collect(),
        applied_at: version.applied_at,
    };
    Ok((etag(head.version.into()), Json(detail)))
}

/// Change one workflow.
///
/// The text is checked against the project that holds, and becomes the workflow's next version.
#[utoipa::path(
    put, path = "/api/workflows/{id}", tag = "workflows", operation_id = "apply_workflow",
    params(
        ("id" = String, Path, description = "The workflow; a `/` is written `%2F`."),
        ("If-Match" = Option<String>, Header,
            description = "The version that the caller has seen: with another one nothing is changed."),
    ),
    request_body = WorkflowSource,
    responses(
        (status = 200, description = "It holds.", body = Applied,
            headers(("ETag" = String, description = "The version, for `If-Match`."))),
        (status = 412, description = "`version_conflict`: it was changed meanwhile.", body = ErrorBody),
        (status = 422, description = "`project_invalid`: with all problems.", body = ErrorBody),
        ChangeRefusals,
    )
)]
pub(crate) async fn apply_workflow(
    State(api): Shared,
    by: By,
    Id(id): Id,
    ExpectedRevision(seen): ExpectedRevision,
    Strict(body): Strict<WorkflowSource>,
) -> Result<impl IntoResponse, ApiError> {
    let seen = seen.map(u32::try_from).transpose().map_err(|_| ApiError::VersionConflict)?;
    let workflow = WorkflowId(id);
    let applied = apply::apply_workflow(&api.applying, &workflow, &body.source, seen).await?;
    let version = head(&api, workflow.as_str()).await?.version;
    if !applied.changed.is_empty() {
        api.record_change(&by, "workflow.apply", workflow.as_str(), format!("version {version}"))
            .await;
    }
    Ok((etag(version.into()), Json(Applied::from(applied))))
}

/// Let the runs of a workflow stand still.
///
/// What is being done is finished. New events are taken, and wait.
#[utoipa::path(
    post, path = "/api/workflows/{id}/pause", tag = "workflows", operation_id = "pause_workflow",
    params(
        ("id" = String, Path, description = "The workflow; a `/` is written `%2F`."),
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once."),
    ),
    responses(
        (status = 200, description = "Its runs stand still.", body = WorkflowSummary),
        (status = 404, description = "`not_found`.", body = ErrorBody),
        (status = 409, description = "`changed`: look again.", body = ErrorBody),
        (status = 422, description = "`idempotency_mismatch`.", body = ErrorBody),
        ChangeRefusals,
    )
)]
pub(crate) async fn pause_workflow(
    State(api): Shared,
    by: By,
    Id(id): Id,
) -> Result<Json<WorkflowSummary>, ApiError> {
    set_paused(&api, &by, id, true).await
}

/// Let the runs of a workflow go on.
#[utoipa::path(
    post, path = "/api/workflows/{id}/resume", tag = "workflows", operation_id = "resume_workflow",
    params(
        ("id" = String, Path, description = "The workflow; a `/` is written `%2F`."),
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once."),
    ),
    responses(
        (status = 200, description = "Its runs go on.", body = WorkflowSummary),
        (status = 404, description = "`not_found`.", body = ErrorBody),
        (status = 409, description = "`changed`: look again.", body = ErrorBody),
        (status = 422, description = "`idempotency_mismatch`.", body = ErrorBody),
        ChangeRefusals,
    )
)]
pub(crate) async fn resume_workflow(
    State(api): Shared,
    by: By,
    Id(id): Id,
) -> Result<Json<WorkflowSummary>, ApiError> {
    set_paused(&api, &by, id, false).await
}

async fn set_paused(
    api: &Api,
    by: &By,
    id: String,
    paused: bool,
) -> Result<Json<WorkflowSummary>, ApiError> {
    people::pause(&api.acting, &WorkflowId(id.clone()), paused).await?;
    let action = if paused { "workflow.pause" } else { "workflow.resume" };
    api.record_change(by, action, &id, "").await;
    let head = any_head(api, &id).await?;
    Ok(Json(WorkflowSummary::of(&head, api.acting.clock.now())))
}

/// What holds for a workflow that has a file.
pub(super) async fn head(api: &Api, id: &str) -> Result<WorkflowHead, ApiError> {
    let head = any_head(api, id).await?;
    if head.deleted { Err(no_workflow(id)) } else { Ok(head) }
}

/// What holds for a workflow; one whose file is gone may still have runs.
async fn any_head(api: &Api, id: &str) -> Result<WorkflowHead, ApiError> {
    let current = api.acting.definitions.current().await?;
    let mut heads = current.workflows.into_iter();
    heads.find(|head| head.id.as_str() == id).ok_or_else(|| no_workflow(id))
}

fn no_workflow(id: &str) -> ApiError {
    ApiError::NotFound(format!("workflow {id}"))
}
