//! What happens to workers, messages, leases and runs without anybody at work wanting it.

use crate::carry::give;
use crate::misdeeds::Source;
use crate::model::{Model, Move};
use crate::times::{self, NOW};
use crate::variants::Misdeed;
use crate::world::{Body, Carry, Faults, Job, Message, SWEEPER, Stage, World};
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{Command, cancel, sweep};

/// All of it that may happen next.
pub(crate) fn happen(model: &Model, world: &World, moves: &mut Vec<Move>) {
    leases_end(model, world, moves);
    sweeper_looks(model, world, moves);
    if world.ledger.effects.values().any(|effect| !effect.shown) {
        let mut world = world.clone();
        world.show_effects();
        world.pass(|run| run.steps.values_mut().for_each(times::end_search_lag));
        moves.push(Move { name: "search catches up", is_fault: false, world });
    }
    spend(world, moves, "crash", |faults| &mut faults.crashes, crashes);
    spend(world, moves, "duplicate", |faults| &mut faults.duplicates, duplicates);
    spend(world, moves, "loss", |faults| &mut faults.losses, losses);
    spend(world, moves, "redrive", |faults| &mut faults.redrives, redrives);
    spend(world, moves, "cancel", |faults| &mut faults.cancels, cancels);
    spend(world, moves, "a day passes", |faults| &mut faults.days, days);
}

/// Where the budget is not used up, the states that it may be spent on.
fn spend(
    world: &World,
    moves: &mut Vec<Move>,
    name: &'static str,
    budget: fn(&mut Faults) -> &mut u8,
    kind: fn(&World) -> Vec<World>,
) {
    let mut left = world.faults;
    if *budget(&mut left) == 0 {
        return;
    }
    *budget(&mut left) -= 1;
    moves.extend(kind(world).into_iter().map(|mut world| {
        world.faults = left;
        Move { name, is_fault: true, world }
    }));
}

/// The lease of a dead worker ends by itself; that of a live one spends a budget.
fn leases_end(model: &Model, world: &World, moves: &mut Vec<Move>) {
    let Some(run) = world.run() else { return };
    if run.state.is_terminal() || model.does(Misdeed::LeasesForever) {
        return;
    }
    for (path, step) in run.steps.iter().filter(|(_, step)| times::is_leased(step)) {
        let is_alive = is_held(world, path, step.fence);
        if is_alive && world.faults.expiries == 0 {
            continue;
        }
        let mut world = world.clone();
        world.faults.expiries -= u8::from(is_alive);
        world.pass(|run| run.steps.get_mut(path).into_iter().for_each(times::end_lease));
        let name = if is_alive { "early lease end" } else { "lease ends" };
        moves.push(Move { name, is_fault: is_alive, world });
    }
}

fn is_held(world: &World, path: &StepPath, fence: u32) -> bool {
    world
        .hands
        .iter()
        .flatten()
        .any(|job| job.claim.as_ref().is_some_and(|(held, under)| held == path && *under == fence))
}

/// Its time comes by itself when all is quiet; while others are at work it spends a budget.
fn sweeper_looks(model: &Model, world: &World, moves: &mut Vec<Move>) {
    let is_due = world.run().is_some_and(|run| run.check_at.is_some());
    let is_quiet = world.is_idle();
    let may_look = is_quiet || world.faults.sweeps > 0;
    if !model.variant.sweeper || !is_due || !may_look || world.hands[SWEEPER].is_some() {
        return;
    }
    let mut world = world.clone();
    world.faults.sweeps -= u8::from(!is_quiet);
    world.pass(times::end_check);
    let commands = world.run().map_or_else(Vec::new, |run| sweep(run, NOW));
    let job = Job { message: None, claim: None, stage: Stage::Carry(Carry::default()) };
    give(model, &mut world, SWEEPER, job, Source::Sweep, commands, None);
    moves.push(Move { name: "sweep", is_fault: !is_quiet, world });
}

/// A worker or the sweeper dies between two of its steps.
fn crashes(world: &World) -> Vec<World> {
    let busy = (0..world.hands.len()).filter(|hand| world.hands[*hand].is_some());
    busy.map(|hand| {
        let mut world = world.clone();
        world.drop_job(hand);
        world
    })
    .collect()
}

/// A queue delivers a message, waiting or received, once more.
fn duplicates(world: &World) -> Vec<World> {
    let received = world.hands.iter().flatten().filter_map(|job| job.message.as_ref());
    let mut messages: Vec<Message> = world.queue.iter().chain(received).cloned().collect();
    messages.sort_unstable();
    messages.dedup();
    let copy = |message| {
        let mut world = world.clone();
        world.send(message);
        world
    };
    messages.into_iter().map(copy).collect()
}

/// A queue loses a message, waiting or received. An event is lost only once its run exists: before,
/// the rule's dead letters and the archive are the guard, and they are not in this model.
fn losses(world: &World) -> Vec<World> {
    let may_go = |message: &Message| world.run.is_some() || message.body != Body::Event;
    let mut worlds = Vec::new();
    for at in 0..world.queue.len() {
        if may_go(&world.queue[at])
            && at.checked_sub(1).map(|at| &world.queue[at]) != world.queue.get(at)
        {
            let mut world = world.clone();
            world.queue.remove(at);
            worlds.push(world);
        }
    }
    for (hand, job) in world.hands.iter().enumerate() {
        let Some(job) = job else { continue };
        if job.message.as_ref().is_some_and(may_go) {
            let mut world = world.clone();
            world.set_job(hand, Job { message: None, ..Job::clone(job) });
            worlds.push(world);
        }
    }
    worlds
}

/// A person sends a dead letter back to its queue; it stays in their list.
fn redrives(world: &World) -> Vec<World> {
    let redriven = world.ledger.letters.iter().map(|letter| {
        let mut world = world.clone();
        world.pass(|run| run.steps.values_mut().for_each(times::age));
        world.send(Message::wake(letter, false));
        world.note(|ledger| _ = ledger.redriven.insert(letter.clone()));
        world
    });
    redriven.collect()
}

/// A person stops the run.
fn cancels(world: &World) -> Vec<World> {
    let mut world = world.clone();
    let commands = world.run().and_then(|run| cancel(run, NOW).ok()).unwrap_or_default();
    let mut cancelled = Vec::new();
    for command in commands {
        if let Command::Write(write) = command
            && world.apply(&write).is_ok()
        {
            cancelled.push(world.clone());
        }
    }
    cancelled
}

/// Everybody is away until the provider has forgotten its keys.
fn days(world: &World) -> Vec<World> {
    let mut world = world.clone();
    world.pass(times::end_key_window);
    world.note(|ledger| ledger.effects.values_mut().for_each(|effect| effect.remembered = false));
    vec![world]
}
