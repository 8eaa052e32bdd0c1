//! What follows the outcome of an attempt.

use super::command::Command;
use super::emit::{emitted, output_of};
use super::flow::{Advance, Ended, Flow, Next};
use super::follow::follow;
use super::retry::{NextTry, Tries, is_due_by, next_try, next_try_while_down, soon};
use super::turns::leave_wake;
use super::write::{AfterFailure, Arrived, Change, Write};
use super::{ASKS_MAX, EARLY};
use crate::effects::{ActionError, EffectClass};
use crate::events::Event;
use crate::ids::{ConnectionName, StepPath};
use crate::runs::{
    FailureKind, Items, Question, Run, RunState, StepRecord, StepState, WhenUnknown,
};
use crate::slots::SlotKey;
use crate::time::{Timestamp, after};
use serde_json::Value;
use std::time::Duration;

/// Why a step is skipped whose `only_if_still` does not hold.
const NO_LONGER_TRUE: &str = "no_longer_true";

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is done.
    Done(Value),
    /// It was not needed.
    NotNeeded(String),
    /// It did not succeed.
    Error(ActionError),
    /// The provider, asked, says that it did not happen.
    DidNot,
    /// The provider, asked, cannot tell.
    CannotTell(String),
    /// No call was made: an earlier attempt may have arrived, and what became of it has to be known before
    /// anything else is done, for this reason.
    Doubted(String),
    /// No call was made, and the provider that an earlier attempt may have arrived at cannot be asked
    /// any more, for this reason.
    NobodyToAsk(String),
    /// No call was made: a limit or an open breaker holds it back until then.
    HeldBack(Timestamp, String),
    /// The same, where not the step's own connection is held back but this one, through which it reads afresh.
    ReadHeldBack(ConnectionName, Timestamp, String),
    /// No call was made: the workflow stands still until somebody wakes it.
    Paused,
    /// Its time comes later.
    Waits(Timestamp),
    /// People are asked this, and have time until then.
    Asks(Question, Timestamp),
    /// It is done, gave this, and with it the run is cancelled.
    Cancels(Value),
    /// The run's turn has come in that slot.
    TakesTurn(SlotKey),
    /// The run waits for its turn in that slot, and looks by itself then.
    AwaitsTurn(SlotKey, Timestamp),
    /// A loop begins, with these items.
    Loops(Items),
    /// The step emits this, and is done.
    Emits(Box<Event>),
    /// No call was made: the workers of the last tries stopped before they knew the answer.
    NoTriesLeft,
    /// The run goes in circles.
    TooManyHops,
}

/// The attempt that ended.
pub struct EndedAttempt<'a> {
    /// The run as the claim left it.
    pub run: &'a Run,
    /// The step.
    pub path: &'a StepPath,
    /// The workflow.
    pub flow: &'a dyn Flow,
    /// Whether the provider can be asked.
    pub can_be_asked: bool,
    /// How long after a lost answer the provider's search shows what happened.
    pub search_lag: Duration,
    /// Whether the connection does not answer anybody now: then it is tried again soon, and a try
    /// counts only where its time on the curve has come.
    pub connection_is_down: bool,
    /// When it ended.
    pub now: Timestamp,
    /// 0 to 1, for jitter.
    pub chance: f64,
}

/// What follows where what `only_if_still` asks does not hold any more. An earlier attempt that may have arrived may
/// be the very reason for that: such a step is not said to be skipped, but what became of it is settled first.
pub fn not_any_more(step: &StepRecord) -> Outcome {
    match step.may_have_arrived_before() {
        false => Outcome::NotNeeded(NO_LONGER_TRUE.to_owned()),
        true => Outcome::Doubted(format!("{NO_LONGER_TRUE}, and an earlier try may have arrived")),
    }
}

