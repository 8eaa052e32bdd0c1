//! What holds of events that are to be one run: none is lost, and none is in two.

use super::checks::Kept;
use super::life::Ended;
use super::world::World;
use tradewind_engine::events::{Decision, EventRecord};
use tradewind_engine::holds::{Held, Hold, HoldKey};
use tradewind_engine::ids::{EventId, RunId};
use tradewind_engine::protocol::WakeUp;
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_engine::time::{Timestamp, after};

/// I20: in the end each event that was held says in which run it is, or which newer one stands for it, and it is so.
pub(crate) fn i20_every_held_event_is_in_one_run(
    world: &World,
    ended: &Ended,
    kept: &Kept,
) -> Vec<String> {
    let mut broken = Vec::new();
    for hold in world.memory.all_holds() {
        let events: Vec<&EventId> = hold.events.iter().map(|held| &held.event).collect();
        if !is_given_up(kept, &hold.key, &events) && !needs_a_sweeper(world, kept, &hold) {
            broken.push(format!("I20: held for ever: {hold:?}"));
        }
    }
    for draft in ended.project.drafts.iter().filter(|draft| draft.has_held) {
        for record in &kept.events {
            let runs = world.watch.runs_of(&draft.name, &record.event.id);
            if runs.len() > 1 {
                let id = &record.event.id;
                broken.push(format!("I20: {id} is in several runs of {}: {runs:?}", draft.name));
            }
            let verdict = record.verdict(&draft.name.as_str().into());
            let decision = verdict.map(|verdict| &verdict.decision);
            let wrong =
                decision.and_then(|decision| wrong(world, kept, record, decision, &draft.name));
            broken.extend(wrong.map(|wrong| {
                format!("I20: {}, workflow {}: {wrong}", record.event.id, draft.name)
            }));
        }
    }
    broken
}

/// By design: whoever stood still before the hold was written found it gone, with the events in their run, and died
/// before anybody was sent to the one that it wrote. That holds nothing, for each event is told otherwise, and the
/// sweeper finds it.
fn needs_a_sweeper(world: &World, kept: &Kept, hold: &Hold) -> bool {
    let is_told_otherwise = |held: &Held| {
        let record = kept.events.iter().find(|record| record.event.id == held.event);
        record.is_some_and(|record| !hold.is_for_it(&record.verdicts))
    };
    let is_left = world.weather.unswept && !world.weather.spares_processes();
    is_left && hold.events.iter().all(is_told_otherwise)
}

/// What is not as the event says.
fn wrong(
    world: &World,
    kept: &Kept,
    record: &EventRecord,
    decision: &Decision,
    workflow: &str,
) -> Option<String> {
    let own = &record.event.id;
    let runs = world.watch.runs_of(workflow, own);
    let of = |event: &EventId| kept.events.iter().find(|record| record.event.id == *event);
    let place = |record: &EventRecord| (record.event.accepted_at, record.event.id.clone());
    match decision {
        Decision::Held(held) if is_given_up(kept, &held.hold, &[own]) => None,
        Decision::Held(held) => Some(format!("it is held for ever in {}", held.hold.0)),
        // With `once_per` it may be the run of another event.
        Decision::Run(run) if runs.is_empty() => {
            (!exists(kept, run)).then(|| format!("no run {run}"))
        }
        Decision::Run(run) => (!runs.contains(run)).then(|| format!("{run} is not of {runs:?}")),
        Decision::Folded(folding) => {
            let by = world.watch.runs_of(workflow, &folding.into);
            let is_newer = of(&folding.into).is_some_and(|into| place(into) > place(record));
            let fits = runs.is_empty() && by.contains(&folding.run) && is_newer;
            (!fits).then(|| format!("{folding:?}, and its own runs are {runs:?}, those {by:?}"))
        }
        _ => {
            // What is begun with an event whose data was removed, because its delivery came again long after, is not
            // told in its record: nothing comes back to that.
            let told = |run: &&RunId| !is_begun_after(world, kept, run, record.redacted_at);
            let untold: Vec<&RunId> = runs.iter().filter(told).collect();
            (!untold.is_empty()).then(|| format!("{decision:?}, and it started {untold:?}"))
        }
    }
}

fn is_begun_after(world: &World, kept: &Kept, run: &RunId, redacted_at: Option<Timestamp>) -> bool {
    let run = kept.runs.iter().find(|one| one.id == *run);
    let begun_at = run.map(|run| after(run.created_at, world.weather.skew * 2));
    redacted_at.is_some_and(|at| begun_at.is_some_and(|begun_at| begun_at >= at))
}

fn exists(kept: &Kept, run: &RunId) -> bool {
    kept.runs.iter().any(|one| one.id == *run)
}

/// Its messages have killed ten processes, and a person has the letter.
fn is_given_up(kept: &Kept, hold: &HoldKey, events: &[&EventId]) -> bool {
    kept.letters.iter().any(|letter| {
        let wake = serde_json::from_str::<WakeUp>(&letter.body).ok();
        let is_of_hold = wake.and_then(|wake| HoldKey::in_wake(&wake)).as_ref() == Some(hold);
        let names = |event: &&EventId| letter.body.contains(event.as_str());
        is_of_hold || letter.queue == DISPATCH_QUEUE && events.iter().any(names)
    })
}
