//! Carrying out commands, one at a time or all at once.

use crate::misdeeds::{Source, misdo, under_any_fence};
use crate::model::{Model, Move};
use crate::print::Kept;
use crate::times::NOW;
use crate::variants::Misdeed;
use crate::world::{Body, Carry, Job, Message, Stage, World};
use std::rc::Rc;
use tradewind_engine::protocol::{Change, Command, Outcome, Write, on_existing, on_lost_claim};
use tradewind_engine::runs::Run;

/// The hand has these commands to carry out next.
pub(crate) fn give(
    model: &Model,
    world: &mut World,
    hand: usize,
    job: Job,
    source: Source,
    commands: Vec<Command>,
    outcome: Option<Outcome>,
) {
    let commands = Rc::new(misdo(model.variant.misdeed, source, commands));
    let before = if model.variant.faults.stops > 0 { decided_on(world, &job) } else { None };
    let stage = Stage::Carry(Carry { commands, at: 0, outcome, before, is_repeated: false });
    world.set_job(hand, Job { stage, ..job });
}

/// The run as it was when the commands of a job were decided on.
fn decided_on(world: &World, job: &Job) -> Option<Kept<Run>> {
    match &job.stage {
        Stage::Call(run) | Stage::Ask(run) => Some(run.clone()),
        _ => world.run.clone(),
    }
}

/// The journal stops in the hand's list, before or after its next command; the rest is repeated. Where
/// lists are carried out at once, all of it is.
pub(crate) fn stop(
    model: &Model,
    world: &World,
    hand: usize,
    job: &Job,
    carry: &Carry,
) -> impl Iterator<Item = Move> {
    let repeat = |mut world: World, at: usize| {
        world.faults.stops -= 1;
        let at = if model.does(Misdeed::RepeatsAll) { 0 } else { at };
        let stage = Stage::Carry(Carry { at, is_repeated: true, ..carry.clone() });
        world.set_job(hand, Job { stage, ..job.clone() });
        Move { name: "journal stops", is_fault: true, world }
    };
    let not_done = repeat(world.clone(), carry.at);
    // A message that is acknowledged or held twice is so once.
    let is_of_message =
        matches!(carry.commands.get(carry.at), Some(Command::Ack | Command::ShowAgain(_)));
    let done = (!is_of_message || model.variant.at_once).then(|| {
        let world = self::carry(model, world, hand, job, carry).world;
        repeat(world, carry.at)
    });
    std::iter::once(not_done).chain(done)
}

/// The hand carries out its next command; where lists are carried out at once, all of them.
pub(crate) fn carry(model: &Model, before: &World, hand: usize, given: &Job, left: &Carry) -> Move {
    let mut world = before.clone();
    let (mut job, mut carry) = (given.clone(), left.clone());
    let mut name = "stop";
    while let Some(command) = left.commands.get(carry.at) {
        match obey(model, &mut world, &mut job, &mut carry, command) {
            Some(done) if name == "stop" => name = done,
            Some(_) => {}
            None if is_own(model, &world, &job, &carry, command) => {
                (carry.outcome, job.claim) = (None, None);
                name = "made already";
            }
            None => {
                // Of what stood before a refused write, all or nothing is done.
                let mut world = if model.variant.at_once { before.clone() } else { world };
                refused(model, &mut world, hand, given.clone(), left.outcome.clone());
                return Move { name: "refused", is_fault: false, world };
            }
        }
        carry.at += 1;
        if !model.variant.at_once {
            break;
        }
    }
    let is_done = carry.at >= carry.commands.len();
    world.set_job(hand, Job { stage: Stage::Carry(carry), ..job });
    if is_done {
        world.drop_job(hand);
    }
    Move { name, is_fault: false, world }
}

/// Whether a write was refused because it was made already, before the journal stopped. The engine also
/// compares its times, which here have grown older.
fn is_own(model: &Model, world: &World, job: &Job, carry: &Carry, command: &Command) -> bool {
    let knows = carry.is_repeated && !model.does(Misdeed::RepeatsAll);
    let (Command::Write(write), Some((path, _)), true) = (command, &job.claim, knows) else {
        return false;
    };
    let made = write.apply(carry.before.as_deref());
    let seen = |run: &Run| {
        run.steps.get(path).map(|step| (step.state, step.fence, step.attempts, step.output.clone()))
    };
    made.is_ok_and(|made| world.run().map(seen) == Some(seen(&made)))
}

