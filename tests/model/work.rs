//! What workers do: take a message, claim, call or ask, and carry out what follows.

use crate::calls;
use crate::carry::{carry, give, stop};
use crate::harms::doers;
use crate::misdeeds::{Source, as_new_letter, misdo};
use crate::model::{Model, Move};
use crate::print::Kept;
use crate::times::{self, KEY_WINDOW, NOW};
use crate::variants::Misdeed;
use crate::world::{Body, Carry, Job, Message, SWEEPER, Stage, World};
use std::rc::Rc;
use std::time::Duration;
use tradewind_engine::ids::{ClaimId, StepPath};
use tradewind_engine::protocol::{
    Arrival, Change, Command, Flow, WakeUp, Work, Write, claim, decide_call, on_refused, redriven,
    start,
};
use tradewind_engine::runs::{Run, StepState};

/// All that workers and the sweeper may do next of their own accord.
pub(crate) fn work(model: &Model, world: &World, moves: &mut Vec<Move>) {
    if let Some(hand) = world.hands[..SWEEPER].iter().position(Option::is_none) {
        let mut last = None;
        for (at, message) in world.queue.iter().enumerate() {
            if last.replace(message) != Some(message) {
                let mut world = world.clone();
                let message = world.queue.remove(at);
                receive(model, world, hand, message, moves);
            }
        }
    }
    for (hand, job) in world.hands.iter().enumerate() {
        let Some(job) = job else { continue };
        match &job.stage {
            Stage::Claim(wake, write) => {
                claim_step(model, world.clone(), hand, Job::clone(job), wake, write, moves);
            }
            Stage::Call(run) => calls::call(model, world, hand, job, run, moves),
            Stage::Question(path, write) => {
                claim_question(model, world, hand, job, path, write, moves);
            }
            Stage::Ask(run) => calls::ask(model, world, hand, job, run, moves),
            Stage::Carry(commands) => {
                moves.push(carry(model, world, hand, job, commands));
                if world.faults.stops > 0 {
                    moves.extend(stop(model, world, hand, job, commands));
                }
            }
        }
    }
}

/// A message is received. What it leads to in the record follows at once: until then nothing is
/// shared, so that nothing could come between.
fn receive(model: &Model, mut world: World, hand: usize, message: Message, moves: &mut Vec<Move>) {
    match message.body.clone() {
        Body::Event => {
            let mut commands = start(model.run.clone());
            commands.push(Command::Ack);
            let job = Job::new(message);
            let commands = Rc::new(misdo(model.variant.misdeed, Source::Start, commands));
            let carrying = Carry { commands, ..Carry::default() };
            moves.push(carry(model, &world, hand, &job, &carrying));
        }
        Body::Wake(wake) => {
            end_delay(&mut world, &message, &wake);
            let job = Job::new(Message { delayed: false, ..message });
            let write = claim(&wake, &fresh_id(&world, &wake.path), NOW, model.times);
            claim_step(model, world, hand, job, &wake, &write, moves);
        }
    }
}

/// An id that no claim of the step has, neither the present one nor one that is on its way.
fn fresh_id(world: &World, path: &StepPath) -> ClaimId {
    let fence = world.run().and_then(|run| run.steps.get(path)).map_or(0, |step| step.fence);
    let is_taken = |id: &ClaimId| {
        world.hands.iter().flatten().any(|job| match &job.stage {
            Stage::Claim(_, write) | Stage::Question(_, write) => id_of(write) == Some(id),
            _ => false,
        })
    };
    let mut ids = (0..).map(|number| ClaimId(format!("{}.{number}", fence + 1)));
    ids.find(|id| !is_taken(id)).expect("there are few workers")
}

fn id_of(write: &Write) -> Option<&ClaimId> {
    match &write.change {
        Change::Claim { id, .. } | Change::ClaimQuestion { id, .. } => Some(id),
        _ => None,
    }
}

/// A message that was not to be seen before what its step waits for is due shows that it is.
fn end_delay(world: &mut World, message: &Message, wake: &WakeUp) {
    if message.delayed {
        let mut is_long = false;
        world.pass(|run| is_long = run.steps.get_mut(&wake.path).is_some_and(times::end_wait));
        if is_long {
            world.show_effects();
        }
    }
}

/// The wake-up is answered with a claim, or the claim is made again.
fn claim_step(
    model: &Model,
    world: World,
    hand: usize,
    job: Job,
    wake: &Rc<WakeUp>,
    write: &Write,
    moves: &mut Vec<Move>,
) {
    let again =
        || Stage::Claim(wake.clone(), Box::new(as_claimed_again(model, &world, wake, write)));
    lose_claim(&world, hand, &job, &wake.path, write, again, moves);
    let mut world = world;
    let claimed = if model.does(Misdeed::SkipsTheClaim) {
        write.apply(world.run()).ok().map(|run| Kept::new(times::canonical(run)))
    } else {
        world.apply(write).ok().and(world.run.clone())
    };
    let Some(run) = claimed else {
        let name = found(world.run(), &wake.path);
        let id = id_of(write).cloned().unwrap_or_else(|| "none".into());
        refused(model, &mut world, hand, Job { claim: None, ..job }, wake, &id);
        return moves.push(Move { name, is_fault: false, world });
    };
    begin_work(model, &mut world, hand, job, &wake.path, run);
    moves.push(Move { name: "claim", is_fault: false, world });
}

