//! How the record above learns what became of a branch.
//!
//! Invariant: only what is heard of all its branches ends a loop. A branch keeps its `check_at` until its
//! end is heard, the record above keeps its own while a branch is open: the sweeper repeats what was lost.

use super::apply::{
    Refused, advance_run, check_after, end_run, end_step, ensure, fail_run, forget_check,
    take_up_again,
};
use super::branches::{failed_at, stopped_in};
use super::command::Command;
use super::conclude::after_failure;
use super::flow::{Advance, Ended, Flow};
use super::follow::{branch_wake, follow, report};
use super::write::{AfterFailure, Change, Write};
use crate::ids::StepPath;
use crate::runs::{
    Branch, Failure, ITEM_FAILURES_MAX, ItemEnd, ItemFailure, Items, RUN_VERSION_BRANCH, Run,
    RunState, StepState, StoppedBranch,
};
use crate::time::Timestamp;
use serde_json::Value;

/// What became of a branch, in the words of the record above.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Report {
    /// The `resumed` of the branch.
    pub resumed: u32,
    /// Where it stands.
    pub of: OfBranch,
}

/// Where a branch stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OfBranch {
    /// It is worked on.
    Open,
    /// A person has to see it.
    Stopped(StoppedBranch),
    /// All of its items have ended, or it was cancelled.
    Ended {
        /// How many of its items were done.
        done: u32,
        /// How many failed, and the loop went on.
        failed: u32,
        /// How many were not needed.
        skipped: u32,
        /// The first that failed.
        failures: Vec<ItemFailure>,
    },
}

/// What follows what is heard of a branch.
#[derive(Clone, Debug, PartialEq)]
pub enum AfterBranch {
    /// Other branches are open, or begin now: then this is the one that begins next. It says which are to be woken,
    /// and would name the wrong ones if somebody else had begun some since.
    GoesOn {
        /// [`Items::next`] afterwards.
        next: u32,
    },
    /// It was the last that was open, one has failed, and what stands around the loop goes on: those that
    /// stopped are cancelled, and then it does.
    GivesUp,
    /// It was the last: the loop is done.
    Completes(Advance),
    /// It was the last that was open, and one has stopped: so does the loop.
    Stops(AfterFailure),
}

/// What the branches of a loop come to.
enum Together {
    Open,
    Done(Value),
    Stopped(StoppedBranch),
}

impl Report {
    /// What is to be told of the branch.
    fn of(branch: &Run, of: &Branch) -> Self {
        let of = match branch.state {
            RunState::Active | RunState::Failing => OfBranch::Open,
            RunState::Failed | RunState::Parked => OfBranch::Stopped(StoppedBranch {
                resumed: branch.resumed,
                parked: branch.state == RunState::Parked,
                failure: branch.failure.clone().unwrap_or_else(|| {
                    failed_at(of.item_path(), "it is not known why it stopped".to_owned())
                }),
            }),
            RunState::Succeeded | RunState::Cancelled => OfBranch::Ended {
                done: of.count_of(ItemEnd::Done),
                failed: of.count_of(ItemEnd::Failed),
                skipped: of.count_of(ItemEnd::Skipped),
                failures: of.failures.clone(),
            },
        };
        Self { resumed: branch.resumed, of }
    }
}

impl Items {
    /// Whether the report says more than what is known of the branch.
    fn is_news(&self, number: u32, report: &Report) -> bool {
        if let Some(stopped) = self.stopped.get(&number) {
            let is_later = report.resumed > stopped.resumed;
            // One that stopped is cancelled as it stands.
            let is_over = matches!(report.of, OfBranch::Ended { .. });
            return is_later || is_over && report.resumed == stopped.resumed;
        }
        let Some(resumed) = self.open.get(&number) else { return false };
        match report.of {
            OfBranch::Open => report.resumed > *resumed,
            // That it stopped is why the loop is given up: only its end ends the loop.
            OfBranch::Stopped(_) if self.given_up.is_some() => false,
            OfBranch::Stopped(_) | OfBranch::Ended { .. } => report.resumed >= *resumed,
        }
    }

