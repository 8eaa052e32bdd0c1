//! The branches of a loop: how one begins, and what is done about one.
//!
//! A message of the flow queue names a branch by the record above and the loop ([`BranchWake`]). Whoever
//! takes it reads both records, and does what they ask for: any such message may come any number of times.

use super::CHECK_AFTER;
use super::apply::{end_run, end_step, go_to};
use super::command::Command;
use super::flow::Flow;
use super::follow::{end, wake_all, wake_awaited};
use super::write::{Change, Write};
use crate::ids::{RunId, StepPath};
use crate::runs::{
    Branch, Failure, FailureKind, FlowKind, RUN_VERSION_BRANCH, Run, RunState, StepPlan,
    StepRecord, StepState, StepWork,
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
    let is_given_up = items.is_some_and(|items| items.given_up.is_some());
    let is_over = parent.state == RunState::Cancelled || is_given_up;
    let Some(branch) = branch else {
        return match parent.state {
            RunState::Active | RunState::Cancelled if is_open && is_over => {
                Err(NewBranch::BeginCancelled)
            }
            RunState::Active if is_open => Err(NewBranch::Begin),
            _ => Ok(Vec::new()),
        };
    };
    if matches!(branch.state, RunState::Succeeded | RunState::Cancelled) {
        // Whoever cancelled it may have stopped before those within it heard of that.
        return Ok(wake_awaited(branch));
    }
    // One that stopped as well: what it waits for a person with is over.
    if is_over {
        let write = Write { run: branch.id.clone(), change: Change::Cancel { now } };
        let told = write.apply(Some(branch)).map(|cancelled| end(&cancelled)).unwrap_or_default();
        return Ok(std::iter::once(Command::Write(write)).chain(told).collect());
    }
    if branch.state.is_terminal() {
        return Ok(Vec::new());
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

/// A branch whose items cannot be had, for this reason: it has failed before its first step, and is told of as
/// any that stopped.
pub fn unfit_branch(
    parent: &Run,
    wake: &BranchWake,
    reason: String,
    now: Timestamp,
) -> Option<Vec<Command>> {
    let mut branch = record_of(parent, wake, Value::Null, now)?;
    let path = branch.branch.as_ref()?.item_path();
    let plan = StepPlan { path: path.clone(), work: StepWork::flow(FlowKind::ForEach) };
    let mut step = StepRecord::ready(&plan);
    end_step(&mut step, StepState::Failed, now, Some(reason.clone()));
    branch.steps.insert(path.clone(), step);
    branch.failure = Some(failed_at(path, reason));
    end_run(&mut branch, RunState::Failed, now);
    let ended = end(&branch);
    let write = Write { run: branch.id.clone(), change: Change::Start(Box::new(branch)) };
    Some(std::iter::once(Command::Write(write)).chain(ended).collect())
}

pub(super) fn failed_at(step: StepPath, reason: String) -> Failure {
    Failure { step, reason, attempts: 0, kind: FailureKind::Failed }
}

fn record_of(parent: &Run, wake: &BranchWake, input: Value, now: Timestamp) -> Option<Run> {
    let items = parent.steps.get(&wake.step)?.work.items()?;
    let (first, count) = items.of_branch(wake.number);
    let root = parent.root().clone();
    Some(Run {
        v: RUN_VERSION_BRANCH,
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
        quiet: parent.quiet,
        hops: 0,
        check_at: Some(after(now, CHECK_AFTER)),
        created_at: now,
        revision: parent.revision,
        ended_at: None,
        redacted_at: None,
        chain: parent.chain,
        cancelled_by: None,
        branch: Some(Branch {
            decided: BTreeMap::new(),
            timezone: None,
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

/// Whether what stopped the record is a step within this loop.
pub(super) fn stopped_in(run: &Run, path: &StepPath) -> bool {
    let within = |failure: &Failure| failure.step.as_str().starts_with(&format!("{path}["));
    run.failure.as_ref().is_some_and(within)
}
