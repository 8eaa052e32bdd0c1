//! The other side: what a call does there, and what it answers.

use crate::carry::give;
use crate::misdeeds::Source;
use crate::model::{Model, Move};
use crate::times::{self, NOW};
use crate::variants::{Misdeed, OtherSide};
use crate::world::{Job, Ledger, World};
use serde_json::Value;
use std::time::Duration;
use tradewind_engine::effects::ActionError;
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{Command, Outcome, WakeUp, claim};
use tradewind_engine::runs::{Run, idempotency_key};

/// What a move takes out of the budgets of faults.
type Spend = fn(&mut World);

/// The call that was claimed is made, or not.
pub(crate) fn call(
    model: &Model,
    world: &World,
    hand: usize,
    job: &Job,
    run: &Run,
    moves: &mut Vec<Move>,
) {
    let Some((path, fence)) = &job.claim else { return };
    if !model.does(Misdeed::SkipsTheClaim) && !holds(world.run(), path, *fence) {
        let mut stopped = world.clone();
        stopped.drop_job(hand);
        moves.push(Move { name: "too late", is_fault: false, world: stopped });
        if !model.does(Misdeed::SendsLate) {
            return;
        }
    }
    let key = idempotency_key(&run.id, path, run.resumed);
    let mut end = |name, happens: bool, is_fault, outcome: Outcome, is_down, spend: Spend| {
        let mut world = world.clone();
        spend(&mut world);
        if happens {
            world.note(|ledger| happen(model, ledger, &key, *fence));
        }
        let commands = concluded(model, run, path, &outcome, is_down);
        give(model, &mut world, hand, job.clone(), Source::Outcome, commands, Some(outcome));
        moves.push(Move { name, is_fault, world });
    };
    let mut answer = |name, happens, is_fault, outcome, spend: Spend| {
        end(name, happens, is_fault, outcome, false, spend);
    };
    let done = Outcome::Done(Value::Bool(true));
    if run.steps.get(path).is_some_and(|step| step.work.action().is_none()) {
        return answer("time is up", false, false, done, |_| {});
    }
    answer("effect", true, false, done, |_| {});
    if world.faults.lost_answers > 0 {
        let lost = || Outcome::Error(ActionError::unknown("no answer"));
        let spend: fn(&mut World) = |world| world.faults.lost_answers -= 1;
        answer("effect, answer lost", true, true, lost(), spend);
        answer("call lost", false, true, lost(), spend);
    }
    if world.faults.refusals > 0 {
        let refused = Outcome::Error(ActionError::refused("no"));
        answer("refusal", false, true, refused, |world| world.faults.refusals -= 1);
    }
    if world.faults.postponements > 0 {
        let spend: fn(&mut World) = |world| world.faults.postponements -= 1;
        for (name, wait) in [("later", None), ("much later", Some(Duration::from_secs(600)))] {
            let later = Outcome::Error(ActionError::not_now("later", wait));
            answer(name, false, true, later, spend);
        }
        // The connection answers nobody: a second try that comes before its time does not count.
        let later = Outcome::Error(ActionError::not_now("later", None));
        end("later, it is down", false, true, later, true, spend);
    }
}

/// The provider is asked whether it happened.
pub(crate) fn ask(
    model: &Model,
    world: &World,
    hand: usize,
    job: &Job,
    run: &Run,
    moves: &mut Vec<Move>,
) {
    let Some((path, _)) = &job.claim else { return };
    let key = idempotency_key(&run.id, path, run.resumed);
    let effect = world.ledger.effects.get(&key);
    let happened = effect.is_some_and(|effect| effect.count > 0 && effect.shown);
    let mut answer = |name, is_fault, outcome: Outcome, spend: fn(&mut World)| {
        let mut world = world.clone();
        spend(&mut world);
        let commands = model.conclude(run, path, outcome.clone());
        give(model, &mut world, hand, job.clone(), Source::Outcome, commands, Some(outcome));
        moves.push(Move { name, is_fault, world });
    };
    if !model.can_be_asked() {
        let cannot_tell = Outcome::CannotTell("nobody can be asked".to_owned());
        return answer("cannot tell", false, cannot_tell, |_| {});
    }
    if happened {
        answer("happened", false, Outcome::Done(Value::Bool(true)), |_| {});
    } else {
        answer("did not", false, Outcome::DidNot, |_| {});
    }
    if world.faults.lost_answers > 0 {
        let cannot_tell = Outcome::CannotTell("no answer".to_owned());
        answer("cannot tell", true, cannot_tell, |world| world.faults.lost_answers -= 1);
    }
}

/// Whether the claim under this fence still holds, by the holder's own clock.
pub(crate) fn holds(run: Option<&Run>, path: &StepPath, fence: u32) -> bool {
    let step = run.and_then(|run| run.steps.get(path));
    step.is_some_and(|step| step.fence == fence && times::is_leased(step))
}

fn happen(model: &Model, ledger: &mut Ledger, key: &str, fence: u32) {
    let knows_keys = model.variant.other_side == OtherSide::KnowsKeys;
    let effect = ledger.effects.entry(key.to_owned()).or_default();
    if !(knows_keys && effect.remembered) {
        effect.count += 1;
        effect.shown = model.search_lag().is_zero();
        effect.remembered = true;
    }
    effect.tries = effect.tries.max(fence);
}

/// What the worker does after the call; one that called without a claim claims only now.
fn concluded(
    model: &Model,
    run: &Run,
    path: &StepPath,
    outcome: &Outcome,
    is_down: bool,
) -> Vec<Command> {
    let commands = model.conclude_where(run, path, outcome.clone(), is_down);
    if !model.does(Misdeed::SkipsTheClaim) {
        return commands;
    }
    let claim = claim(&WakeUp::new(&run.id, path), &"after".into(), NOW, model.times);
    std::iter::once(Command::Write(claim)).chain(commands).collect()
}
