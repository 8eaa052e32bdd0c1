//! Looking at runs.

use super::steps::steps;
use super::turn::{hint_of_turn, waiting_turn};
use super::{ReadRefusals, Shared};
use crate::api::Api;
use crate::errors::ApiError;
use crate::request::{Id, Params, limit};
use crate::types::{
    ErrorBody, LeftOut, RunAction, RunDetail, RunList, RunSummary, SoughtState, Wait, whole_seconds,
};
use axum::Json;
use axum::extract::State;
use futures::future::try_join_all;
use serde::Deserialize;
use tradewind_engine::ids::{EventId, RunId, StepPath, WorkflowId};
use tradewind_engine::ports::{RunFilter, Unavailable};
use tradewind_engine::protocol;
use tradewind_engine::runs::{self, FailureKind, Run, StepRecord, StepState, WhenUnknown};
use tradewind_engine::time::Timestamp;
use tradewind_engine::workflows::Step;
use tradewind_platform::deployed::Compiled;
use tradewind_platform::doers::doers;
use tradewind_platform::people::{branches_in_sight, waiting_record};
use utoipa::IntoParams;

/// So many branches of loops are shown with a run.
const BRANCHES_SHOWN_MAX: usize = 20;
/// So many pages are looked through for a run that waits.
const PAGES_MAX: usize = 5;

/// Which runs.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunQuery {
    /// Of this workflow.
    workflow: Option<String>,
    /// In this state, or `waiting`: for a time, an event or people.
    #[param(inline)]
    state: Option<SoughtState>,
    /// Of this event.
    event: Option<String>,
    /// Started before this run: `next` of the page before.
    before: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
}

/// The runs, the newest first.
#[utoipa::path(
    get, path = "/api/runs", tag = "runs", operation_id = "list_runs", params(RunQuery),
    responses((status = 200, description = "The runs.", body = RunList), ReadRefusals)
)]
pub(crate) async fn list_runs(
    State(api): Shared,
    Params(query): Params<RunQuery>,
) -> Result<Json<RunList>, ApiError> {
    let mut filter = RunFilter {
        workflow: query.workflow.map(WorkflowId),
        state: query.state.and_then(SoughtState::state),
        is_waiting: query.state == Some(SoughtState::Waiting),
        event: query.event.map(EventId),
        before: query.before.map(RunId),
        limit: limit(query.limit)?,
    };
    let mut pages = 0;
    loop {
        let mut page = api.acting.runs.list(&filter).await?;
        let left_out = LeftOut::of(page.hidden_counts());
        let records = std::mem::take(&mut page.records);
        let records = if filter.is_waiting {
            waiting(&api, records).await?
        } else {
            records.into_iter().map(|run| (run, None)).collect()
        };
        pages += 1;
        // A page of which no run is left says little, where another follows.
        if records.is_empty() && left_out.is_none() && page.next.is_some() && pages < PAGES_MAX {
            filter.before = page.next;
            continue;
        }
        let runs = summaries(&api, &records).await;
        return Ok(Json(RunList { runs, next: page.next.map(|run| run.0), left_out }));
    }
}

/// Those of the runs that wait, each with the branch that it waits at, where it is one of a loop.
async fn waiting(api: &Api, runs: Vec<Run>) -> Result<Vec<(Run, Option<Run>)>, ApiError> {
    let found = try_join_all(runs.into_iter().map(|run| async move {
        let record = waiting_record(&*api.acting.runs, &run).await?;
        Ok::<_, Unavailable>(record.map(|record| (run, Some(record))))
    }));
    Ok(found.await?.into_iter().flatten().collect())
}