/// No answer comes to a claim, whether it was made or not: it is made again.
fn lose_claim(
    world: &World,
    hand: usize,
    job: &Job,
    path: &StepPath,
    write: &Write,
    again: impl Fn() -> Stage,
    moves: &mut Vec<Move>,
) {
    if world.faults.lost_claims == 0 {
        return;
    }
    let mut lost = world.clone();
    lost.faults.lost_claims -= 1;
    let mut made = lost.clone();
    lost.set_job(hand, Job { stage: again(), ..job.clone() });
    moves.push(Move { name: "claim lost", is_fault: true, world: lost });
    if made.apply(write).is_ok() {
        let fence = made.run().and_then(|run| run.steps.get(path)).map_or(0, |step| step.fence);
        let claim = Some((path.clone(), fence));
        made.set_job(hand, Job { claim, stage: again(), ..job.clone() });
        moves.push(Move { name: "claim, answer lost", is_fault: true, world: made });
    }
}

fn as_claimed_again(model: &Model, world: &World, wake: &WakeUp, write: &Write) -> Write {
    if model.does(Misdeed::ClaimsAsAnother) {
        let id = format!("{}, again", fresh_id(world, &wake.path)).into();
        return claim(wake, &id, NOW, model.times);
    }
    write.clone()
}

fn begin_work(
    model: &Model,
    world: &mut World,
    hand: usize,
    job: Job,
    path: &StepPath,
    run: Kept<Run>,
) {
    let step = &run.steps[path];
    let job = Job { claim: Some((path.clone(), step.fence)), ..job };
    let trusting = model.does(Misdeed::TrustsOldKeys);
    let key_window = if trusting { Duration::MAX } else { KEY_WINDOW };
    let tries = model.line.retry_curve(path).attempts();
    match decide_call(&run, step, tries, Some(key_window), NOW) {
        Work::Perform => world.set_job(hand, Job { stage: Stage::Call(run), ..job }),
        Work::Conclude(outcome) => {
            let commands = model.conclude(&run, path, outcome.clone());
            give(model, world, hand, job, Source::Outcome, commands, Some(outcome));
        }
    }
}

fn claim_question(
    model: &Model,
    world: &World,
    hand: usize,
    job: &Job,
    path: &StepPath,
    write: &Write,
    moves: &mut Vec<Move>,
) {
    if !model.does(Misdeed::ClaimsAsAnother) {
        let again = || Stage::Question(path.clone(), Box::new(write.clone()));
        lose_claim(world, hand, job, path, write, again, moves);
    }
    let (mut world, job) = (world.clone(), job.clone());
    if world.apply(write).is_ok()
        && let Some(run) = world.run.clone()
    {
        let claim = Some((path.clone(), run.steps[path].fence));
        world.set_job(hand, Job { claim, stage: Stage::Ask(run), ..job });
        return moves.push(Move { name: "claim question", is_fault: false, world });
    }
    world.drop_job(hand);
    moves.push(Move { name: "refused", is_fault: false, world });
}

fn refused(model: &Model, world: &mut World, hand: usize, job: Job, wake: &WakeUp, id: &ClaimId) {
    let new = model.does(Misdeed::TakesAnyLetter).then(|| as_new_letter(wake, world.run()));
    let wake_up = new.as_ref().unwrap_or(wake);
    match on_refused(world.run(), wake_up, id, NOW, model.times, 0.5) {
        Arrival::Question(write) => {
            world.set_job(hand, Job { stage: Stage::Question(wake.path.clone(), write), ..job });
        }
        Arrival::Do(commands) => give(model, world, hand, job, Source::Arrival, commands, None),
        Arrival::Redriven => {
            let Some(run) = world.run() else { return };
            let commands = redriven(run, wake_up, doers(), NOW);
            give(model, world, hand, job, Source::Arrival, commands, None);
        }
        Arrival::Left => unreachable!("a run without a slot left it"),
        Arrival::Poison(reason) => unreachable!("a wake-up made no sense: {reason}"),
    }
}

/// What a refused claim found, for the trace.
fn found(run: Option<&Run>, path: &StepPath) -> &'static str {
    let Some(run) = run else { return "no run" };
    let Some(step) = run.steps.get(path) else { return "not ready" };
    match step.state {
        _ if run.state.is_terminal() => "ended",
        StepState::Running | StepState::Unknown if times::is_leased(step) => "busy",
        StepState::Running => "abandoned",
        StepState::Unknown => "unknown",
        StepState::Done | StepState::Skipped | StepState::Failed | StepState::Parked => "done",
        StepState::Ready | StepState::Retry | StepState::Waiting | StepState::Looping => "early",
    }
}