/// Records the outcome, sends what follows, and acknowledges last.
pub fn conclude(attempt: &EndedAttempt<'_>, outcome: Outcome) -> Vec<Command> {
    let Some(step) = attempt.run.steps.get(attempt.path) else { return Vec::new() };
    let is_pause = outcome == Outcome::Paused;
    let published = emitted(&outcome);
    let waits_for = match &outcome {
        Outcome::ReadHeldBack(connection, ..) => Some(connection.clone()),
        _ => None,
    };
    let mut commands = written(attempt.run, attempt.path, attempt.change(step, outcome));
    // The queue then leaves it alone as it does what waits for its own connection.
    if waits_for.is_some() {
        for command in &mut commands {
            if let Command::Send { wake, via, .. } = command
                && wake.path == *attempt.path
            {
                via.clone_from(&waits_for);
            }
        }
    }
    // A step that stands still is woken by whoever lets it go on.
    if is_pause {
        return commands.into_iter().filter(|one| !matches!(one, Command::Send { .. })).collect();
    }
    // First: of a step that is done, the event exists.
    published.into_iter().chain(commands).collect()
}

/// What follows a step that failed for good. Only the run itself has steps for that, not its branches.
pub(super) fn after_failure(
    run: &Run,
    path: &StepPath,
    flow: &dyn Flow,
    now: Timestamp,
) -> AfterFailure {
    if path.is_on_failure() || flow.continues_on_error(path) {
        return AfterFailure::Advance(flow.advance(run, path, Ended::Failed, now));
    }
    AfterFailure::FailRun(flow.first_on_failure().filter(|_| run.branch.is_none()))
}

/// Gives a claim back whose step could not be looked at: no try is spent.
pub fn give_back(run: &Run, path: &StepPath, now: Timestamp, next_at: Timestamp) -> Vec<Command> {
    let Some(step) = run.steps.get(path) else { return Vec::new() };
    let (fence, next_at) = (step.fence, Some(next_at));
    let reason = "a store did not answer".to_owned();
    let change = Change::Postpone { path: path.clone(), fence, now, next_at, reason };
    written(run, path, change)
}

/// Parks a step whose workflow cannot be read: a person has to repair that first.
pub fn park_unreadable(run: &Run, path: &StepPath, now: Timestamp, reason: &str) -> Vec<Command> {
    let Some(step) = run.steps.get(path) else { return Vec::new() };
    let (path, fence, reason) = (path.clone(), step.fence, reason.to_owned());
    let arrived = Arrived::NotThisTime;
    let change = if path.is_on_failure() {
        let then = AfterFailure::Advance(Advance::to(Next::End));
        Change::Fail { path: path.clone(), fence, now, reason, arrived, then }
    } else {
        let kind = FailureKind::NeedsRepair;
        Change::Park { path: path.clone(), fence, now, reason, arrived, kind }
    };
    written(run, &path, change)
}

fn written(run: &Run, path: &StepPath, change: Change) -> Vec<Command> {
    let write = Write { run: run.id.clone(), change };
    let Ok(next) = write.apply(Some(run)) else { return Vec::new() };
    let mut commands = vec![Command::Write(write)];
    commands.extend(follow(&next, path));
    commands.push(Command::Ack);
    commands
}

/// What to do when the outcome could not be recorded because the run has changed: the outcome of a
/// cancelled run is kept; otherwise somebody else holds the step, and the message stays.
pub fn on_lost_claim(
    current: Option<&Run>,
    path: &StepPath,
    fence: u32,
    outcome: &Outcome,
    now: Timestamp,
) -> Vec<Command> {
    let Some(run) = current else { return vec![Command::ShowAgain(EARLY)] };
    if let (RunState::Cancelled, Some(output)) = (run.state, output_of(outcome)) {
        let change = Change::RecordOnly { path: path.clone(), fence, now, output };
        let write = Write { run: run.id.clone(), change };
        if let Ok(next) = write.apply(Some(run)) {
            // Those behind it in its slot wait for the last of its attempts.
            let recorded = std::iter::once(Command::Write(write)).chain(leave_wake(&next));
            let recorded = recorded.chain([Command::Ack]);
            return emitted(outcome).into_iter().chain(recorded).collect();
        }
    }
    vec![Command::ShowAgain(EARLY)]
}

