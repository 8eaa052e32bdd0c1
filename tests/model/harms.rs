//! What must never be, and where a run may rest.

use crate::line::Line;
use crate::model::Model;
use crate::world::World;
use tradewind_engine::protocol::{Doers, Resolution, end_event, replay, resolve};
use tradewind_engine::runs::{FailureKind, Run, RunState, idempotency_key};

use crate::times::{KEY_WINDOW, NOW};

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Harm {
    /// An effect happened twice.
    Doubled,
    /// An effect happened more often than the step was claimed.
    BeyondTries,
    /// An outcome was recorded by somebody who did not hold the step.
    Overwritten,
    /// One dead letter, sent back twice, was replayed twice.
    ReplayedTwice,
    /// The run waits for a person to say what happened, and nobody was called.
    ParkedUncalled,
    /// No good end can be reached any more without another fault.
    Stuck,
}

/// The harms that a state shows by itself.
pub(crate) fn harms(model: &Model, world: &World) -> impl Iterator<Item = Harm> {
    let effects = world.ledger.effects.values();
    let doubled = effects.clone().any(|effect| effect.count > 1);
    let beyond = effects.clone().any(|effect| effect.count > effect.tries);
    let replays = world.run().map_or(0, |run| run.resumed as usize);
    let twice = replays > world.ledger.redriven.len();
    [
        (doubled, Harm::Doubled),
        (beyond, Harm::BeyondTries),
        (world.overwritten, Harm::Overwritten),
        (twice, Harm::ReplayedTwice),
        (is_parked_uncalled(model, world), Harm::ParkedUncalled),
    ]
    .into_iter()
    .filter_map(|(shown, harm)| shown.then_some(harm))
}

/// Where workers die or leases end early, nobody can know whether a call was made, and calls that do not
/// arrive are not in the ledger.
fn is_parked_uncalled(model: &Model, world: &World) -> bool {
    let faults = &model.variant.faults;
    let can_be_known = faults.crashes == 0 && faults.expiries == 0 && faults.lost_answers == 0;
    let Some(run) = world.run().filter(|run| can_be_known && run.state == RunState::Parked) else {
        return false;
    };
    run.failure.as_ref().is_some_and(|failure| {
        let key = idempotency_key(&run.id, &failure.step, run.resumed);
        failure.kind == FailureKind::UnknownOutcome && !world.ledger.effects.contains_key(&key)
    })
}

/// Whether all is at rest and as it should be: nobody works, no message is left, the end was told,
/// and where a person is needed, the letter is there and the run can be taken up again.
pub(crate) fn is_good_end(model: &Model, world: &World) -> bool {
    let Some(run) = world.run().filter(|_| world.is_idle()) else { return false };
    let is_told = || {
        // The last message of a run that has ended may be lost before the end is told.
        let may_be_lost = model.variant.faults.losses > 0 && run.state == RunState::Succeeded;
        let told = &world.ledger.announced;
        may_be_lost || end_event(run).is_none_or(|event| told.contains(event.id.as_str()))
    };
    match run.state {
        RunState::Active | RunState::Failing => false,
        RunState::Succeeded | RunState::Cancelled => is_told(),
        RunState::Failed | RunState::Parked => {
            is_told()
                && run.dead_lettered
                && has_letter(world, run)
                && can_be_taken_up(&model.line, run)
        }
    }
}

fn has_letter(world: &World, run: &Run) -> bool {
    let Some(failure) = &run.failure else { return false };
    let fence = run.steps.get(&failure.step).map(|step| step.fence);
    world.ledger.letters.iter().any(|letter| letter.path == failure.step && letter.fence == fence)
}

/// Every step is done by the provider that its connection is at.
pub(crate) fn doers() -> Doers {
    Doers { key_window: Some(KEY_WINDOW), has_moved: false, can_be_asked: true }
}

/// A person can replay the run, or say what became of the step.
fn can_be_taken_up(line: &Line, run: &Run) -> bool {
    let Some(failure) = &run.failure else { return false };
    let commands = replay(run, doers(), false, NOW)
        .or_else(|_| resolve(run, doers(), &failure.step, Resolution::Skip, line, NOW));
    commands.is_ok_and(|commands| !commands.is_empty())
}
