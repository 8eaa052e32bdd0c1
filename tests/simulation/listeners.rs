//! What holds of events that workflows listen to beside those of the shop: what cancels their runs, and what
//! other workflows emit.

use super::checks::Kept;
use super::life::Ended;
use super::starts::{EMITTED, Start};
use super::world::World;
use std::time::Duration;
use tradewind_engine::events::{Decision, EventRecord};
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_engine::runs::{Run, RunState, StepState};
use tradewind_engine::time::{Timestamp, after};

/// Clocks differ by so much at most where they are not apart: to both sides.
const CLOCKS_DIFFER: Duration = Duration::from_secs(5);

/// I22: what was given to the workflows while a run was at work ends it, where the run says so; and nothing else.
pub(crate) fn i22_what_cancels_a_run_ends_it(
    world: &World,
    ended: &Ended,
    kept: &Kept,
) -> Vec<String> {
    let mut broken = Vec::new();
    let drafts = ended.project.drafts.iter().filter(|draft| draft.is_cancelled && !draft.touched);
    let dispatched = world.facts.lock().unwrap().dispatched.clone();
    for draft in drafts {
        let runs = kept.runs.iter().filter(|run| run.branch.is_none());
        for run in runs.filter(|run| run.workflow.0 == draft.name && run.redacted_at.is_none()) {
            let Some(own) = kept.events.iter().find(|one| one.event.id == run.event) else {
                continue;
            };
            if let Some(by) = &run.cancelled_by {
                let by = kept.events.iter().find(|one| one.event.id == *by);
                if by.is_some_and(|by| !is_meant(own, by)) {
                    broken.push(format!("I22: {} was cancelled by {by:?}", run.id));
                }
                continue;
            }
            // Whoever has another time may have judged otherwise, and what was taken up again is as people want.
            if world.weather.clocks_are_apart() || run.version > 1 || run.resumed > 0 {
                continue;
            }
            for by in kept.events.iter().filter(|by| is_meant(own, by)) {
                let Some(at) = dispatched.get(&by.event.id) else { continue };
                if worked_after(run, after(*at, CLOCKS_DIFFER)) {
                    let id = &by.event.id;
                    broken.push(format!("I22: {} worked on after {id} came at {at}", run.id));
                }
            }
        }
    }
    broken
}

/// What has stopped is left as it is, and a run with nothing to do ends as it starts.
fn worked_after(run: &Run, at: Timestamp) -> bool {
    let has_done = run.steps.values().any(|step| step.state == StepState::Done);
    run.state == RunState::Succeeded && has_done && run.ended_at > Some(at)
}

fn is_meant(own: &EventRecord, by: &EventRecord) -> bool {
    let thing = |record: &EventRecord| record.event.data["thing"]["id"].clone();
    let is_after = by.event.id != own.event.id && by.event.accepted_at >= own.event.accepted_at;
    let has_data = own.redacted_at.is_none() && by.redacted_at.is_none();
    by.event.name == "thing.sold" && is_after && has_data && thing(own) == thing(by)
}

/// I23: what is emitted starts the runs of those who listen.
pub(crate) fn i23_what_is_emitted_is_heard(_: &World, ended: &Ended, kept: &Kept) -> Vec<String> {
    let mut broken = Vec::new();
    let drafts = ended.project.drafts.iter().filter(|draft| !draft.touched);
    for draft in drafts.filter(|draft| draft.start == Start::Emitted) {
        for record in kept.events.iter().filter(|record| record.event.name == EMITTED) {
            let (id, verdict) = (&record.event.id, record.verdict(&draft.name.as_str().into()));
            let is_run = verdict.is_some_and(|one| matches!(one.decision, Decision::Run(_)));
            let is_given_up = kept
                .letters
                .iter()
                .any(|letter| letter.queue == DISPATCH_QUEUE && letter.body.contains(id.as_str()));
            if !is_run && !is_given_up {
                broken.push(format!("I23: {id}, workflow {}: {verdict:?}", draft.name));
            }
        }
    }
    broken
}