    fn hear(&mut self, number: u32, report: &Report) {
        self.stopped.remove(&number);
        match &report.of {
            OfBranch::Open => {
                self.open.insert(number, report.resumed);
            }
            OfBranch::Stopped(stopped) => {
                self.open.remove(&number);
                self.stopped.insert(number, stopped.clone());
            }
            OfBranch::Ended { done, failed, skipped, failures } => {
                self.open.remove(&number);
                self.done += done;
                self.failed += failed;
                self.skipped += skipped;
                let room = ITEM_FAILURES_MAX.saturating_sub(self.failures.len());
                self.failures.extend(failures.iter().take(room).cloned());
            }
        }
    }

    /// What its branches come to. Where some failed and some are parked, a failed one speaks for all; but where
    /// what stands around the loop `passes` its failure, a person sees to those that are parked first.
    fn together(&self, passes: bool) -> Together {
        if !self.open.is_empty() {
            return Together::Open;
        }
        if let Some(failure) = self.given_up.as_deref().cloned() {
            return Together::Stopped(StoppedBranch { resumed: 0, parked: false, failure });
        }
        let first = |parked| self.stopped.values().find(|branch| branch.parked == parked);
        match first(passes).or_else(|| first(!passes)) {
            Some(stopped) => Together::Stopped(stopped.clone()),
            None => Together::Done(self.output()),
        }
    }

    /// The branches that stopped are to be cancelled.
    fn give_up(&mut self, why: Failure) {
        let stopped = std::mem::take(&mut self.stopped).into_iter();
        self.open.extend(stopped.map(|(number, branch)| (number, branch.resumed)));
        self.given_up = Some(Box::new(why));
    }
}

/// The meaning of [`Change::RecordBranch`].
pub(super) fn record(
    run: &mut Run,
    path: &StepPath,
    number: u32,
    report: &Report,
    now: Timestamp,
    then: &AfterBranch,
) -> Result<(), Refused> {
    let step = run.steps.get(path).ok_or(Refused)?;
    let items = step.work.items().ok_or(Refused)?;
    ensure(items.is_news(number, report))?;
    match run.state {
        RunState::Active => ensure(step.state == StepState::Looping)?,
        RunState::Cancelled => return record_cancelled(run, path, number, report),
        RunState::Failed | RunState::Parked => {
            ensure(stopped_in(run, path) && items.stopped.contains_key(&number))?;
            let resumed = run.resumed;
            take_up_again(run, resumed, now)?;
            run.failure = None;
        }
        RunState::Failing | RunState::Succeeded => return Err(Refused),
    }
    let step = run.steps.get_mut(path).ok_or(Refused)?;
    step.state = StepState::Looping;
    step.reason = None;
    step.ended_at = None;
    let items = step.work.items_mut().ok_or(Refused)?;
    items.hear(number, report);
    items.open_branches();
    let passes = match then {
        AfterBranch::Stops(after_failure) => matches!(after_failure, AfterFailure::Advance(_)),
        AfterBranch::GivesUp => true,
        AfterBranch::GoesOn { .. } | AfterBranch::Completes(_) => false,
    };
    match (items.together(passes), then) {
        (Together::Open, AfterBranch::GoesOn { next }) if items.next == *next => {
            check_after(run, now);
        }
        (Together::Stopped(stopped), AfterBranch::GivesUp)
            if !stopped.parked && items.given_up.is_none() =>
        {
            items.give_up(stopped.failure);
            run.v = run.v.max(RUN_VERSION_BRANCH);
            check_after(run, now);
        }
        (Together::Done(output), AfterBranch::Completes(advance)) => {
            end_step(step, StepState::Done, now, None);
            step.output = Some(output);
            advance_run(run, advance, now);
        }
        (Together::Stopped(stopped), AfterBranch::Stops(after_failure))
            if !passes || stopped.parked || items.given_up.is_some() =>
        {
            stop_loop(run, path, &stopped, after_failure, now)?;
        }
        // Others were heard of since this was decided.
        _ => return Err(Refused),
    }
    Ok(())
}

/// Nothing follows but that it is known.
fn record_cancelled(
    run: &mut Run,
    path: &StepPath,
    number: u32,
    report: &Report,
) -> Result<(), Refused> {
    ensure(!matches!(report.of, OfBranch::Open))?;
    let step = run.steps.get_mut(path).ok_or(Refused)?;
    step.work.items_mut().ok_or(Refused)?.hear(number, report);
    forget_check(run);
    Ok(())
}

