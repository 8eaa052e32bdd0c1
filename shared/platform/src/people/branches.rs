//! What a person does about a run that stopped within a loop is done about the branches that stopped it.
//!
//! Invariant: a branch is changed first, and the record above hears of it as of everything else: at once where
//! that is possible, by its message otherwise.

use super::acting::{NotDone, carry_out};
use crate::jobs::advancing::Advancing;
use futures::future::try_join_all;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::ports::{Runs, Unavailable};
use tradewind_engine::protocol::{record_branch, stopped_branches};
use tradewind_engine::runs::{Branch, Run};

/// The records of the branches that stopped the record.
pub(super) async fn stopped_below(runs: &dyn Runs, run: &Run) -> Result<Vec<Run>, Unavailable> {
    let mut branches = Vec::new();
    for id in stopped_branches(run) {
        branches.extend(runs.read(&id).await?);
    }
    Ok(branches)
}

/// All branches of a record's loops that are worked on or stopped, those that stopped first, with those of the
/// loops within them; of these no more are looked for once there are `most`.
pub async fn branches_in_sight(
    runs: &dyn Runs,
    run: &Run,
    most: usize,
) -> Result<Vec<Run>, Unavailable> {
    let mut ids = Vec::new();
    for (path, step) in &run.steps {
        let Some(items) = step.work.items() else { continue };
        let numbers = items.stopped.keys().chain(items.open.keys());
        ids.extend(numbers.map(|number| Branch::id(run.root(), path, *number)));
    }
    let found = try_join_all(ids.iter().map(|id| runs.read(id))).await?;
    let mut branches: Vec<Run> = found.into_iter().flatten().collect();
    for place in 0..branches.len() {
        if branches.len() >= most {
            break;
        }
        let within = Box::pin(branches_in_sight(runs, &branches[place], most)).await?;
        branches.extend(within);
    }
    branches.sort_by_key(|branch| !branch.state.needs_a_person());
    Ok(branches)
}

/// The record at whose step a run waits: the run itself, or of its loops the branch whose time comes first. Nothing
/// where something is worked on: the first branch that tells so is the last one read.
pub async fn waiting_record(runs: &dyn Runs, run: &Run) -> Result<Option<Run>, Unavailable> {
    if run.waiting_step().is_some() {
        return Ok(Some(run.clone()));
    }
    let mut waiting = Vec::new();
    if !all_waits_below(runs, run, &mut waiting).await? {
        return Ok(None);
    }
    let until = |branch: &Run| branch.waiting_step().and_then(|(_, step)| step.next_at);
    Ok(waiting.into_iter().min_by_key(|branch| (until(branch).is_none(), until(branch))))
}

async fn all_waits_below(
    runs: &dyn Runs,
    record: &Run,
    waiting: &mut Vec<Run>,
) -> Result<bool, Unavailable> {
    for (path, items) in record.open_loops().filter(|(path, _)| record.works_on(path)) {
        for number in items.open.keys() {
            let branch = runs.read(&Branch::id(record.root(), path, *number)).await?;
            let Some(branch) = branch else { return Ok(false) };
            if branch.waiting_step().is_some() {
                waiting.push(branch);
                continue;
            }
            let is_over = branch.state.is_terminal();
            let stands_at_a_loop = branch.may_wait();
            let waits = is_over
                || (stands_at_a_loop && Box::pin(all_waits_below(runs, &branch, waiting)).await?);
            if !waits {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The record that the step stands in: the run itself, or the branch that works on its item.
pub(super) async fn record_with(
    runs: &dyn Runs,
    run: Run,
    path: &StepPath,
) -> Result<Run, Unavailable> {
    let mut record = run;
    while let Some(id) = branch_around(&record, path) {
        match runs.read(&id).await? {
            Some(branch) => record = branch,
            None => break,
        }
    }
    Ok(record)
}

fn branch_around(record: &Run, path: &StepPath) -> Option<RunId> {
    record.steps.iter().find_map(|(step, known)| {
        let items = known.work.items()?;
        let behind = path.as_str().strip_prefix(step.as_str())?.strip_prefix('[')?;
        let item = behind.split_once(']')?.0.parse().ok()?;
        Some(Branch::id(record.root(), step, items.branch_of(item)))
    })
}

/// Tells the records above of a branch that was taken up again; the highest as it stands then.
pub(super) async fn tell_above(ports: &Advancing, branch: Run) -> Result<Run, NotDone> {
    let mut told = branch;
    while let Some(of) = &told.branch {
        let parent = ports.runs.read(&of.parent).await?;
        let parent = parent.ok_or_else(|| NotDone::NotFound(format!("run {}", of.root)))?;
        let compiled = ports.deployed.version(&parent.workflow, parent.version).await?;
        let now = ports.clock.now();
        let commands = compiled.and_then(|flow| record_branch(&parent, &told, &*flow, now));
        told = match commands {
            // Where somebody was faster, the message about the branch tells the rest.
            Some(commands) => {
                match carry_out(&*ports.journal, &*ports.clock, &parent, commands).await {
                    Err(NotDone::Changed) => parent,
                    carried_out => carried_out?,
                }
            }
            None => parent,
        };
    }
    Ok(told)
}
