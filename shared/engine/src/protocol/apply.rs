//! What each conditional change means: the one place where a run's record changes.

use super::CHECK_AFTER;
use super::claims::{claim_step, is_own, may_ask, may_claim, may_decide};
use super::flow::{Advance, Next, Passed};
use super::hear;
use super::redact::redact;
use super::reports;
use super::turns;
use super::write::{AfterFailure, Arrived, Change, Write};
use crate::ids::StepPath;
use crate::runs::{
    Failure, FailureKind, FlowKind, ItemEnd, ItemFailure, Run, RunState, StepPlan, StepRecord,
    StepState, TRIED_MAX, Tried,
};
use crate::time::{Timestamp, after};

/// The condition did not hold; nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

impl Write {
    /// The run after the change.
    pub fn apply(&self, current: Option<&Run>) -> Result<Run, Refused> {
        match (&self.change, current) {
            (Change::Start(run), None) => Ok((**run).clone()),
            (Change::Start(_), Some(_)) | (_, None) => Err(Refused),
            (change, Some(run)) => {
                let mut run = run.clone();
                change.apply(&mut run)?;
                Ok(run)
            }
        }
    }
}

impl Change {
    fn apply(&self, run: &mut Run) -> Result<(), Refused> {
        match self {
            Self::Start(_) => Err(Refused),
            Self::Claim { id, path, now, lease_until } => {
                let step = worked_on(run, path)?;
                if is_own(step, StepState::Running, id, *now) {
                    return Ok(());
                }
                ensure(may_claim(step, *now))?;
                step.key_at = step.key_at.or(Some(*now));
                step.attempts += 1;
                claim_step(step, StepState::Running, id, *now, *lease_until);
                check_after(run, *now);
                Ok(())
            }
            Self::ClaimQuestion { id, path, now, lease_until } => {
                let step = worked_on(run, path)?;
                if is_own(step, StepState::Unknown, id, *now) {
                    return Ok(());
                }
                ensure(may_ask(step, *now))?;
                step.asked += 1;
                claim_step(step, StepState::Unknown, id, *now, *lease_until);
                check_after(run, *now);
                Ok(())
            }
            Self::Complete { path, fence, now, output, skipped, advance } => {
                let step = held(run, path, *fence)?;
                // What an event left with it is what it gives.
                ensure(step.work.heard().is_none() || *output == step.output)?;
                let state = if skipped.is_some() { StepState::Skipped } else { StepState::Done };
                end_step(step, state, *now, skipped.clone());
                step.output.clone_from(output);
                advance_run(run, advance, *now);
                Ok(())
            }
            Self::RecordOnly { path, fence, now, output } => {
                ensure(run.state == RunState::Cancelled)?;
                let step = held_by_fence(run, path, *fence)?;
                end_step(step, StepState::Done, *now, None);
                step.output = Some(output.clone());
                Ok(())
            }
            Self::Retry { path, fence, now, next_at, reason, arrived, spent } => {
                let step = held(run, path, *fence)?;
                // The key's age counts from the first attempt that may have arrived.
                forget_key(step, *arrived);
                if *spent {
                    record_try(step, *now, reason);
                } else {
                    step.attempts = step.attempts.saturating_sub(1);
                }
                wait_for(step, StepState::Retry, *next_at, reason);
                check_after(run, *next_at);
                Ok(())
            }
            Self::Postpone { path, fence, now, next_at, reason } => {
                let step = held(run, path, *fence)?;
                give_back(step, next_at.is_some());
                step.reason = Some(reason.clone());
                step.claim = None;
                step.lease_until = None;
                step.next_at = *next_at;
                check_after(run, next_at.unwrap_or(*now));
                Ok(())
            }
            Self::Wait { path, fence, until } => {
                let step = held(run, path, *fence)?;
                ensure(step.work.action().is_none() && step.work.heard().is_none())?;
                give_back(step, true);
                step.claim = None;
                step.lease_until = None;
                step.wait_until(*until);
                check_after(run, *until);
                Ok(())
            }
            Self::TakeTurn { path, fence, now, slot, advance } => {
                turns::take(held(run, path, *fence)?, slot, *now)?;
                advance_run(run, advance, *now);
                Ok(())
            }
            Self::AwaitTurn { path, fence, slot, look_at } => {
                let step = held(run, path, *fence)?;
                ensure(turns::asks(step) && !turns::is_at_work(step))?;
                give_back(step, true);
                turns::wait(step, slot, *look_at);
                check_after(run, *look_at);
                Ok(())
            }
            Self::LetIn { slot, now } => turns::let_in(run, slot, *now),
            Self::LeaveSlot { slot } => turns::leave(run, slot),
            Self::Hear { path, event, accepted_at, output, now } => {
                hear::note(run, path, (event, *accepted_at), output, *now)
            }
            Self::Ask { path, fence, until, question } => {
                let step = held(run, path, *fence)?;
                ensure(step.work.action().is_none())?;
                give_back(step, true);
                step.claim = None;
                step.lease_until = None;
                step.ask(question, *until);
                check_after(run, *until);
                Ok(())
            }
            Self::Decide { path, decision } => {
                let step = worked_on(run, path)?;
                ensure(may_decide(step, decision.at))?;
                step.work.question_mut().ok_or(Refused)?.decision = Some(decision.clone());
                step.state = StepState::Ready;
                step.next_at = Some(decision.at);
                check_after(run, decision.at);
                Ok(())
            }
            Self::Loop { path, fence, now, items } => {
                let step = held(run, path, *fence)?;
                ensure(step.work.action().is_none())?;
                give_back(step, true);
                step.claim = None;
                step.lease_until = None;
                step.begin_loop(items.clone());
                run.v = run.v.max(FlowKind::ForEach.version());
                check_after(run, *now);
                Ok(())
            }
            Self::RecordBranch { path, number, report, now, then } => {
                reports::record(run, path, *number, report, *now, then)
            }
            Self::Reported { resumed } => {
                ensure(run.state.is_terminal() && run.resumed == *resumed)?;
                let branch = run.branch.as_mut().ok_or(Refused)?;
                branch.reported = Some(*resumed);
                forget_check(run);
                Ok(())
            }
            Self::Reassign { path, fence, provider, class, identity } => {
                let step = held(run, path, *fence)?;
                let work = step.work.action_mut().ok_or(Refused)?;
                work.provider = provider.clone();
                work.class = *class;
                work.identity.clone_from(identity);
                Ok(())
            }
            Self::Doubt { path, fence, now, next_at, reason, spent } => {
                let step = held(run, path, *fence)?;
                if *spent {
                    record_try(step, *now, reason);
                } else {
                    step.asked = step.asked.saturating_sub(1);
                }
                wait_for(step, StepState::Unknown, *next_at, reason);
                check_after(run, *next_at);
                Ok(())
            }
            Self::Fail { path, fence, now, reason, arrived, then } => {
                let step = held(run, path, *fence)?;
                forget_key(step, *arrived);
                record_try(step, *now, reason);
                end_step(step, StepState::Failed, *now, Some(reason.clone()));
                let attempts = step.attempts;
                match then {
                    AfterFailure::Advance(advance) => advance_run(run, advance, *now),
                    AfterFailure::FailRun(first) => {
                        run.failure = Some(failure(path, reason, attempts, FailureKind::Failed));
                        fail_run(run, first.as_ref(), *now);
                    }
                }
                Ok(())
            }
            Self::Park { path, fence, now, reason, arrived, kind } => {
                let step = held(run, path, *fence)?;
                forget_key(step, *arrived);
                record_try(step, *now, reason);
                end_step(step, StepState::Parked, *now, Some(reason.clone()));
                let attempts = step.attempts;
                run.failure = Some(failure(path, reason, attempts, *kind));
                end_run(run, RunState::Parked, *now);
                Ok(())
            }
            Self::DeadLettered { resumed } => {
                ensure(run.state.needs_a_person() && run.resumed == *resumed)?;
                run.dead_lettered = true;
                forget_check(run);
                Ok(())
            }
            Self::Replay { resumed, now, ask, forget_key } => {
                take_up_again(run, *resumed, *now)?;
                let failure = run.failure.take().ok_or(Refused)?;
                let step = run.steps.get_mut(&failure.step).ok_or(Refused)?;
                step.state = if *ask { StepState::Unknown } else { StepState::Ready };
                step.next_at = ask.then_some(*now);
                step.work.forget_question();
                step.attempts = 0;
                step.asked = 0;
                step.claim = None;
                step.lease_until = None;
                step.ended_at = None;
                if *forget_key {
                    step.key_at = None;
                }
                Ok(())
            }
            Self::Resolve { resumed, now, output, advance } => {
                take_up_again(run, *resumed, *now)?;
                let failure = run.failure.take().ok_or(Refused)?;
                let step = run.steps.get_mut(&failure.step).ok_or(Refused)?;
                let (state, reason) = match output {
                    Some(_) => (StepState::Done, None),
                    None => (StepState::Skipped, Some("skipped by a person".to_owned())),
                };
                end_step(step, state, *now, reason);
                step.output.clone_from(output);
                advance_run(run, advance, *now);
                Ok(())
            }
            Self::Cancel { now } => {
                match &mut run.branch {
                    // The record above heard that it stopped, and has to hear that it is over.
                    Some(branch) if run.state.needs_a_person() => branch.reported = None,
                    _ => ensure(!run.state.is_terminal())?,
                }
                end_run(run, RunState::Cancelled, *now);
                Ok(())
            }
            Self::CancelBy { event, started_by, now } => {
                ensure(!run.state.is_terminal() && run.event == *started_by)?;
                end_run(run, RunState::Cancelled, *now);
                run.cancelled_by = Some(event.clone());
                Ok(())
            }
            Self::CheckLater { seen, check_at } => {
                ensure(run.check_at == Some(*seen))?;
                run.check_at = *check_at;
                Ok(())
            }
            Self::Redact { now } => {
                ensure(run.state.is_terminal() && run.redacted_at.is_none())?;
                redact(run, *now);
                Ok(())
            }
        }
    }
}