fn stop_loop(
    run: &mut Run,
    path: &StepPath,
    stopped: &StoppedBranch,
    then: &AfterFailure,
    now: Timestamp,
) -> Result<(), Refused> {
    let step = run.steps.get_mut(path).ok_or(Refused)?;
    let state = if stopped.parked { StepState::Parked } else { StepState::Failed };
    end_step(step, state, now, Some(stopped.failure.reason.clone()));
    match then {
        _ if stopped.parked => {
            run.failure = Some(stopped.failure.clone());
            end_run(run, RunState::Parked, now);
        }
        AfterFailure::Advance(advance) => advance_run(run, advance, now),
        AfterFailure::FailRun(first) => {
            run.failure = Some(stopped.failure.clone());
            fail_run(run, first.as_ref(), now);
        }
    }
    Ok(())
}

/// Tells the record above what became of a branch, and sends what follows there. Nothing where it is known
/// already, or is not to be told: then what followed may still have to be sent.
pub fn record_branch(
    parent: &Run,
    branch: &Run,
    flow: &dyn Flow,
    now: Timestamp,
) -> Option<Vec<Command>> {
    let of = branch.branch.as_ref()?;
    let heard = Report::of(branch, of);
    let then = what_follows(parent, of, &heard, flow, now);
    let (path, number) = (of.step.clone(), of.number);
    let change = Change::RecordBranch { path, number, report: heard, now, then };
    let write = Write { run: parent.id.clone(), change };
    let next = write.apply(Some(parent)).ok()?;
    let mut commands = vec![Command::Write(write)];
    commands.extend(after_report(parent, &next, &of.step));
    if next.resumed != parent.resumed {
        // It was taken up again, and so is what stands above it.
        commands.extend(report(&next));
    }
    Some(commands)
}

/// What the report leads to, as far as it is heard at all.
fn what_follows(
    parent: &Run,
    of: &Branch,
    report: &Report,
    flow: &dyn Flow,
    now: Timestamp,
) -> AfterBranch {
    let items = parent.steps.get(&of.step).and_then(|step| step.work.items());
    let Some(mut items) = items.cloned() else { return AfterBranch::GoesOn { next: 0 } };
    items.hear(of.number, report);
    items.open_branches();
    let passes = flow.continues_on_error(&of.step);
    match items.together(passes) {
        Together::Open => AfterBranch::GoesOn { next: items.next },
        Together::Done(output) => {
            AfterBranch::Completes(flow.advance(parent, &of.step, Ended::Done(&output), now))
        }
        Together::Stopped(stopped) if passes && !stopped.parked && items.given_up.is_none() => {
            AfterBranch::GivesUp
        }
        Together::Stopped(_) => AfterBranch::Stops(after_failure(parent, &of.step, flow, now)),
    }
}

/// Those of the loop's branches that begin now get their message, as do all of a loop that is given up now; once
/// none is open, what comes next does.
fn after_report(before: &Run, next: &Run, path: &StepPath) -> Vec<Command> {
    let items = |run: &Run| -> Items {
        let step = run.steps.get(path).filter(|step| step.state == StepState::Looping);
        step.and_then(|step| step.work.items().cloned()).unwrap_or_default()
    };
    let (known, now) = (items(before), items(next));
    if now.open.is_empty() {
        return follow(next, path);
    }
    let is_given_up = known.given_up.is_none() && now.given_up.is_some();
    let asked = now.open.keys();
    let asked = asked.filter(|number| is_given_up || !known.open.contains_key(number));
    asked.map(|number| branch_wake(&next.id, path, *number)).collect()
}

/// What a report leads to that the record above knew already: whoever told it may have stopped before it sent
/// anything.
pub fn on_known(parent: &Run, path: &StepPath) -> Vec<Command> {
    follow(parent, path)
}

/// Whether the record above is to be told of the branch. Also where the branch does not owe it any more but is
/// waited for: that it was told of may be noted late, on a branch that was cancelled since.
pub fn is_to_be_told(parent: &Run, branch: &Run) -> bool {
    let is_it = |(path, number): (&StepPath, u32)| {
        branch.branch.as_ref().is_some_and(|of| of.step == *path && of.number == number)
    };
    branch.owes_report() || branch.state.is_terminal() && parent.awaited_branches().any(is_it)
}

/// The end of the branch is known above.
pub fn reported(branch: &Run) -> Vec<Command> {
    if !branch.state.is_terminal() || !branch.owes_report() {
        return Vec::new();
    }
    let change = Change::Reported { resumed: branch.resumed };
    vec![Command::Write(Write { run: branch.id.clone(), change })]
}
