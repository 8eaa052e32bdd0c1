//! Taking many runs up again: a job that goes on by itself.

use super::{By, ChangeRefusals, ReadRefusals, Shared};
use crate::api::Api;
use crate::errors::ApiError;
use crate::idempotency::RequestKey;
use crate::request::{Id, Strict};
use crate::types::{ErrorBody, Replay, StartReplay};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use tradewind_engine::ids::{JobId, WorkflowId};
use tradewind_engine::jobs::{Job, JobWork, ReplayRuns};
use tradewind_engine::runs::RunState;
use tradewind_platform::jobs;

/// Take many failed and parked runs up again.
///
/// Each is taken up as if it alone were replayed. A few runs are seen to at once, many by and by:
/// the answer says how far it is.
#[utoipa::path(
    post, path = "/api/replays", tag = "runs", operation_id = "start_replay",
    params(("Idempotency-Key" = Option<String>, Header, description = "Carried out once.")),
    request_body = Option<StartReplay>,
    responses(
        (status = 202, description = "It is being worked on, or done.", body = Replay),
        (status = 409, description = "`in_progress`: with this key.", body = ErrorBody),
        (status = 422, description = "`filter_senseless`: no run can have been started in that \
            time; `unknown_workflow`; or `idempotency_mismatch`.", body = ErrorBody),
        ChangeRefusals,
    )
)]
pub(crate) async fn start_replay(
    State(api): Shared,
    by: By,
    key: Option<Extension<RequestKey>>,
    Strict(body): Strict<StartReplay>,
) -> Result<(StatusCode, Json<Replay>), ApiError> {
    let runs = runs(&api, body).await?;
    // A repetition whose first answer was lost is the same job.
    let id = match key {
        Some(Extension(key)) => key.job_id(),
        None => JobId(format!("job_{}", api.acting.ids.random_hex())),
    };
    let (detail, is_change) = (detail(&runs), !runs.dry_run);
    let job = jobs::start_replay(&api.acting.advancing(), id, runs).await?;
    if is_change {
        api.record_change(&by, "runs.replay", job.id.as_str(), detail).await;
    }
    Ok((StatusCode::ACCEPTED, Json(replay(job)?)))
}

/// A replay of many runs, and how far it is.
#[utoipa::path(
    get, path = "/api/replays/{id}", tag = "runs", operation_id = "show_replay",
    params(("id" = String, Path, description = "The replay.")),
    responses(
        (status = 200, description = "The replay.", body = Replay),
        (status = 404, description = "`not_found`.", body = ErrorBody),
        ReadRefusals,
    )
)]
pub(crate) async fn show_replay(State(api): Shared, Id(id): Id) -> Result<Json<Replay>, ApiError> {
    let job = api.acting.jobs.read(&JobId(id.clone())).await?;
    replay(job.ok_or_else(|| no_replay(&id))?).map(Json)
}

/// Which runs, where they can be any.
async fn runs(api: &Api, body: StartReplay) -> Result<ReplayRuns, ApiError> {
    let StartReplay { workflow, state, since, until, force, dry_run } = body;
    if let (Some(since), Some(until)) = (since, until)
        && since >= until
    {
        let message = "`since` has to be before `until`".to_owned();
        return Err(ApiError::Senseless("filter_senseless", message));
    }
    if since.is_some_and(|since| since > api.acting.clock.now()) {
        let message = "`since` has not come yet".to_owned();
        return Err(ApiError::Senseless("filter_senseless", message));
    }
    let workflow = workflow.map(WorkflowId);
    if let Some(workflow) = &workflow {
        let current = api.acting.definitions.current().await?;
        // One whose file is gone may still have runs.
        if !current.workflows.iter().any(|head| head.id == *workflow) {
            let message = format!("there is no workflow {workflow}");
            return Err(ApiError::Senseless("unknown_workflow", message));
        }
    }
    Ok(ReplayRuns { workflow, state: state.map(RunState::from), since, until, force, dry_run })
}

/// For the audit log.
fn detail(runs: &ReplayRuns) -> String {
    let workflow = runs.workflow.as_ref().map(|workflow| format!("workflow {workflow}"));
    let state = runs.state.map(|state| state.as_str().to_owned());
    let since = runs.since.map(|since| format!("since {since}"));
    let until = runs.until.map(|until| format!("until {until}"));
    let force = runs.force.then(|| "force".to_owned());
    let parts = [workflow, state, since, until, force];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn replay(job: Job) -> Result<Replay, ApiError> {
    match job.work.clone() {
        JobWork::ReplayRuns(runs) => Ok(Replay::new(job, runs)),
        JobWork::WakeRuns { .. } => Err(no_replay(job.id.as_str())),
    }
}

fn no_replay(id: &str) -> ApiError {
    ApiError::NotFound(format!("replay {id}"))
}
