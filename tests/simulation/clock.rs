//! What holds of workflows that go by the clock.

use super::checks::Kept;
use super::life::Ended;
use super::world::World;
use futures::FutureExt as _;
use std::time::Duration;
use tradewind_engine::definitions::WorkflowHead;
use tradewind_engine::ports::Definitions as _;
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_engine::schedules::{Schedule, fired_id};
use tradewind_engine::time::{Timestamp, after};

/// A due time is published by a round of the sweeper, by its clock.
const PUBLISHED_WITHIN: Duration = Duration::from_secs(30 * 60);

/// I21: once all is well each due time is one run; of those that were missed before, the newest was made up for,
/// and whatever was published was the newest then.
pub(crate) fn i21_each_due_time_is_one_run(
    world: &World,
    ended: &Ended,
    kept: &Kept,
) -> Vec<String> {
    if world.weather.unswept {
        return Vec::new();
    }
    let current = world.memory.current().now_or_never().unwrap().unwrap();
    let steady = ended.project.drafts.iter().filter(|draft| !draft.touched);
    let mut broken = Vec::new();
    for draft in steady.filter(|draft| draft.goes_by_the_clock()) {
        let Some(head) = current.workflows.iter().find(|head| head.id.0 == draft.name) else {
            continue;
        };
        let Some(schedule) = &head.schedule else {
            broken.push(format!("I21: {} has no schedule", draft.name));
            continue;
        };
        broken.extend(of_schedule(world, kept, head, schedule));
    }
    broken
}

fn of_schedule(
    world: &World,
    kept: &Kept,
    head: &WorkflowHead,
    schedule: &Schedule,
) -> Vec<String> {
    let mut broken = Vec::new();
    let well_from = world.weather.calm_from;
    let newest_missed = schedule.latest(well_from);
    for due in due_times(schedule, world.now()) {
        let id = fired_id(&head.id, due);
        let runs = world.watch.runs_of(head.id.as_str(), &id);
        let record = kept.events.iter().find(|record| record.event.id == id);
        if runs.len() > 1 {
            broken.push(format!("I21: {} at {due}: {runs:?}", head.id));
        }
        if let Some(record) = record {
            let newest = schedule.latest(record.event.accepted_at);
            if newest != Some(due) {
                broken.push(format!("I21: {} made up for {due}, not for {newest:?}", head.id));
            }
        }
        let is_over = after(due, PUBLISHED_WITHIN) < world.now();
        let is_given_up = kept
            .letters
            .iter()
            .any(|letter| letter.queue == DISPATCH_QUEUE && letter.body.contains(id.as_str()));
        let is_owed = due >= well_from || Some(due) == newest_missed;
        if is_owed && is_over && runs.is_empty() && !is_given_up {
            broken.push(format!("I21: {} was due at {due}, and nothing came of it", head.id));
        }
    }
    broken
}

fn due_times(schedule: &Schedule, until: Timestamp) -> Vec<Timestamp> {
    let mut all = Vec::new();
    let mut last = schedule.since;
    while let Some(due) = schedule.next(last).filter(|due| *due <= until) {
        all.push(due);
        last = due;
    }
    all
}