/// `None`: the write was refused.
fn obey(
    model: &Model,
    world: &mut World,
    job: &mut Job,
    carry: &mut Carry,
    command: &Command,
) -> Option<&'static str> {
    match command {
        Command::Write(write) => {
            let any =
                model.does(Misdeed::TakesAnyFence).then(|| under_any_fence(write, world.run()));
            let write = any.as_ref().unwrap_or(write);
            world.apply(write).ok()?;
            if let Change::Complete { fence, .. } = write.change {
                world.overwritten |= job.claim.as_ref().is_none_or(|(_, mine)| *mine != fence);
            }
            if !matches!(write.change, Change::Claim { .. }) {
                (carry.outcome, job.claim) = (None, None);
            }
            Some(named(write))
        }
        Command::Send { wake, not_before, .. } => {
            world.send(Message::wake(wake, not_before.is_some_and(|at| at > NOW)));
            Some("send")
        }
        Command::DeadLetter { wake, .. } => {
            world.note(|ledger| _ = ledger.letters.insert(wake.clone()));
            Some("dead-letter")
        }
        Command::Publish(event) => {
            world.note(|ledger| _ = ledger.announced.insert(event.id.to_string()));
            Some("announce")
        }
        Command::Record(_) => Some("record event"),
        Command::Mark(_) => Some("mark"),
        Command::Unmark(_) => Some("unmark"),
        Command::Ack => {
            job.message = None;
            Some("ack")
        }
        Command::ShowAgain(_) => {
            if let Some(mut message) = job.message.take() {
                message.delayed = is_waited_for(world, &message);
                world.send(message);
            }
            Some("show again")
        }
    }
}

/// A message that is held for what its step waits for shows again when that is due.
fn is_waited_for(world: &World, message: &Message) -> bool {
    let Body::Wake(wake) = &message.body else { return false };
    let step = world.run().and_then(|run| run.steps.get(&wake.path));
    step.and_then(|step| step.next_at).is_some_and(|at| at > NOW)
}

fn refused(model: &Model, world: &mut World, hand: usize, job: Job, outcome: Option<Outcome>) {
    let is_event = job.message.as_ref().is_some_and(|message| message.body == Body::Event);
    let (source, commands) = match (&job.claim, outcome, world.run()) {
        (Some((path, fence)), Some(outcome), current) => {
            (Source::Outcome, on_lost_claim(current, path, *fence, &outcome, NOW))
        }
        (None, _, Some(run)) if is_event => {
            let mut commands = on_existing(run);
            commands.push(Command::Ack);
            (Source::Existing, commands)
        }
        _ => {
            world.set_job(hand, job);
            return world.drop_job(hand);
        }
    };
    give(model, world, hand, Job { claim: None, ..job }, source, commands, None);
}

/// What a write is called in a trace.
pub(crate) fn named(write: &Write) -> &'static str {
    match write.change {
        Change::Start(_) => "put",
        Change::Claim { .. } => "claim",
        Change::ClaimQuestion { .. } => "claim question",
        Change::Complete { .. } => "complete",
        Change::RecordOnly { .. } => "record only",
        Change::Retry { .. } => "retry",
        Change::Postpone { .. } => "postpone",
        Change::Wait { .. } => "wait",
        Change::Ask { .. } => "ask people",
        Change::Hear { .. } => "hear",
        Change::TakeTurn { .. } => "take turn",
        Change::AwaitTurn { .. } => "await turn",
        Change::LetIn { .. } => "let in",
        Change::LeaveSlot { .. } => "leave slot",
        Change::Decide { .. } => "decide",
        Change::Loop { .. } => "loop",
        Change::RecordBranch { .. } => "record branch",
        Change::Reported { .. } => "note report",
        Change::Reassign { .. } => "reassign",
        Change::Doubt { .. } => "doubt",
        Change::Fail { .. } => "fail",
        Change::Park { .. } => "park",
        Change::DeadLettered { .. } => "note letter",
        Change::Replay { .. } => "replay",
        Change::Resolve { .. } => "resolve",
        Change::Cancel { .. } => "cancel",
        Change::CancelBy { .. } => "cancel by event",
        Change::CheckLater { .. } => "check later",
        Change::Redact { .. } => "redact",
    }
}
