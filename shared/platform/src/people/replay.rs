//! Taking a stopped run up again: one by one for people, and many of them as a job.

use super::acting::{Acting, NotDone, carry_out, ensure_goes_on, find_run, settle_letter};
use super::branches::{record_with, stopped_below, tell_above};
use crate::doers::doers;
use crate::jobs::advancing::Advancing;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::protocol::{self, Objection};
use tradewind_engine::runs::Run;

/// Takes a FAILED or PARKED run up again; `force` accepts a second effect where the provider may have
/// forgotten the first.
pub async fn replay(ports: &Acting, run: &RunId, force: bool) -> Result<Run, NotDone> {
    let run = find_run(ports, run).await?;
    take_up_run(&ports.advancing(), &run, force).await
}

/// The same at this step alone, where several items of a loop stopped the run.
pub async fn replay_step(
    ports: &Acting,
    run: &RunId,
    step: &StepPath,
    force: bool,
) -> Result<Run, NotDone> {
    let root = find_run(ports, run).await?;
    let record = record_with(&*ports.runs, root.clone(), step).await?;
    if record.branch.is_some() {
        ensure_goes_on(&root)?;
    }
    let stopped_at = record.failure.as_ref().map(|failure| &failure.step);
    if let Some(other) = stopped_at.filter(|other| *other != step) {
        return Err(Objection::OtherStep(other.clone()).into());
    }
    let advancing = ports.advancing();
    let after = Box::pin(take_up_record(&advancing, &record, force)).await?;
    Box::pin(tell_above(&advancing, after)).await
}

/// Takes a FAILED or PARKED run up again where it stopped, and settles its letter. Where it stopped within a
/// loop, each branch that did is taken up; an objection to one of them holds up no other, and each is told: `force`
/// is for all of them.
pub(crate) async fn take_up_run(ports: &Advancing, run: &Run, force: bool) -> Result<Run, NotDone> {
    let branches = stopped_below(&*ports.runs, run).await?;
    if branches.is_empty() || !run.state.needs_a_person() || run.redacted_at.is_some() {
        return Box::pin(take_up_record(ports, run, force)).await;
    }
    let (mut after, mut refused) = (run.clone(), Vec::new());
    for branch in branches {
        match Box::pin(take_up_run(ports, &branch, force)).await {
            Ok(branch) => after = Box::pin(tell_above(ports, branch)).await?,
            Err(objection) => refused.push(objection),
        }
    }
    together(refused).map_or(Ok(after), Err)
}

/// Why branches were not taken up, as one reason. What may be otherwise at the next try comes before what a person
/// has to look at.
fn together(refused: Vec<NotDone>) -> Option<NotDone> {
    let (mut objections, mut others) = (Vec::new(), Vec::new());
    for one in refused {
        match one {
            NotDone::Objection(Objection::OfItems(of_items)) => objections.extend(of_items),
            NotDone::Objection(objection) => objections.push(objection),
            other => others.push(other),
        }
    }
    // Who is worked on already is taken up: that is all that is said only where there is nothing else.
    if objections.iter().any(|one| *one != Objection::StillRunning) {
        objections.retain(|one| *one != Objection::StillRunning);
    } else {
        objections.truncate(1);
    }
    match (others.pop(), objections.len()) {
        (Some(other), _) => Some(other),
        (None, 0 | 1) => objections.pop().map(NotDone::Objection),
        (None, _) => Some(Objection::OfItems(objections).into()),
    }
}

/// Whether [`take_up_run`] would take the run up: an objection to all of the branches that stopped it is one to
/// the run.
pub(crate) async fn would_take_up(
    ports: &Advancing,
    run: &Run,
    force: bool,
) -> Result<(), NotDone> {
    let mut refused = None;
    for branch in stopped_below(&*ports.runs, run).await? {
        match Box::pin(would_take_up(ports, &branch, force)).await {
            Ok(()) => return Ok(()),
            Err(objection) => refused = Some(objection),
        }
    }
    if let Some(objection) = refused {
        return Err(objection);
    }
    let doers = doers(&ports.catalog.actions, &ports.deployed, run).await?;
    protocol::replay(run, doers, force, ports.clock.now())?;
    Ok(())
}

async fn take_up_record(ports: &Advancing, run: &Run, force: bool) -> Result<Run, NotDone> {
    let doers = doers(&ports.catalog.actions, &ports.deployed, run).await?;
    let commands = protocol::replay(run, doers, force, ports.clock.now())?;
    let after = carry_out(&*ports.journal, &*ports.clock, run, commands).await?;
    settle_letter(&*ports.dead_letters, run).await?;
    Ok(after)
}

#[cfg(test)]
mod tests;
