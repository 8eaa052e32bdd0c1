//! What holds of runs that wait for each other (`concurrency`).

use super::chance::Chance;
use super::checks::Kept;
use super::life::Ended;
use super::people::People;
use super::site::Site;
use super::workflows::Project;
use super::world::World;
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::ports::{Clock, Slots, Unavailable};
use tradewind_engine::protocol::{Change, Write};
use tradewind_engine::runs::{Run, RunState, Stands, StepRecord, StepState};
use tradewind_engine::slots::{LineRoom, Slot, SlotKey};

/// What a workflow may say.
const TERMS: [&str; 4] = [
    "concurrency: { key: trigger.thing.id, max: 1 }\n",
    "concurrency: { key: \"'v' if trigger.thing.vip else 'other'\", max: 1 }\n",
    "concurrency: { max: 1 }\n",
    "concurrency: { max: 2 }\n",
];
/// How many things may be made at the same moment.
const CROWD_MAX: usize = 8;

/// Lets the runs of some workflows wait for each other.
pub(crate) fn limit_some(project: &mut Project, chance: &Chance) {
    for draft in &mut project.drafts {
        let terms = match draft.start {
            start if start.sees_a_thing() => &TERMS[..],
            // What has no key is for all runs.
            _ => &TERMS[2..],
        };
        draft.concurrency = chance.hits(0.4).then(|| chance.pick(terms));
    }
}

/// How many things are made at the same moment, and when: in most worlds none are.
pub(crate) fn crowd(chance: &Chance) -> (usize, Duration) {
    let count = if chance.hits(0.2) { chance.between(3, CROWD_MAX) } else { 0 };
    (count, chance.seconds(600, 7_200))
}

/// People stop some of those that wait for each other, in some worlds.
pub(crate) async fn stop_some(world: Arc<World>, first_at: Duration) {
    if world.weather.unswept || world.weather.fair || world.limiting.hits(0.5) {
        return;
    }
    let people = People::new(&world, "stops");
    world.clock.sleep(first_at).await;
    for _ in 0..world.limiting.between(1, CROWD_MAX) {
        world.clock.sleep(world.limiting.seconds(0, 10)).await;
        people.stop_one_with_a_turn().await;
    }
}

/// How many may wait in line: in some worlds so few that it fills.
pub(crate) fn room(chance: &Chance) -> LineRoom {
    let narrow = LineRoom { all: chance.between(1, 3), for_earlier: chance.between(0, 1) };
    if chance.hits(0.5) { narrow } else { LineRoom::STANDARD }
}

#[async_trait]
impl Slots for Site {
    async fn slot(&self, key: &SlotKey) -> Result<Option<Slot>, Unavailable> {
        self.call("store", "slots.read", &[&key.0], self.world.memory.slot(key)).await
    }

    async fn save_slot(&self, slot: &Slot, read: Option<&Slot>) -> Result<bool, Unavailable> {
        let saved = self.world.memory.save_slot(slot, read);
        self.call("store", "slots.save", &[&slot.key.0], saved).await
    }

    async fn remove_slot(&self, read: &Slot) -> Result<bool, Unavailable> {
        let removed = self.world.memory.remove_slot(read);
        self.call("store", "slots.remove", &[&read.key.0], removed).await
    }
}

/// I24: of the runs of one key no more work than may, as they stand now that one was written which works; of one that
/// was cancelled, until its last call has ended. What a person took up again asks for no turn.
pub(crate) fn i24_no_more_work_than_may(world: &World, write: &Write, run: &RunId) {
    let goes_on = matches!(
        write.change,
        Change::TakeTurn { .. } | Change::Complete { .. } | Change::Claim { .. }
    );
    let all = if goes_on { world.memory.all_runs() } else { Vec::new() };
    // Whoever stood still after the write looks later: the run may have ended meanwhile, and left.
    let own = all.iter().find(|one| one.id == *run);
    let Some(turn) = own.filter(|run| works(run)).and_then(Run::turn) else { return };
    let max = world.memory.all_slots().into_iter().find(|slot| slot.key == turn.slot);
    let Some(max) = max.map(|slot| slot.max as usize) else {
        let what = format!("I24: {run} works, and there is no slot");
        return world.watch.broken(what);
    };
    let calling: BTreeSet<&RunId> =
        all.iter().filter(|one| makes_its_last_call(world, one)).map(Run::root).collect();
    let at_work = all.iter().filter(|one| {
        let is_there = one.turn().is_some_and(|other| other.slot == turn.slot);
        is_there && one.resumed == 0 && (works(one) || calling.contains(&one.id))
    });
    let ids: Vec<&str> = at_work.map(|one| one.id.as_str()).collect();
    if ids.len() > max {
        world.watch.broken(format!("I24: {ids:?} work at the same time, and {max} may"));
    }
}

/// Whether it goes on behind its slot, for the first time.
fn works(run: &Run) -> bool {
    let asked = run.steps.get(&StepPath::slot());
    let is_through = asked.is_some_and(|step| step.state == StepState::Done);
    let is_at_work = run.turn().is_some_and(|turn| turn.stands == Stands::AtWork);
    !run.state.is_terminal() && run.resumed == 0 && is_through && is_at_work
}

/// Whether the run or branch was cancelled while a call was made that may still be on its way. How long that may take
/// is judged by the clock of whoever lets in the next: where clocks are apart by minutes it says nothing.
fn makes_its_last_call(world: &World, run: &Run) -> bool {
    let is_held = |step: &StepRecord| {
        step.state == StepState::Running && step.lease_until.is_some_and(|end| end > world.now())
    };
    run.state == RunState::Cancelled
        && !world.weather.clocks_are_apart()
        && run.steps.values().any(is_held)
}

/// Nobody is left in a slot who has ended or stopped.
pub(crate) fn i19_whoever_is_over_has_left_his_slot(
    _: &World,
    _: &Ended,
    kept: &Kept,
) -> Vec<String> {
    let mut broken = Vec::new();
    let runs: BTreeMap<&RunId, &Run> = kept.runs.iter().map(|run| (&run.id, run)).collect();
    for slot in &kept.slots {
        if slot.is_empty() {
            broken.push(format!("I19: nobody is in {:?}", slot.key));
        }
        let in_it = slot.at_work.iter().map(|one| &one.run);
        for id in in_it.chain(slot.in_line.iter().map(|one| &one.run)) {
            let run = runs.get(id);
            if run.is_none_or(|run| run.state.is_terminal()) {
                let state = run.map(|run| run.state);
                broken.push(format!("I19: {id} is {state:?}, and stands in {:?}", slot.key));
            }
        }
    }
    broken
}