/// The runs as lists show them. Which event one waits for, its workflow says, where that can be read.
async fn summaries(api: &Api, records: &[(Run, Option<Run>)]) -> Vec<RunSummary> {
    let shown = || records.iter().map(|(run, record)| (run, record.as_ref().unwrap_or(run)));
    let waiting = shown().filter(|(_, record)| record.waiting_step().is_some());
    let compiled = api.acting.deployed.versions_of(waiting.map(|(run, _)| run)).await;
    let summary = |(run, record): (&Run, &Run)| {
        let compiled = compiled.get(&(run.workflow.clone(), run.version));
        summary_of(run, record, compiled.map(|compiled| &**compiled))
    };
    shown().map(summary).collect()
}

/// The run as lists show it, with what `record` waits for: itself, or a branch of its loop.
fn summary_of(run: &Run, record: &Run, compiled: Option<&Compiled>) -> RunSummary {
    let mut summary = RunSummary { waits: Wait::of(record), ..RunSummary::from(run) };
    if let (Some(waits), Some((path, _))) = (&mut summary.waits, record.waiting_step()) {
        let step = compiled.and_then(|compiled| compiled.workflow.step(path));
        let wait = step.and_then(Step::event_wait);
        waits.event = wait.map(|wait| wait.awaited.event.clone());
    }
    summary
}

/// One run with its steps, and what a person can do next.
#[utoipa::path(
    get, path = "/api/runs/{id}", tag = "runs", operation_id = "show_run",
    params(("id" = String, Path, description = "The run.")),
    responses(
        (status = 200, description = "The run.", body = RunDetail),
        (status = 404, description = "`not_found`.", body = ErrorBody),
        ReadRefusals,
    )
)]
pub(crate) async fn show_run(State(api): Shared, Id(id): Id) -> Result<Json<RunDetail>, ApiError> {
    let run = api.acting.runs.read(&RunId(id.clone())).await?;
    let run = run.ok_or_else(|| ApiError::NotFound(format!("run {id}")))?;
    Ok(Json(detail(&api, &run).await?))
}

/// Everything that is known of the run.
pub(super) async fn detail(api: &Api, run: &Run) -> Result<RunDetail, ApiError> {
    let compiled = api.acting.deployed.version(&run.workflow, run.version).await?;
    let current = api.acting.deployed.current().await?;
    let is_paused = current.workflows.iter().any(|head| head.id == run.workflow && head.paused);
    let branches = branches_in_sight(&*api.acting.runs, run, BRANCHES_SHOWN_MAX).await?;
    let shown = &branches[..branches.len().min(BRANCHES_SHOWN_MAX)];
    let stopped: Vec<&Run> = shown.iter().filter(|branch| branch.state.needs_a_person()).collect();
    let mut can = possible(api, run).await?;
    if run.state.needs_a_person() {
        for branch in &stopped {
            let of_branch = possible(api, branch).await?.into_iter();
            can.extend(of_branch.filter(|action| !can.contains(action)).collect::<Vec<_>>());
        }
    }
    let asks: Vec<_> = std::iter::once(run).chain(&branches).filter_map(asking).collect();
    can.extend(asks.first().map(|_| RunAction::Approve));
    let turn = waiting_turn(api, run).await?;
    let waits = hint_of_questions(run, &asks).or_else(|| hint_of_wait(run, compiled.as_deref()));
    let waits = waits.or_else(|| turn.map(hint_of_turn));
    let of_all = match stopped.len() {
        2.. if can.contains(&RunAction::ForceReplay) => OF_ALL_ITEMS,
        _ => "",
    };
    // What stopped the run is told by the branch that it happened in.
    let teller = stopped.into_iter().find(|branch| branch.failure == run.failure).unwrap_or(run);
    Ok(RunDetail {
        run: summary_of(run, run, compiled.as_deref()),
        trigger: run.input.clone(),
        steps: steps(run, (shown, &branches), compiled.as_deref()),
        turn,
        hint: match waits.filter(|_| !is_paused && !run.state.is_terminal()) {
            Some(hint) => hint,
            None => {
                let teller = if run.state.needs_a_person() { teller } else { run };
                hint(teller, &can, is_paused) + of_all
            }
        },
        can,
    })
}