pub(super) fn ensure(condition: bool) -> Result<(), Refused> {
    if condition { Ok(()) } else { Err(Refused) }
}

pub(super) fn worked_on<'a>(
    run: &'a mut Run,
    path: &StepPath,
) -> Result<&'a mut StepRecord, Refused> {
    ensure(run.works_on(path))?;
    run.steps.get_mut(path).ok_or(Refused)
}

fn held<'a>(run: &'a mut Run, path: &StepPath, fence: u32) -> Result<&'a mut StepRecord, Refused> {
    ensure(run.works_on(path))?;
    held_by_fence(run, path, fence)
}

fn held_by_fence<'a>(
    run: &'a mut Run,
    path: &StepPath,
    fence: u32,
) -> Result<&'a mut StepRecord, Refused> {
    let step = run.steps.get_mut(path).ok_or(Refused)?;
    ensure(matches!(step.state, StepState::Running | StepState::Unknown) && step.fence == fence)?;
    Ok(step)
}

/// The claim of an attempt, or of a question, that was not made.
fn give_back(step: &mut StepRecord, has_time: bool) {
    if step.state == StepState::Unknown {
        step.asked = step.asked.saturating_sub(1);
        return;
    }
    step.attempts = step.attempts.saturating_sub(1);
    if step.key_at == step.claimed_at {
        step.key_at = None;
    }
    step.state = if has_time { StepState::Retry } else { StepState::Ready };
}