impl EndedAttempt<'_> {
    fn change(&self, step: &StepRecord, outcome: Outcome) -> Change {
        match outcome {
            Outcome::Done(output) => self.complete(step, Some(output), None),
            Outcome::Emits(_) => self.complete(step, output_of(&outcome), None),
            Outcome::NotNeeded(reason) => self.complete(step, None, Some(reason)),
            Outcome::DidNot if self.search_may_lag(step) => {
                let reason = "the provider's search may not show it yet";
                self.doubt(step, reason.to_owned(), after(self.now, self.search_lag))
            }
            Outcome::DidNot => {
                let reason = "the provider says that it did not happen";
                self.again(step, reason.to_owned(), None, Arrived::Never)
            }
            Outcome::CannotTell(reason) => self.ask_later(step, reason),
            Outcome::Doubted(reason) => self.doubt(step, reason, self.now),
            Outcome::NobodyToAsk(reason) => {
                self.park(step, reason, FailureKind::UnknownOutcome, Arrived::Maybe)
            }
            Outcome::Paused => {
                self.postpone(step, None, "the workflow stands still: it is paused".to_owned())
            }
            Outcome::Waits(until) => {
                let (path, fence) = (self.path.clone(), step.fence);
                Change::Wait { path, fence, until }
            }
            Outcome::Asks(question, until) => {
                let (path, fence) = (self.path.clone(), step.fence);
                Change::Ask { path, fence, until, question }
            }
            Outcome::Cancels(output) => {
                let (path, fence, now) = (self.path.clone(), step.fence, self.now);
                let (output, skipped) = (Some(output), None);
                Change::Complete {
                    path,
                    fence,
                    now,
                    output,
                    skipped,
                    advance: Advance::to(Next::Cancel),
                }
            }
            Outcome::TakesTurn(slot) => {
                let (path, fence, now) = (self.path.clone(), step.fence, self.now);
                let ended = Ended::Done(&Value::Null);
                let advance = self.flow.advance(self.run, self.path, ended, now);
                Change::TakeTurn { path, fence, now, slot, advance }
            }
            Outcome::AwaitsTurn(slot, look_at) => {
                let (path, fence) = (self.path.clone(), step.fence);
                Change::AwaitTurn { path, fence, slot, look_at }
            }
            Outcome::Loops(items) => {
                let (path, fence, now) = (self.path.clone(), step.fence, self.now);
                Change::Loop { path, fence, now, items }
            }
            Outcome::HeldBack(next_at, reason) | Outcome::ReadHeldBack(_, next_at, reason) => {
                self.postpone(step, Some(next_at), reason)
            }
            Outcome::NoTriesLeft => {
                let reason = "no tries left: each worker stopped before it knew the answer";
                self.fail(step, reason.to_owned(), Arrived::NotThisTime)
            }
            Outcome::TooManyHops => {
                let reason = "too many steps in one run".to_owned();
                self.fail(step, reason, Arrived::NotThisTime)
            }
            Outcome::Error(error) if step.state == StepState::Unknown => {
                self.ask_later(step, format!("asking failed: {error}"))
            }
            Outcome::Error(error) => self.after_error(step, error),
        }
    }

    fn after_error(&self, step: &StepRecord, error: ActionError) -> Change {
        match error {
            ActionError::NotNow { reason, wait } => {
                self.again(step, reason, wait, Arrived::NotThisTime)
            }
            ActionError::Refused { reason } => self.fail(step, reason, Arrived::NotThisTime),
            ActionError::NeedsRepair { reason } => {
                self.park(step, reason, FailureKind::NeedsRepair, Arrived::NotThisTime)
            }
            ActionError::Unknown { reason } => match step.when_unknown() {
                WhenUnknown::Repeat => self.again(step, reason, None, Arrived::Maybe),
                WhenUnknown::Ask | WhenUnknown::Hold => {
                    self.doubt(step, reason, after(self.now, self.search_lag))
                }
            },
        }
    }

    fn complete(&self, step: &StepRecord, output: Option<Value>, why: Option<String>) -> Change {
        Change::Complete {
            path: self.path.clone(),
            fence: step.fence,
            now: self.now,
            advance: self.flow.advance(
                self.run,
                self.path,
                output.as_ref().map_or(Ended::Skipped, Ended::Done),
                self.now,
            ),
            output,
            skipped: why,
        }
    }

    fn again(
        &self,
        step: &StepRecord,
        reason: String,
        wait: Option<Duration>,
        arrived: Arrived,
    ) -> Change {
        let curve = self.flow.retry_curve(self.path);
        let tried = Tries { curve: &curve, made: step.attempts, wait, chance: self.chance };
        // A call that may have arrived is repeated by the curve alone, where it would happen again.
        let harmless = matches!(step.work.class(), EffectClass::Keyed | EffectClass::Natural);
        let next = if self.connection_is_down && (harmless || arrived != Arrived::Maybe) {
            let last = step.tried.last().map(|tried| tried.at);
            next_try_while_down(&tried, last, self.now)
        } else {
            next_try(&curve, step.attempts, self.now, wait, self.chance).map(NextTry::spent)
        };
        match next {
            Some(NextTry { at, spent }) => Change::Retry {
                path: self.path.clone(),
                fence: step.fence,
                now: self.now,
                next_at: at,
                reason,
                arrived,
                spent,
            },
            None => self.fail(step, format!("no tries left: {reason}"), arrived),
        }
    }

    fn postpone(&self, step: &StepRecord, next_at: Option<Timestamp>, reason: String) -> Change {
        let (path, fence, now) = (self.path.clone(), step.fence, self.now);
        Change::Postpone { path, fence, now, next_at, reason }
    }

    /// It may have happened: somebody has to be asked, the provider first.
    fn doubt(&self, step: &StepRecord, reason: String, ask_at: Timestamp) -> Change {
        if !self.can_be_asked {
            return self.park(step, reason, FailureKind::UnknownOutcome, Arrived::Maybe);
        }
        let (path, fence, now) = (self.path.clone(), step.fence, self.now);
        Change::Doubt { path, fence, now, next_at: ask_at, reason, spent: true }
    }

    /// A worker that died may have called right before the doubt about it was recorded.
    fn search_may_lag(&self, step: &StepRecord) -> bool {
        step.tried.last().is_some_and(|doubt| after(doubt.at, self.search_lag) > self.now)
    }

    fn ask_later(&self, step: &StepRecord, reason: String) -> Change {
        let pause = |asked: u32| Duration::from_secs(30) * asked.max(1);
        let last = step.tried.last().map(|tried| tried.at);
        let spent = !self.connection_is_down
            || is_due_by(pause(step.asked.saturating_sub(1)), last, self.now);
        if !self.can_be_asked || (spent && step.asked >= ASKS_MAX) {
            return self.park(step, reason, FailureKind::UnknownOutcome, Arrived::Maybe);
        }
        let pause = pause(step.asked);
        let pause = if self.connection_is_down { pause.min(soon(self.chance)) } else { pause };
        let (path, fence, now) = (self.path.clone(), step.fence, self.now);
        Change::Doubt { path, fence, now, next_at: after(now, pause), reason, spent }
    }

    fn fail(&self, step: &StepRecord, reason: String, arrived: Arrived) -> Change {
        let then = after_failure(self.run, self.path, self.flow, self.now);
        let (path, fence, now) = (self.path.clone(), step.fence, self.now);
        Change::Fail { path, fence, now, reason, arrived, then }
    }

    /// A step below `on_failure` never parks: the run has failed already and a person will look.
    fn park(
        &self,
        step: &StepRecord,
        reason: String,
        kind: FailureKind,
        arrived: Arrived,
    ) -> Change {
        if self.path.is_on_failure() {
            return self.fail(step, reason, arrived);
        }
        let (path, fence, now) = (self.path.clone(), step.fence, self.now);
        Change::Park { path, fence, now, reason, arrived, kind }
    }
}