/// What is said where several items stopped a run, of which one can be forced.
const OF_ALL_ITEMS: &str = " `force` is for every item that stopped: look at each of them, or give the \
    `step` of one.";

/// What the protocol would let a person do.
async fn possible(api: &Api, run: &Run) -> Result<Vec<RunAction>, ApiError> {
    let now = api.acting.clock.now();
    let doers = doers(&api.acting.catalog.actions, &api.acting.deployed, run).await?;
    let replay = |force| protocol::replay(run, doers, force, now).is_ok();
    let mut can = Vec::new();
    if replay(false) {
        can.push(RunAction::Replay);
    } else if replay(true) {
        can.push(RunAction::ForceReplay);
    }
    if protocol::is_resolvable(run, doers) {
        can.push(RunAction::Resolve);
    }
    if protocol::cancel(run, now).is_ok() {
        can.push(RunAction::Cancel);
    }
    Ok(can)
}

fn hint(run: &Run, can: &[RunAction], is_paused: bool) -> String {
    let failure = run.failure.as_ref();
    let step = failure.map_or("the step", |failure| failure.step.as_str());
    match run.state {
        runs::RunState::Active | runs::RunState::Failing => hint_at_work(run, is_paused),
        runs::RunState::Succeeded => {
            "All is done. To repeat its effects, start it again from its event.".to_owned()
        }
        runs::RunState::Cancelled => {
            let by = match &run.cancelled_by {
                Some(event) => format!("It was cancelled by event {event}"),
                None => not_approved(run).unwrap_or_else(|| "A person stopped it".to_owned()),
            };
            format!("{by}. To do the work after all, start it again from its event.")
        }
        _ if run.redacted_at.is_some() => {
            "Its data has been removed, so it cannot be taken up again.".to_owned()
        }
        _ if can.contains(&RunAction::ForceReplay) => format!(
            "The provider may have forgotten step {step} by now. Look whether it happened; if not, \
             replay with `force`."
        ),
        _ => match failure.map(|failure| failure.kind) {
            Some(FailureKind::UnknownOutcome) => hint_at_unknown(run, step, can),
            Some(FailureKind::NeedsRepair) => {
                format!("Repair the connection of step {step} or its secret, then replay.")
            }
            _ if declined(run).is_some() => format!(
                "Step {step} was {}. A replay asks again: the same links open it, and no message is sent.",
                declined(run).unwrap_or_default()
            ),
            _ if stopped_at_a_flow_step(run) => format!(
                "What step {step} says follows from its workflow and the event: repair the workflow, apply it, \
                 and start it again from the event.{}",
                hint_to_do_without(run)
            ),
            _ => {
                let without = hint_to_do_without(run);
                format!("Repair the cause of what step {step} says, then replay.{without}")
            }
        },
    }
}

/// What it waits for people to decide; several items of a loop may ask.
fn hint_of_questions(run: &Run, asks: &[(&StepPath, &StepRecord)]) -> Option<String> {
    let ((path, step), others) = asks.split_first()?;
    let until = step.work.flow_work().and_then(|work| work.until);
    let until = until.map(whole_seconds);
    let until = until.map_or_else(String::new, |until| format!(" until {until}"));
    let decide = match others.is_empty() && !path.as_str().contains('[') {
        true => format!("`tradewind approve {} --yes`", run.id),
        false => format!("`tradewind approve {} '{path}' --yes`", run.id),
    };
    let others = match others.len() {
        0 => String::new(),
        count => format!(", and {count} more"),
    };
    Some(format!(
        "Step {path} waits{until} for somebody to decide{others}: by its link, or by {decide} or --no."
    ))
}

