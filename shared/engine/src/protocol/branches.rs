//! The branches of a loop: how one begins, and how the record above learns what became of it.
//!
//! A message of the flow queue names a branch by the record above and the loop ([`BranchWake`]). Whoever
//! takes it reads both records, and does what they ask for: any such message may come any number of times.
//!
//! Invariant: only what is heard of all its branches ends a loop. A branch keeps its `check_at` until its
//! end is heard, the record above keeps its own while a branch is open: the sweeper repeats what was lost.

use super::CHECK_AFTER;
use super::apply::{
    Refused, advance_run, check_after, end_run, end_step, ensure, fail_run, go_to, take_up_again,
};
use super::command::Command;
use super::conclude::after_failure;
use super::flow::{Advance, Ended, Flow};
use super::follow::{branch_wake, end, follow, report, wake_all};
use super::write::{AfterFailure, Change, Write};
use crate::ids::{RunId, StepPath};
use crate::runs::{
    Branch, Failure, FlowKind, ITEM_FAILURES_MAX, ItemEnd, ItemFailure, Items, Run, RunState,
    StepState, StoppedBranch,
};
use crate::time::{Timestamp, after};
use serde_json::Value;
use std::collections::BTreeMap;

/// The branch that a message of the flow queue is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchWake {
    /// The loop, in the record above.
    pub step: StepPath,
    /// The branch.
    pub number: u32,
}

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

impl BranchWake {
    /// As it stands in the message, in place of a step's path.
    pub fn path(&self) -> StepPath {
        StepPath(format!("{}/{}", self.step, self.number))
    }

    /// What [`Self::path`] made; nothing for the path of a step.
    pub fn of(path: &StepPath) -> Option<Self> {
        let (step, number) = path.as_str().rsplit_once('/')?;
        Some(Self { step: step.into(), number: number.parse().ok()? })
    }
}