fn wait_for(step: &mut StepRecord, state: StepState, next_at: Timestamp, why: &str) {
    step.state = state;
    step.claim = None;
    step.lease_until = None;
    step.next_at = Some(next_at);
    step.reason = Some(why.to_owned());
}

/// The key's age counts from the first attempt that may have arrived.
fn forget_key(step: &mut StepRecord, arrived: Arrived) {
    match arrived {
        Arrived::Never => step.key_at = None,
        Arrived::NotThisTime if step.key_at == step.claimed_at => step.key_at = None,
        Arrived::NotThisTime | Arrived::Maybe => {}
    }
}

pub(super) fn record_try(step: &mut StepRecord, at: Timestamp, reason: &str) {
    if step.tried.len() == TRIED_MAX {
        step.tried.remove(0);
    }
    step.tried.push(Tried { at, reason: reason.to_owned() });
}

pub(super) fn end_step(
    step: &mut StepRecord,
    state: StepState,
    now: Timestamp,
    reason: Option<String>,
) {
    step.state = state;
    step.reason = reason;
    step.claim = None;
    step.lease_until = None;
    step.next_at = None;
    step.ended_at = Some(now);
}

pub(super) fn advance_run(run: &mut Run, advance: &Advance, now: Timestamp) {
    run.hops += 1;
    go_to(run, advance, now);
}

