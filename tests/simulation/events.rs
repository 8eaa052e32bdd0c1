//! What holds of steps that wait for an event.

use super::checks::Kept;
use super::life::Ended;
use super::world::World;
use serde_json::Value;
use tradewind_engine::events::EventRecord;
use tradewind_engine::ids::{EventId, StepPath};
use tradewind_engine::runs::{FlowKind, Run, StepRecord, StepState};
use tradewind_engine::workflows::Workflow;

/// A step goes on by an event that is meant and was accepted in its time, and by its time only if no such event was
/// recorded, with its mark, before.
pub(crate) fn i17_no_event_is_missed_that_a_step_waits_for(
    world: &World,
    _: &Ended,
    kept: &Kept,
) -> Vec<String> {
    let mut broken = Vec::new();
    for run in kept.runs.iter().filter(|run| run.redacted_at.is_none()) {
        for (path, step) in run.steps.iter().filter(|(_, step)| is_ended_wait(step)) {
            let heard = step.work.heard();
            let gave = step.output.as_ref().map(|output| output["event"].is_null());
            if gave != Some(heard.is_none()) {
                broken.push(format!("I17: {} {path} heard of {heard:?}: {step:?}", run.id));
            }
            match heard {
                Some(event) if is_meant(world, kept, run, path, event) == Some(false) => {
                    broken.push(format!("I17: {} {path} went on by {event}", run.id));
                }
                Some(event) if !in_time(world, step, event) => {
                    broken.push(format!(
                        "I17: {} {path} went on by {event}, which came late",
                        run.id
                    ));
                }
                Some(_) => {}
                None => broken.extend(missed(world, kept, run, path, step)),
            }
        }
    }
    broken
}

fn is_ended_wait(step: &StepRecord) -> bool {
    let work = step.work.flow_work();
    step.state == StepState::Done
        && work.is_some_and(|work| work.flow == FlowKind::WaitForEvent && work.until.is_some())
}

/// The event that came in time and was not counted.
fn missed(
    world: &World,
    kept: &Kept,
    run: &Run,
    path: &StepPath,
    step: &StepRecord,
) -> Option<String> {
    // Later versions, and whoever has another time, may have known of the wait later than the dispatcher did.
    if run.version > 1 || world.weather.clocks_are_apart() {
        return None;
    }
    let timed_out = world.watch.timed_out(&run.id, path)?;
    let marked = world.facts.lock().unwrap().marked.clone();
    let came = marked.iter().filter_map(|(event, marked)| Some((event, marked.recorded_at?)));
    let came = came.filter(|(event, at)| *at < timed_out && in_time(world, step, event));
    let mut meant = came.filter(|(event, _)| is_meant(world, kept, run, path, event) == Some(true));
    // Those whose data was removed are noted.
    let is_noted =
        |event: &EventId| step.tried.iter().any(|one| one.reason.contains(event.as_str()));
    let (event, at) = meant.find(|(event, _)| !is_noted(event))?;
    Some(format!("I17: {} {path} missed {event}, recorded at {at}, before {timed_out}", run.id))
}

/// Whether it was accepted before the time of the step was over.
fn in_time(world: &World, step: &StepRecord, event: &EventId) -> bool {
    let facts = world.facts.lock().unwrap();
    let until = step.work.flow_work().and_then(|work| work.until);
    facts.marked.get(event).zip(until).is_some_and(|(marked, until)| marked.accepted_at <= until)
}

/// Nothing where that is not known: the answer to its delivery was lost.
fn is_meant(
    world: &World,
    kept: &Kept,
    run: &Run,
    path: &StepPath,
    event: &EventId,
) -> Option<bool> {
    let of = |id: &EventId| kept.events.iter().find(|record| record.event.id == *id);
    let (own, record) = (of(&run.event)?, of(event)?);
    let facts = world.facts.lock().unwrap();
    let accepted = facts.accepted.get(event)?;
    let is_of_it = trigger_of(run)["thing"]["id"] == accepted.thing.as_str();
    let fits = accepted.vip || !is_picky(kept, run, path);
    Some(accepted.name == "thing.sold" && is_of_it && came_after(record, own, run) && fits)
}

/// Of an event that was published more than once the run knows the copy that started it.
fn came_after(record: &EventRecord, own: &EventRecord, run: &Run) -> bool {
    let started_by = trigger_of(run).pointer("/event/accepted_at").and_then(Value::as_str);
    let since = started_by.map_or(own.event.accepted_at, |at| at.parse().unwrap());
    record.event.id != own.event.id && record.event.accepted_at >= since
}

/// A branch keeps what it needs of it beside its items.
fn trigger_of(run: &Run) -> &Value {
    if run.branch.is_some() { &run.input["trigger"] } else { &run.input }
}

fn is_picky(kept: &Kept, run: &Run, path: &StepPath) -> bool {
    let source = kept.sources.get(&(run.workflow.clone(), run.version));
    let workflow = source.and_then(|source| Workflow::parse(&run.workflow, source).ok());
    let step = workflow.as_ref().and_then(|workflow| workflow.step(path));
    step.and_then(|step| step.event_wait()).is_some_and(|wait| wait.condition.is_some())
}
