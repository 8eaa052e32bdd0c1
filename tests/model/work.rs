//! What workers do: take a message, claim, call or ask, and carry out what follows.

use crate::calls;
use crate::carry::{carry, give};
use crate::misdeeds::{Source, as_new_letter, misdo};
use crate::model::{Model, Move};
use crate::print::Kept;
use crate::times::{self, KEY_WINDOW, NOW};
use crate::variants::Misdeed;
use crate::world::{Body, Carry, Job, Message, SWEEPER, Stage, World};
use std::rc::Rc;
use std::time::Duration;
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{
    Arrival, Command, Flow, WakeUp, Work, Write, begin, claim, on_refused, start,
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
                moves.push(receive(model, world, hand, message));
            }
        }
    }
    for (hand, job) in world.hands.iter().enumerate() {
        let Some(job) = job else { continue };
        match &job.stage {
            Stage::Call(run) => calls::call(model, world, hand, job, run, moves),
            Stage::Question(path, write) => {
                moves.push(claim_question(world, hand, job, path, write));
            }
            Stage::Ask(run) => calls::ask(model, world, hand, job, run, moves),
            Stage::Carry(commands) => moves.push(carry(model, world, hand, job, commands)),
        }
    }
}

/// A message is received. What it leads to in the record follows at once: until then nothing is
/// shared, so that nothing could come between.
fn receive(model: &Model, mut world: World, hand: usize, message: Message) -> Move {
    match message.body.clone() {
        Body::Event => {
            let mut commands = start(model.run.clone());
            commands.push(Command::Ack);
            let job = Job::new(message);
            let commands = Rc::new(misdo(model.variant.misdeed, Source::Start, commands));
            let carrying = Carry { commands, at: 0, outcome: None };
            carry(model, &world, hand, &job, &carrying)
        }
        Body::Wake(wake) => {
            end_delay(&mut world, &message, &wake);
            let job = Job::new(Message { delayed: false, ..message });
            take(model, world, hand, job, &wake)
        }
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

/// The wake-up is answered with a claim.
fn take(model: &Model, mut world: World, hand: usize, job: Job, wake: &WakeUp) -> Move {
    let write = claim(wake, NOW, model.times);
    let claimed = if model.does(Misdeed::SkipsTheClaim) {
        write.apply(world.run()).ok().map(|run| Kept::new(times::canonical(run)))
    } else {
        world.apply(&write).ok().and(world.run.clone())
    };
    let Some(run) = claimed else {
        let name = found(world.run(), &wake.path);
        refused(model, &mut world, hand, job, wake);
        return Move { name, is_fault: false, world };
    };
    begin_work(model, &mut world, hand, job, &wake.path, run);
    Move { name: "claim", is_fault: false, world }
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
    match begin(&run, step, tries, Some(key_window), NOW) {
        Work::Perform => world.set_job(hand, Job { stage: Stage::Call(run), ..job }),
        Work::Conclude(outcome) => {
            let commands = model.conclude(&run, path, outcome.clone());
            give(model, world, hand, job, Source::Outcome, commands, Some(outcome));
        }
    }
}

fn claim_question(world: &World, hand: usize, job: &Job, path: &StepPath, write: &Write) -> Move {
    let (mut world, job) = (world.clone(), job.clone());
    if world.apply(write).is_ok()
        && let Some(run) = world.run.clone()
    {
        let claim = Some((path.clone(), run.steps[path].fence));
        world.set_job(hand, Job { claim, stage: Stage::Ask(run), ..job });
        return Move { name: "claim question", is_fault: false, world };
    }
    world.drop_job(hand);
    Move { name: "refused", is_fault: false, world }
}

fn refused(model: &Model, world: &mut World, hand: usize, job: Job, wake: &WakeUp) {
    let new = model.does(Misdeed::TakesAnyLetter).then(|| as_new_letter(wake, world.run()));
    match on_refused(world.run(), new.as_ref().unwrap_or(wake), NOW, model.times, 0.5) {
        Arrival::Question(write) => {
            world.set_job(hand, Job { stage: Stage::Question(wake.path.clone(), write), ..job });
        }
        Arrival::Do(commands) => give(model, world, hand, job, Source::Arrival, commands, None),
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
        StepState::Ready | StepState::Retry | StepState::Waiting => "early",
    }
}
