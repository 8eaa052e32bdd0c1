//! What people may do with a run.

use super::arrive::key_is_forgotten;
use super::command::Command;
use super::doers::Doers;
use super::flow::{Ended, Flow};
use super::follow::{end, follow, report};
use super::write::{Change, Write};
use crate::effects::EffectClass;
use crate::ids::{ProviderId, StepPath};
use crate::runs::{Decision, FailureKind, Run, RunState, StepRecord, WhenUnknown};
use crate::time::Timestamp;
use serde_json::Value;

/// Why a run cannot be taken up again, stopped or resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// It has succeeded: nothing is left to do.
    #[error("the run has succeeded; to repeat its effects, start it again from its event")]
    Succeeded,
    /// It is being worked on.
    #[error("the run is being worked on")]
    StillRunning,
    /// It has stopped already.
    #[error(
        "the run has stopped already, and does nothing by itself: replay it, or dismiss its dead letter"
    )]
    Stopped,
    /// It was cancelled.
    #[error("the run was cancelled; to do the work after all, start it again from its event")]
    Cancelled,
    /// It may have happened, and nobody can be asked.
    #[error(
        "step {0} may have happened: say what became of it with `resolve` and --happened, --did-not \
         or --skip"
    )]
    NeedsResolving(StepPath),
    /// An earlier try may have arrived at another provider than the one that would do it now.
    #[error(
        "step {0} may have happened at {1}, and now another provider would do it: say what became \
         of it with `resolve` and --happened, --did-not or --skip"
    )]
    OtherProvider(StepPath, ProviderId),
    /// The provider has forgotten the key of a try that may have arrived.
    #[error("the provider may have forgotten step {0} by now, so it could happen twice")]
    KeyWindowPassed(StepPath),
    /// Its data has been removed.
    #[error("the run's data has been removed")]
    Redacted,
    /// Only a parked run can be resolved, or one that failed at a step which may have happened elsewhere or
    /// belongs to an item.
    #[error("only a parked run can be resolved")]
    NotParked,
    /// The step of an item failed for certain: what became of it is known.
    #[error(
        "step {0} has failed: repair the cause and replay, or do without it with `resolve` and --skip"
    )]
    OnlySkipped(StepPath),
    /// The step does not ask for an approval now.
    #[error("step {0} does not ask for an approval now")]
    NotAsked(StepPath),
    /// Somebody has decided before.
    #[error("step {0} was {1} by {2} before")]
    Decided(StepPath, &'static str, String),
    /// Its deadline has passed.
    #[error("the deadline of step {0} has passed")]
    TooLate(StepPath),
    /// The run stopped at another step.
    #[error("the run stopped at step {0}")]
    OtherStep(StepPath),
    /// Several of the items that stopped it cannot be taken up: each is told, because whoever forces them all has to
    /// have looked at each.
    #[error("{}", all_told(.0))]
    OfItems(Vec<Objection>),
}

/// So many objections of one run are told in words.
const TOLD_MAX: usize = 20;

fn all_told(objections: &[Objection]) -> String {
    let told: Vec<String> = objections.iter().take(TOLD_MAX).map(Objection::to_string).collect();
    let more = match objections.len().saturating_sub(TOLD_MAX) {
        0 => String::new(),
        more => format!("; and so it is with {more} more"),
    };
    format!("{}{more}", told.join("; "))
}

/// What a person says became of a parked step.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolution {
    /// It happened, and gave this.
    Happened(Value),
    /// It did not happen: do it.
    DidNot,
    /// It is not needed.
    Skip,
}

/// Takes a FAILED or PARKED run up again at the step that stopped it. `force` accepts that the step
/// may happen twice once the provider has forgotten its key, or because another one does it now.
pub fn replay(
    run: &Run,
    doers: Doers,
    force: bool,
    now: Timestamp,
) -> Result<Vec<Command>, Objection> {
    let (path, kind, step) = stopped_at(run)?;
    let mut ask = false;
    if kind == FailureKind::UnknownOutcome && !(force && step.work.class() == EffectClass::Keyed) {
        ask = step.when_unknown() == WhenUnknown::Ask && doers.can_be_asked;
        if !ask {
            return Err(Objection::NeedsResolving(path.clone()));
        }
    }
    if !force && key_is_forgotten(step, doers.key_window, now) {
        return Err(Objection::KeyWindowPassed(path.clone()));
    }
    if !force && doers.is_beyond_asking(step) {
        let provider = step.work.action().map(|work| work.provider.clone());
        return Err(provider.map_or_else(
            || Objection::NeedsResolving(path.clone()),
            |provider| Objection::OtherProvider(path.clone(), provider),
        ));
    }
    let change = Change::Replay { resumed: run.resumed, now, ask, forget_key: force };
    Ok(taken_up(run, change, path))
}

/// Whether a person may say what became of the step that stopped the run: it is parked there, or failed
/// where nobody can be asked any more whether an earlier try arrived, or can be done without.
pub fn is_resolvable(run: &Run, doers: Doers) -> bool {
    is_in_doubt(run, doers) || is_dispensable(run)
}

fn is_in_doubt(run: &Run, doers: Doers) -> bool {
    stopped_at(run)
        .is_ok_and(|(_, _, step)| run.state == RunState::Parked || doers.is_beyond_asking(step))
}

