//! What people do with runs.

use super::runs::detail;
use super::{By, ChangeRefusals, Shared};
use crate::errors::ApiError;
use crate::request::{Id, Strict};
use crate::types::{ApproveRun, ErrorBody, Outcome, ReplayRun, ResolveRun, RunDetail};
use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value};
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::protocol::Resolution;
use tradewind_platform::people;

/// Take a failed or parked run up again at the step that stopped it.
///
/// Steps that are done are not repeated.
#[utoipa::path(
    post, path = "/api/runs/{id}/replay", tag = "runs", operation_id = "replay_run",
    params(
        ("id" = String, Path, description = "The run."),
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once."),
    ),
    request_body = Option<ReplayRun>,
    responses(
        (status = 200, description = "It is being worked on again.", body = RunDetail),
        (status = 404, description = "`not_found`.", body = ErrorBody),
        (status = 409, description = "`run_succeeded`, `run_active`, `run_cancelled`, \
            `needs_resolving`, `idempotency_window_passed`, `other_provider`, `other_step`, `payload_redacted` \
            or `changed`.",
            body = ErrorBody),
        (status = 422, description = "`idempotency_mismatch`.", body = ErrorBody),
        ChangeRefusals,
    )
)]
pub(crate) async fn replay_run(
    State(api): Shared,
    by: By,
    Id(id): Id,
    Strict(body): Strict<ReplayRun>,
) -> Result<Json<RunDetail>, ApiError> {
    let of = RunId(id.clone());
    let run = match body.step.as_deref() {
        Some(step) => people::replay_step(&api.acting, &of, &step.into(), body.force).await?,
        None => people::replay(&api.acting, &of, body.force).await?,
    };
    let force = body.force.then_some("force");
    let said: Vec<&str> = force.into_iter().chain(body.step.as_deref()).collect();
    api.record_change(&by, "run.replay", &id, &said.join(" ")).await;
    Ok(Json(detail(&api, &run).await?))
}

/// Stop a run.
///
/// What is being done is finished and recorded; nothing follows.
#[utoipa::path(
    post, path = "/api/runs/{id}/cancel", tag = "runs", operation_id = "cancel_run",
    params(
        ("id" = String, Path, description = "The run."),
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once."),
    ),
    responses(
        (status = 200, description = "It is stopped.", body = RunDetail),
        (status = 404, description = "`not_found`.", body = ErrorBody),
        (status = 409, description = "`run_succeeded`, `run_stopped`, `run_cancelled` or `changed`.",
            body = ErrorBody),
        (status = 422, description = "`idempotency_mismatch`.", body = ErrorBody),
        ChangeRefusals,
    )
)]
pub(crate) async fn cancel_run(
    State(api): Shared,
    by: By,
    Id(id): Id,
) -> Result<Json<RunDetail>, ApiError> {
    let run = people::cancel(&api.acting, &RunId(id.clone())).await?;
    api.record_change(&by, "run.cancel", &id, "").await;
    Ok(Json(detail(&api, &run).await?))
}

/// Say what became of the step that parked a run.
#[utoipa::path(
    post, path = "/api/runs/{id}/resolve", tag = "runs", operation_id = "resolve_run",
    params(
        ("id" = String, Path, description = "The run."),
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once."),
    ),
    request_body = ResolveRun,
    responses(
        (status = 200, description = "The run goes on.", body = RunDetail),
        (status = 404, description = "`not_found`.", body = ErrorBody),
        (status = 409, description = "`run_not_parked`, `other_step`, `payload_redacted` or \
            `changed`.", body = ErrorBody),
        (status = 422, description = "`output_unfit`: an output needs `happened`; or \
            `idempotency_mismatch`.", body = ErrorBody),
        ChangeRefusals,
    )
)]
pub(crate) async fn resolve_run(
    State(api): Shared,
    by: By,
    Id(id): Id,
    Strict(body): Strict<ResolveRun>,
) -> Result<Json<RunDetail>, ApiError> {
    let resolution = resolution(body.outcome, body.output)?;
    let word = match resolution {
        Resolution::Happened(_) => "happened",
        Resolution::DidNot => "did not happen",
        Resolution::Skip => "skipped",
    };
    let step = StepPath(body.step);
    let run = people::resolve(&api.acting, &RunId(id.clone()), &step, resolution).await?;
    api.record_change(&by, "run.resolve", &id, format!("step {step}: {word}")).await;
    Ok(Json(detail(&api, &run).await?))
}

/// Say yes or no to what a run asks.
///
/// The first decision counts.
#[utoipa::path(
    post, path = "/api/runs/{id}/approve", tag = "runs", operation_id = "approve_run",
    params(
        ("id" = String, Path, description = "The run."),
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once."),
    ),
    request_body = ApproveRun,
    responses(
        (status = 200, description = "It is decided, and the run goes on.", body = RunDetail),
        (status = 404, description = "`not_found`.", body = ErrorBody),
        (status = 409, description = "`not_asked`, `already_decided`, `deadline_passed`, `run_succeeded`, \
            `run_cancelled`, `run_stopped` or `changed`.", body = ErrorBody),
        (status = 422, description = "`request_invalid`: no step asks, or several do and none is named; or \
            `idempotency_mismatch`.", body = ErrorBody),
        ChangeRefusals,
    )
)]
pub(crate) async fn approve_run(
    State(api): Shared,
    by: By,
    Id(id): Id,
    Strict(body): Strict<ApproveRun>,
) -> Result<Json<RunDetail>, ApiError> {
    let (run, step) = (RunId(id.clone()), body.step.map(StepPath));
    let who = format!("token {}", by.0.name);
    let decided = people::approve(&api.acting, &run, step, body.approved, &who).await?;
    let (run, step) = decided;
    let word = if body.approved { "approved" } else { "declined" };
    api.record_change(&by, "run.approve", &id, format!("step {step}: {word}")).await;
    Ok(Json(detail(&api, &run).await?))
}

fn resolution(outcome: Outcome, output: Option<Value>) -> Result<Resolution, ApiError> {
    match (outcome, output) {
        (Outcome::Happened, None) => Ok(Resolution::Happened(Value::Object(Map::new()))),
        (Outcome::Happened, Some(output @ Value::Object(_))) => Ok(Resolution::Happened(output)),
        (Outcome::DidNot, None) => Ok(Resolution::DidNot),
        (Outcome::Skip, None) => Ok(Resolution::Skip),
        (Outcome::Happened, Some(_)) => {
            Err(ApiError::Senseless("output_unfit", "an output is an object".to_owned()))
        }
        (Outcome::DidNot | Outcome::Skip, Some(_)) => {
            let message = "only a step that happened has an output".to_owned();
            Err(ApiError::Senseless("output_unfit", message))
        }
    }
}
