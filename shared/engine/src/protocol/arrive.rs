//! What to do when a wake-up arrives.

use super::claims::may_claim;
use super::command::Command;
use super::conclude::Outcome;
use super::doers::Doers;
use super::follow::{dead_letter, end, follow};
use super::people::taken_up;
use super::wake::{WakeKind, WakeUp};
use super::write::{Arrived, Change, Write};
use super::{EARLY, HOPS_MAX, KEY_WINDOW_MARGIN, LEASE_GRACE, Times};
use crate::effects::EffectClass;
use crate::ids::ClaimId;
use crate::runs::{FailureKind, Run, RunState, StepRecord, StepState, WhenUnknown};
use crate::time::{Timestamp, after, before, until};
use std::time::Duration;

/// What a refused claim leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrival {
    /// Claim the question whether it happened instead.
    Question(Box<Write>),
    /// Nothing is to be performed; carry this out.
    Do(Vec<Command>),
    /// It is the letter about what stops the run, sent back from the dead letters: see [`redriven`].
    Redriven,
    /// The run has ended or stopped: those behind it in its slot are to learn of it.
    Left,
    /// The message makes no sense; it goes to the dead letters.
    Poison(String),
}

/// What a successful claim leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// Make the call.
    Perform,
    /// Make no call; this is the outcome.
    Conclude(Outcome),
}

/// The claim that a wake-up is first answered with: no reading is needed before it. Made again under
/// the same `id` and at the same time, because its answer was lost, it gives what it gave before.
pub fn claim(wake: &WakeUp, id: &ClaimId, now: Timestamp, times: Times) -> Write {
    let (id, path, lease_until) = (id.clone(), wake.path.clone(), after(now, times.lease));
    Write { run: wake.run.clone(), change: Change::Claim { id, path, now, lease_until } }
}

/// What to do with a step that was just claimed. `tries` is how often it may be tried, `key_window`
/// how long the provider remembers the step's key.
pub fn decide_call(
    run: &Run,
    step: &StepRecord,
    tries: u32,
    key_window: Option<Duration>,
    now: Timestamp,
) -> Work {
    if run.hops >= HOPS_MAX {
        return Work::Conclude(Outcome::TooManyHops);
    }
    // The tries before it ended with their worker, or one of them would have found this out.
    if step.attempts > tries {
        return Work::Conclude(Outcome::NoTriesLeft);
    }
    if step.may_have_arrived_before() && key_is_forgotten(step, key_window, now) {
        let reason = "idempotency_window_passed: an earlier try may have arrived, and the \
                      provider has forgotten its key";
        return Work::Conclude(Outcome::Doubted(reason.to_owned()));
    }
    Work::Perform
}

/// Whether the provider may no longer recognise the step's key.
pub(super) fn key_is_forgotten(
    step: &StepRecord,
    key_window: Option<Duration>,
    now: Timestamp,
) -> bool {
    let window = key_window.unwrap_or(Duration::ZERO).saturating_sub(KEY_WINDOW_MARGIN);
    step.work.class() == EffectClass::Keyed
        && step.key_at.is_some_and(|key_at| key_at < before(now, window))
}

/// What to do when the claim was refused. `chance` (0 to 1) spreads repeated arrivals.
pub fn on_refused(
    current: Option<&Run>,
    wake: &WakeUp,
    id: &ClaimId,
    now: Timestamp,
    times: Times,
    chance: f64,
) -> Arrival {
    let Some(run) = current else {
        return Arrival::Poison("there is no such run".to_owned());
    };
    let Some(step) = run.steps.get(&wake.path) else {
        // The records of an item that has ended are gone: this may be the message that led to the next one,
        // whose sender stopped before it sent anything.
        let commands = if run.branch.is_some() { follow(run, &wake.path) } else { Vec::new() };
        return Arrival::Do(acked(commands));
    };
    let commands = match run.state {
        RunState::Active | RunState::Failing if run.works_on(&wake.path) => {
            return on_open_run(run, step, wake, id, now, times, chance);
        }
        RunState::Active | RunState::Failing => follow(run, &wake.path),
        _ if run.owes_turn() && wake.path.is_slot() && wake.kind.is_none() => return Arrival::Left,
        RunState::Failed | RunState::Parked if run.dead_lettered => {
            if is_its_letter(run, step, wake) {
                return Arrival::Redriven;
            }
            // Whoever stopped after the letter has not told those who are to hear of it.
            end(run)
        }
        _ => end(run),
    };
    Arrival::Do(acked(commands))
}

