//! What holds of events that workflows listen to beside those of the shop: what cancels their runs, and what
//! other workflows emit.

use super::checks::Kept;
use super::life::Ended;
use super::starts::{EMITTED, Start};
use super::world::{Facts, Published, World};
use std::time::Duration;
use tradewind_engine::events::Decision;
use tradewind_engine::ids::EventId;
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_engine::runs::{Run, RunState};
use tradewind_engine::time::{Timestamp, after};

/// Clocks differ by so much at most where they are not apart: to both sides.
const CLOCKS_DIFFER: Duration = Duration::from_secs(5);

/// I22: what was given to the workflows while a run was at work ends it, where the run says so; and nothing else.
/// Neither asks for the records of the events: of one that comes twice the record is that of one copy, and data is
/// removed after a while.
pub(crate) fn i22_what_cancels_a_run_ends_it(
    world: &World,
    ended: &Ended,
    kept: &Kept,
) -> Vec<String> {
    let mut broken = Vec::new();
    let drafts = ended.project.drafts.iter().filter(|draft| draft.is_cancelled && !draft.touched);
    let facts = world.facts.lock().unwrap();
    for draft in drafts {
        let runs = kept.runs.iter().filter(|run| run.branch.is_none());
        for run in runs.filter(|run| run.workflow.0 == draft.name && run.redacted_at.is_none()) {
            let Some(own) = facts.published.get(&run.event) else { continue };
            if let Some(by) = &run.cancelled_by {
                if !may_cancel(&facts, run, own, by) {
                    broken.push(format!("I22: {} was cancelled by {by}: {own:?}", run.id));
                }
                continue;
            }
            // Whoever has another time may have judged otherwise, and what was taken up again is as people want.
            if world.weather.clocks_are_apart() || run.version > 1 || run.resumed > 0 {
                continue;
            }
            for (by, at) in &facts.dispatched {
                if has_to_cancel(&facts, run, own, by)
                    && worked_after(run, after(*at, CLOCKS_DIFFER))
                {
                    broken.push(format!("I22: {} worked on after {by} came at {at}", run.id));
                }
            }
        }
    }
    broken
}

/// A run that had nothing to do ended as it started, whatever it passed on its way, and what has stopped is left as
/// it is.
fn worked_after(run: &Run, at: Timestamp) -> bool {
    run.state == RunState::Succeeded && run.hops > 0 && run.ended_at > Some(at)
}

/// Whether the event is one that cancels such a run, and came no earlier than the run's own event did first: by the
/// copy of it that was given to the workflows first.
fn may_cancel(facts: &Facts, run: &Run, own: &Published, by: &EventId) -> bool {
    let came = facts.marked.get(by).map(|marked| marked.accepted_at);
    let is_after = came.is_none_or(|came| Some(&came) >= own.copies.first());
    is_about_the_same(facts, run, own, by) && is_after
}

/// Whether the event cancels the run in any case: all of its copies came later than any that may have started it.
fn has_to_cancel(facts: &Facts, run: &Run, own: &Published, by: &EventId) -> bool {
    let before_start = after(run.created_at, CLOCKS_DIFFER);
    let started_by = own.copies.range(..=before_start).next_back();
    let came = facts.published.get(by).and_then(|by| by.copies.first());
    is_about_the_same(facts, run, own, by) && came >= started_by
}

fn is_about_the_same(facts: &Facts, run: &Run, own: &Published, by: &EventId) -> bool {
    let is_same = |by: &Published| by.name == "thing.sold" && by.thing == own.thing;
    *by != run.event && facts.published.get(by).is_some_and(is_same)
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