impl Report {
    /// What is to be told of the branch.
    fn of(branch: &Run, of: &Branch) -> Self {
        let of = match (branch.state, &branch.failure) {
            (RunState::Failed | RunState::Parked, Some(failure)) => {
                OfBranch::Stopped(StoppedBranch {
                    resumed: branch.resumed,
                    parked: branch.state == RunState::Parked,
                    failure: failure.clone(),
                })
            }
            (RunState::Active | RunState::Failing, _) => OfBranch::Open,
            _ => OfBranch::Ended {
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
            return report.resumed > stopped.resumed;
        }
        let Some(resumed) = self.open.get(&number) else { return false };
        match report.of {
            OfBranch::Open => report.resumed > *resumed,
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

    /// What its branches come to; where some failed and some are parked, a failed one speaks for all.
    fn together(&self) -> Together {
        if !self.open.is_empty() {
            return Together::Open;
        }
        let first = |parked| self.stopped.values().find(|branch| branch.parked == parked);
        match first(false).or_else(|| first(true)) {
            Some(stopped) => Together::Stopped(stopped.clone()),
            None => Together::Done(self.output()),
        }
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
    match (items.together(), then) {
        (Together::Open, AfterBranch::GoesOn { next }) if items.next == *next => {
            check_after(run, now);
        }
        (Together::Done(output), AfterBranch::Completes(advance)) => {
            end_step(step, StepState::Done, now, None);
            step.output = Some(output);
            advance_run(run, advance, now);
        }
        (Together::Stopped(stopped), AfterBranch::Stops(after_failure)) => {
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
    if !run.has_open_branches() && !run.owes_report() {
        run.check_at = None;
    }
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

/// Whether what stopped the record is a step within this loop.
fn stopped_in(run: &Run, path: &StepPath) -> bool {
    let within = |failure: &Failure| failure.step.as_str().starts_with(&format!("{path}["));
    run.failure.as_ref().is_some_and(within)
}

/// What both records of a branch ask for.
#[derive(Clone, Debug, PartialEq)]
pub enum NewBranch {
    /// It is to begin.
    Begin,
    /// The run was cancelled before it began: a record that says so keeps a late start out.
    BeginCancelled,
}

/// What to do about a branch that is there, or is not.
pub fn on_branch(
    parent: &Run,
    wake: &BranchWake,
    branch: Option<&Run>,
    now: Timestamp,
) -> Result<Vec<Command>, NewBranch> {
    let items = parent.steps.get(&wake.step).and_then(|step| step.work.items());
    let is_open = items.is_some_and(|items| items.open.contains_key(&wake.number));
    let Some(branch) = branch else {
        return match parent.state {
            RunState::Active if is_open => Err(NewBranch::Begin),
            RunState::Cancelled if is_open => Err(NewBranch::BeginCancelled),
            _ => Ok(Vec::new()),
        };
    };
    if branch.state.is_terminal() {
        return Ok(Vec::new());
    }
    if parent.state == RunState::Cancelled {
        let write = Write { run: branch.id.clone(), change: Change::Cancel { now } };
        let told = write.apply(Some(branch)).map(|cancelled| end(&cancelled)).unwrap_or_default();
        return Ok(std::iter::once(Command::Write(write)).chain(told).collect());
    }
    // Whoever began it may have stopped before it sent anything, and what stood still goes on now.
    Ok(wake_all(branch, now, None))
}

/// The branch of a loop as it begins.
pub fn new_branch(
    parent: &Run,
    wake: &BranchWake,
    input: Value,
    flow: &dyn Flow,
    now: Timestamp,
) -> Option<Run> {
    let mut branch = record_of(parent, wake, input, now)?;
    let beginning = flow.beginning(&branch, now);
    go_to(&mut branch, &beginning, now);
    Some(branch)
}

/// A branch that never began, because its run was cancelled before.
pub fn cancelled_branch(parent: &Run, wake: &BranchWake, now: Timestamp) -> Option<Run> {
    let mut branch = record_of(parent, wake, Value::Null, now)?;
    end_run(&mut branch, RunState::Cancelled, now);
    Some(branch)
}

fn record_of(parent: &Run, wake: &BranchWake, input: Value, now: Timestamp) -> Option<Run> {
    let items = parent.steps.get(&wake.step)?.work.items()?;
    let (first, count) = items.of_branch(wake.number);
    let root = parent.root().clone();
    Some(Run {
        v: FlowKind::ForEach.version(),
        id: Branch::id(&root, &wake.step, wake.number),
        workflow: parent.workflow.clone(),
        version: parent.version,
        event: parent.event.clone(),
        connection: parent.connection.clone(),
        key: parent.key.clone(),
        generation: parent.generation,
        test: parent.test,
        state: RunState::Active,
        resumed: 0,
        input,
        steps: BTreeMap::new(),
        failure: None,
        dead_lettered: false,
        quiet: true,
        hops: 0,
        check_at: Some(after(now, CHECK_AFTER)),
        created_at: now,
        revision: parent.revision,
        ended_at: None,
        redacted_at: None,
        chain: parent.chain,
        cancelled_by: None,
        branch: Some(Branch {
            root,
            parent: parent.id.clone(),
            step: wake.step.clone(),
            number: wake.number,
            first,
            count,
            ended: String::new(),
            failures: Vec::new(),
            reported: None,
        }),
    })
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
    match items.together() {
        Together::Open => AfterBranch::GoesOn { next: items.next },
        Together::Done(output) => {
            AfterBranch::Completes(flow.advance(parent, &of.step, Ended::Done(&output), now))
        }
        Together::Stopped(_) => AfterBranch::Stops(after_failure(parent, &of.step, flow, now)),
    }
}

/// Those of the loop's branches that begin now get their message; once none is open, what comes next does.
fn after_report(before: &Run, next: &Run, path: &StepPath) -> Vec<Command> {
    let open = |run: &Run| -> BTreeMap<u32, u32> {
        let step = run.steps.get(path).filter(|step| step.state == StepState::Looping);
        let items = step.and_then(|step| step.work.items());
        items.map(|items| items.open.clone()).unwrap_or_default()
    };
    let (known, now_open) = (open(before), open(next));
    if now_open.is_empty() {
        return follow(next, path);
    }
    let begun = now_open.keys().filter(|number| !known.contains_key(number));
    begun.map(|number| branch_wake(&next.id, path, *number)).collect()
}

/// What a report leads to that the record above knew already: whoever told it may have stopped before it sent
/// anything.
pub fn on_known(parent: &Run, path: &StepPath) -> Vec<Command> {
    follow(parent, path)
}

/// The end of the branch is known above.
pub fn reported(branch: &Run) -> Vec<Command> {
    if !branch.state.is_terminal() || !branch.owes_report() {
        return Vec::new();
    }
    let change = Change::Reported { resumed: branch.resumed };
    vec![Command::Write(Write { run: branch.id.clone(), change })]
}

/// The records of the branches that stopped a record, by their ids.
pub fn stopped_branches(run: &Run) -> Vec<RunId> {
    let root = run.root();
    let loops = run.steps.iter().filter(|(path, _)| stopped_in(run, path));
    let stopped = loops.filter_map(|(path, step)| Some((path, step.work.items()?)));
    stopped
        .flat_map(|(path, items)| {
            items.stopped.keys().map(move |number| Branch::id(root, path, *number))
        })
        .collect()
}