fn on_open_run(
    run: &Run,
    step: &StepRecord,
    wake: &WakeUp,
    id: &ClaimId,
    now: Timestamp,
    times: Times,
    chance: f64,
) -> Arrival {
    Arrival::Do(match step.state {
        StepState::Unknown if step.is_due(now) && step.lease_has_ended(now) => {
            let (path, lease_until) = (wake.path.clone(), after(now, times.lease));
            let change = Change::ClaimQuestion { id: id.clone(), path, now, lease_until };
            return Arrival::Question(Box::new(Write { run: run.id.clone(), change }));
        }
        StepState::Running | StepState::Unknown if !step.lease_has_ended(now) => {
            vec![Command::ShowAgain(busy(step, now, chance))]
        }
        // Its claim has ended between the refusal and now, and it may be repeated: look again.
        StepState::Running if may_claim(step, now) => vec![Command::ShowAgain(Duration::ZERO)],
        StepState::Running => acked(on_ended_lease(run, step, wake, now)),
        StepState::Retry | StepState::Waiting | StepState::Unknown => early(step, now),
        // Claimed and given back meanwhile: the same.
        StepState::Ready => vec![Command::ShowAgain(Duration::ZERO)],
        StepState::Looping
        | StepState::Done
        | StepState::Skipped
        | StepState::Failed
        | StepState::Parked => acked(follow(run, &wake.path)),
    })
}

/// Never acknowledged: if the worker that holds it dies, this message is what takes over.
fn busy(step: &StepRecord, now: Timestamp, chance: f64) -> Duration {
    let left = step.lease_until.map_or(Duration::ZERO, |lease_until| until(now, lease_until));
    left + LEASE_GRACE + Duration::from_secs_f64(1.0 + chance)
}

fn early(step: &StepRecord, now: Timestamp) -> Vec<Command> {
    let left = step.next_at.map_or(Duration::ZERO, |next_at| until(now, next_at));
    // A timer or the sweeper brings the one that is due much later.
    if left <= EARLY { vec![Command::ShowAgain(left)] } else { vec![Command::Ack] }
}

/// The worker died, and what it did must not simply be done again. Its fence is the guard: had
/// anybody taken the step since, the write would be refused.
fn on_ended_lease(run: &Run, step: &StepRecord, wake: &WakeUp, now: Timestamp) -> Vec<Command> {
    let (path, fence) = (wake.path.clone(), step.fence);
    let reason = "the worker stopped before it knew the answer".to_owned();
    // A step below `on_failure` never parks. Where nobody can be asked, the vain question fails it,
    // and the steps after it follow.
    let change = if step.when_unknown() == WhenUnknown::Ask || wake.path.is_on_failure() {
        Change::Doubt { path, fence, now, next_at: now, reason, spent: true }
    } else {
        let kind = FailureKind::UnknownOutcome;
        Change::Park { path, fence, now, reason, arrived: Arrived::Maybe, kind }
    };
    written(run, change, wake)
}

/// Whether the message is the letter about what stops the run. Any other fence than the step's says
/// that it is an old copy.
fn is_its_letter(run: &Run, step: &StepRecord, wake: &WakeUp) -> bool {
    let stops = run.failure.as_ref().is_some_and(|failure| failure.step == wake.path);
    stops && wake.kind.is_some() && wake.fence == Some(step.fence) && run.redacted_at.is_none()
}

/// What to do about a letter that was sent back from the dead letters: it asks for a replay.
pub fn redriven(run: &Run, wake: &WakeUp, doers: Doers, now: Timestamp) -> Vec<Command> {
    let (Some(failure), Some(step)) = (&run.failure, run.steps.get(&wake.path)) else {
        return acked(Vec::new());
    };
    let is_parked = wake.kind == Some(WakeKind::Parked);
    let ask = is_parked && failure.kind == FailureKind::UnknownOutcome;
    let can_ask = step.when_unknown() == WhenUnknown::Ask && doers.can_be_asked;
    if ask && !can_ask && step.work.class() != EffectClass::Keyed || doers.is_beyond_asking(step) {
        // Nobody can be asked: only a person can say, so the letter must stay where it is seen.
        return acked(dead_letter(run).into_iter().collect());
    }
    let (resumed, forget_key) = (run.resumed, false);
    acked(taken_up(run, Change::Replay { resumed, now, ask, forget_key }, &wake.path))
}

fn written(run: &Run, change: Change, wake: &WakeUp) -> Vec<Command> {
    let write = Write { run: run.id.clone(), change };
    let Ok(next) = write.apply(Some(run)) else { return Vec::new() };
    std::iter::once(Command::Write(write)).chain(follow(&next, &wake.path)).collect()
}

fn acked(mut commands: Vec<Command>) -> Vec<Command> {
    commands.push(Command::Ack);
    commands
}