/// What it waits for besides a time.
fn hint_of_wait(run: &Run, compiled: Option<&Compiled>) -> Option<String> {
    let mut open = run.steps.iter().filter(|(path, _)| run.works_on(path));
    let (path, step) = open.find(|(_, step)| step.state == StepState::Waiting)?;
    let wait = compiled?.workflow.step(path)?.event_wait()?;
    let until = step.next_at.filter(|_| step.work.heard().is_none())?;
    let until = whole_seconds(until);
    let event = &wait.awaited.event;
    Some(format!(
        "It waits for {event}, until {until}, and goes on by itself. To stop it, cancel it."
    ))
}

fn hint_at_work(run: &Run, is_paused: bool) -> String {
    let waits = |state| run.steps.values().any(|step| step.state == state);
    if is_paused {
        "The workflow is paused: resume it, or cancel the run.".to_owned()
    } else if let Some(until) = waits_until(run) {
        let until = whole_seconds(until);
        format!("It waits until {until} and goes on by itself. To stop it, cancel it.")
    } else if waits(StepState::Unknown) {
        "A step may have happened; its provider is asked.".to_owned()
    } else if waits(StepState::Retry) {
        "It is tried again by itself. To give up, cancel it.".to_owned()
    } else if run.open_loops().any(|(_, items)| !items.stopped.is_empty()) {
        "Items of a loop have stopped: the run stops once those that are worked on have ended, and can be \
         replayed then."
            .to_owned()
    } else {
        "It is being worked on.".to_owned()
    }
}

/// Where the data of an item is bad, nothing can be repaired.
fn hint_to_do_without(run: &Run) -> &'static str {
    match protocol::is_dispensable(run) {
        true => " To do without this step of the item, resolve it as skip.",
        false => "",
    }
}

/// What was said at the approval that stopped the run.
fn declined(run: &Run) -> Option<String> {
    let step = run.failure.as_ref().and_then(|failure| run.steps.get(&failure.step))?;
    step.work.question().map(|question| match question.decision {
        Some(_) => question.refusal(),
        None => "not approved before its deadline".to_owned(),
    })
}

/// What was said at the approval that cancelled the run.
fn not_approved(run: &Run) -> Option<String> {
    let mut with_it = run.steps.iter().filter(|(_, step)| step.ended_at == run.ended_at);
    let asked = with_it.find_map(|(path, step)| Some((path, step.work.question()?)));
    let (path, question) = asked.filter(|(_, question)| !question.is_approved())?;
    Some(match question.decision {
        Some(_) => format!("Step {path} was {}", question.refusal()),
        None => format!("Step {path} was not approved before its deadline"),
    })
}

/// The step at which the record waits for somebody's yes or no.
fn asking(run: &Run) -> Option<(&StepPath, &StepRecord)> {
    let mut open =
        run.steps.iter().filter(|(path, step)| step.state.is_open() && run.works_on(path));
    open.find(|(_, step)| step.work.question().is_some_and(|question| question.decision.is_none()))
}

/// It would come to the same again: a run keeps to its version and its input.
fn stopped_at_a_flow_step(run: &Run) -> bool {
    let step = run.failure.as_ref().and_then(|failure| run.steps.get(&failure.step));
    step.is_some_and(|step| step.work.action().is_none())
}

fn waits_until(run: &Run) -> Option<Timestamp> {
    let waits = |step: &&StepRecord| step.state == StepState::Waiting && !step.waits_in_line();
    let waiting = run.steps.values().filter(waits);
    waiting.filter_map(|step| step.next_at).min()
}

fn hint_at_unknown(run: &Run, step: &str, can: &[RunAction]) -> String {
    let record = run.failure.as_ref().and_then(|failure| run.steps.get(&failure.step));
    let resolve = "resolve it as happened, did_not or skip";
    match record.map(runs::StepRecord::when_unknown) {
        Some(WhenUnknown::Ask) if can.contains(&RunAction::Replay) => format!(
            "Step {step} may have happened. Replay asks the provider again; if you know, {resolve}."
        ),
        _ => format!("Step {step} may have happened. Find out at the provider, then {resolve}."),
    }
}