/// Where a run goes after a step, and where it begins.
pub(super) fn go_to(run: &mut Run, advance: &Advance, now: Timestamp) {
    for end in &advance.ended_items {
        end_item(run, *end);
    }
    for passed in &advance.passed {
        match passed {
            Passed::Skipped(plan, reason) => {
                insert_step(run, plan, StepRecord::skipped(plan, reason, now));
            }
            Passed::Decided(plan, output) => {
                insert_step(run, plan, StepRecord::done(plan, output.clone(), now));
            }
        }
    }
    match &advance.next {
        Next::Step(plan) => {
            insert_step(run, plan, StepRecord::ready(plan));
            check_after(run, now);
        }
        Next::Wait(plan, until) => {
            insert_step(run, plan, StepRecord::waiting(plan, *until));
            check_after(run, *until);
        }
        Next::Loop(plan, items) => {
            insert_step(run, plan, StepRecord::looping(plan, items.clone()));
            check_after(run, now);
        }
        Next::Cancel => end_run(run, RunState::Cancelled, now),
        Next::End if run.state == RunState::Failing => end_run(run, RunState::Failed, now),
        Next::End => end_run(run, RunState::Succeeded, now),
    }
}

/// The records of its steps are folded into a letter, and, where one failed, into what was said.
fn end_item(run: &mut Run, end: ItemEnd) {
    let Some(branch) = &mut run.branch else { return };
    // Others may have failed before it, which the item went on past.
    let failed = run.steps.iter().filter(|(_, step)| step.state == StepState::Failed);
    let failed = failed.max_by_key(|(_, step)| step.ended_at);
    let failure = failed.filter(|_| end == ItemEnd::Failed).map(|(path, step)| {
        // Of a loop within, it is the step that stopped that one.
        let within = step.work.items().and_then(|items| items.given_up.as_ref());
        ItemFailure {
            step: within.map_or_else(|| path.clone(), |failure| failure.step.clone()),
            reason: step.reason.clone().unwrap_or_default(),
        }
    });
    branch.end_item(end, failure);
    branch.keep_decisions(run.steps.iter());
    run.steps.clear();
}

fn insert_step(run: &mut Run, plan: &StepPlan, step: StepRecord) {
    run.v = run.v.max(step.work.version());
    run.steps.insert(plan.path.clone(), step);
}

pub(super) fn fail_run(run: &mut Run, first: Option<&StepPlan>, now: Timestamp) {
    run.hops += 1;
    match first {
        Some(plan) => {
            run.state = RunState::Failing;
            insert_step(run, plan, StepRecord::ready(plan));
            check_after(run, now);
        }
        None => end_run(run, RunState::Failed, now),
    }
}

pub(super) fn end_run(run: &mut Run, state: RunState, now: Timestamp) {
    run.state = state;
    run.ended_at = Some(now);
    if state.needs_a_person() || run.owes_news() || run.has_open_branches() {
        // The sweeper keeps looking until the dead letter is sent, and whoever has to has heard of the end.
        check_after(run, now);
    } else {
        run.check_at = None;
    }
}

/// The sweeper need not look at a record any more that has ended or stopped, once its letter is sent, the others
/// know of its end, and it knows of that of its branches: of what was cancelled they may still have to be.
pub(super) fn forget_check(run: &mut Run) {
    let is_settled = !run.state.needs_a_person() || run.dead_lettered;
    if is_settled && !run.owes_news() && !run.has_open_branches() {
        run.check_at = None;
    }
}

pub(super) fn take_up_again(run: &mut Run, resumed: u32, now: Timestamp) -> Result<(), Refused> {
    ensure(run.state.needs_a_person() && run.resumed == resumed && run.redacted_at.is_none())?;
    run.state = RunState::Active;
    run.resumed += 1;
    run.dead_lettered = false;
    run.ended_at = None;
    run.steps.retain(|path, _| !path.is_on_failure());
    check_after(run, now);
    Ok(())
}

pub(super) fn check_after(run: &mut Run, from: Timestamp) {
    run.check_at = Some(after(from, CHECK_AFTER));
}

fn failure(step: &StepPath, reason: &str, attempts: u32, kind: FailureKind) -> Failure {
    Failure { step: step.clone(), reason: reason.to_owned(), attempts, kind }
}