/// Whether the step that stopped it is one of an item: it can be skipped although it has failed, because nothing
/// else would bring the other items on where its data is bad.
pub fn is_dispensable(run: &Run) -> bool {
    // Nor is somebody's no passed over.
    let may_go =
        |path: &StepPath, step: &StepRecord| !path.is_item() && step.work.question().is_none();
    run.branch.is_some() && stopped_at(run).is_ok_and(|(path, _, step)| may_go(path, step))
}

/// Says what became of the step that stopped the run.
pub fn resolve(
    run: &Run,
    doers: Doers,
    path: &StepPath,
    resolution: Resolution,
    flow: &dyn Flow,
    now: Timestamp,
) -> Result<Vec<Command>, Objection> {
    if !run.state.needs_a_person() {
        return Err(Objection::NotParked);
    }
    let (parked_at, _, _) = stopped_at(run)?;
    if !is_in_doubt(run, doers) {
        match is_dispensable(run) {
            true if resolution == Resolution::Skip => {}
            true => return Err(Objection::OnlySkipped(parked_at.clone())),
            false => return Err(Objection::NotParked),
        }
    }
    if parked_at != path {
        return Err(Objection::OtherStep(parked_at.clone()));
    }
    let resumed = run.resumed;
    let change = match resolution {
        Resolution::DidNot => Change::Replay { resumed, now, ask: false, forget_key: true },
        Resolution::Happened(output) => {
            let advance = flow.advance(run, path, Ended::Done(&output), now);
            Change::Resolve { resumed, now, output: Some(output), advance }
        }
        Resolution::Skip => {
            let advance = flow.advance(run, path, Ended::Skipped, now);
            Change::Resolve { resumed, now, output: None, advance }
        }
    };
    Ok(taken_up(run, change, path))
}

/// Stops a run, and the branches of its loops: what is being done is finished and recorded, nothing follows.
pub fn cancel(run: &Run, now: Timestamp) -> Result<Vec<Command>, Objection> {
    match run.state {
        RunState::Active | RunState::Failing => {
            let write = Write { run: run.id.clone(), change: Change::Cancel { now } };
            let told = write.apply(Some(run)).map(|run| on_cancelled(&run)).unwrap_or_default();
            Ok(std::iter::once(Command::Write(write)).chain(told).collect())
        }
        RunState::Succeeded => Err(Objection::Succeeded),
        RunState::Cancelled => Err(Objection::Cancelled),
        RunState::Failed | RunState::Parked => Err(Objection::Stopped),
    }
}

/// What a run that was just cancelled asks for: the branches of its loops hear of it.
pub fn on_cancelled(run: &Run) -> Vec<Command> {
    end(run)
}

/// Says yes or no to what the step asks. Nothing where a worker holds the step: look again.
pub fn decide(run: &Run, path: &StepPath, decision: Decision) -> Result<Vec<Command>, Objection> {
    let not_asked = || Objection::NotAsked(path.clone());
    let step = run.steps.get(path).ok_or_else(not_asked)?;
    let question = step.work.question().ok_or_else(not_asked)?;
    if let Some(before) = &question.decision {
        let word = if before.approved { "approved" } else { "declined" };
        return Err(Objection::Decided(path.clone(), word, before.by.clone()));
    }
    if !step.state.is_open() {
        return Err(Objection::TooLate(path.clone()));
    }
    match run.state {
        RunState::Cancelled => return Err(Objection::Cancelled),
        RunState::Succeeded => return Err(Objection::Succeeded),
        _ if !run.works_on(path) => return Err(not_asked()),
        _ => {}
    }
    let until = step.work.flow_work().and_then(|work| work.until);
    if until.is_none_or(|until| until <= decision.at) {
        return Err(Objection::TooLate(path.clone()));
    }
    let change = Change::Decide { path: path.clone(), decision };
    let write = Write { run: run.id.clone(), change };
    let Ok(next) = write.apply(Some(run)) else { return Ok(Vec::new()) };
    Ok(std::iter::once(Command::Write(write)).chain(follow(&next, path)).collect())
}

fn stopped_at(run: &Run) -> Result<(&StepPath, FailureKind, &StepRecord), Objection> {
    match run.state {
        RunState::Succeeded => return Err(Objection::Succeeded),
        RunState::Cancelled => return Err(Objection::Cancelled),
        RunState::Active | RunState::Failing => return Err(Objection::StillRunning),
        RunState::Failed | RunState::Parked => {}
    }
    if run.redacted_at.is_some() {
        return Err(Objection::Redacted);
    }
    let failure = run.failure.as_ref().ok_or(Objection::StillRunning)?;
    // What has stopped it may be a step of an item, whose branch has the record.
    let stopped_at = || Objection::OtherStep(failure.step.clone());
    let step = run.steps.get(&failure.step).ok_or_else(stopped_at)?;
    Ok((&failure.step, failure.kind, step))
}

/// The change, the report to the record above where it is a branch, and what the step asks for.
pub(super) fn taken_up(run: &Run, change: Change, path: &StepPath) -> Vec<Command> {
    let write = Write { run: run.id.clone(), change };
    let Ok(next) = write.apply(Some(run)) else { return Vec::new() };
    let told = report(&next).into_iter().chain(follow(&next, path));
    std::iter::once(Command::Write(write)).chain(told).collect()
}
