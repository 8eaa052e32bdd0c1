//! What somebody finds out who looks at the other side.

use super::world::World;
use tradewind_engine::effects::EffectClass;
use tradewind_engine::ids::StepPath;
use tradewind_engine::runs::{Failure, FailureKind, Run, RunState, idempotency_key};

/// What a step says that a person passed over.
const SKIPPED: &str = "skipped by a person";

/// How the reason begins where an order is no longer as it should be, and an earlier try may have arrived.
const NO_LONGER_TRUE: &str = "no_longer_true";

/// Whether the effect of a step happened.
pub(crate) fn happened(world: &World, run: &Run, path: &StepPath) -> bool {
    effect(world, run, path).is_some()
}

/// The effect of a step.
pub(crate) fn effect(world: &World, run: &Run, path: &StepPath) -> Option<u64> {
    let key = idempotency_key(run.root(), path, run.resumed);
    world.ledger.effects_of(&key).first().map(|effect| effect.number)
}

/// Whether people have a way to bring a run that stopped to its end. There is none once its data is
/// removed, none that is safe where a step failed although its effect happened and the provider has
/// forgotten it, and none where somebody skipped a step whose outputs are needed.
pub(crate) fn can_be_taken_up(world: &World, run: &Run) -> bool {
    let Some(failure) = &run.failure else { return true };
    let keyed =
        run.steps.get(&failure.step).is_some_and(|step| step.work.class() == EffectClass::Keyed);
    let forgotten = run.state == RunState::Failed && keyed && happened(world, run, &failure.step);
    let has_a_way = !forgotten && !has_skipped(run) && !was_declined(run);
    run.redacted_at.is_none() && has_a_way && !failure.reason.starts_with(NO_LONGER_TRUE)
}

/// Whether a person is to say what happened, however often it is taken up: the order is no longer as it should be, or
/// nobody was called, because an earlier key is forgotten and its provider cannot be asked.
pub(crate) fn is_in_doubt(failure: &Failure) -> bool {
    let is_unknown = failure.kind == FailureKind::UnknownOutcome;
    is_unknown && (failure.attempts == 0 || failure.reason.starts_with(NO_LONGER_TRUE))
}

/// Whether an approval stopped it: nobody has to say yes the next time.
pub(crate) fn was_declined(run: &Run) -> bool {
    let stopped_at = run.failure.as_ref().and_then(|failure| run.steps.get(&failure.step));
    stopped_at.is_some_and(|step| step.work.question().is_some())
}

/// Whether somebody passed over a step of the run.
pub(crate) fn has_skipped(run: &Run) -> bool {
    run.steps.values().any(|step| step.reason.as_deref() == Some(SKIPPED))
}
