//! A run asks for its turn among those of its key, before its first step (`concurrency`).
//!
//! It stands in the slot before its record says so. Where it waits, whoever leaves lets it in (`leaving.rs`), and
//! nobody asks for it meanwhile: seldom it looks by itself whether those before it still work.

use super::Flowing;
use super::event_wait::is_held;
use super::leaving::{gone_of, leave, take_out};
use crate::Handled;
use crate::claiming::{Circumstances, Claimed, Recorded};
use crate::deployed::Compiled;
use serde_json::Value;
use std::time::Duration;
use tradewind_engine::effects::ActionError;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::protocol::{Flow as _, Outcome, Work, decide_call};
use tradewind_engine::runs::{Run, Stands};
use tradewind_engine::slots::{Asked, Asking, LineRoom, Slot, SlotKey};
use tradewind_engine::time::{Timestamp, after, until};

/// So often somebody else may write a slot first before the step is left for later.
const TRIES_MAX: usize = 8;
/// It is left for so long then, up to twice that.
const CROWDED_FOR: Duration = Duration::from_secs(1);
/// The first in line looks whether those at work still are, and the one behind it whether it still waits.
const LOOKING: usize = 2;
/// They look when they have waited about twice as long as at the last look, within these. Who comes to the front
/// meanwhile keeps the time that it had, which is at most a day and a half away.
const LOOK_AFTER_MIN: Duration = Duration::from_secs(15 * 60);
const LOOK_AFTER_MAX: Duration = Duration::from_secs(24 * 3_600);
/// Who does not fit into the line asks again before it has waited half as long again, within these.
const FULL_FOR_MIN: Duration = Duration::from_secs(5 * 60);
const FULL_FOR_MAX: Duration = Duration::from_secs(6 * 3_600);

/// Works on the step by which a run asks for its turn.
pub(super) async fn take_turn(
    flowing: &Flowing,
    mut claimed: Claimed<'_>,
    compiled: &Compiled,
) -> Result<Handled, Unavailable> {
    let outcome = match asked(flowing, &claimed, compiled).await {
        Ok(outcome) => outcome,
        Err(unavailable) => return claimed.give_back(&unavailable).await,
    };
    let nothing = Circumstances::default();
    match claimed.try_record(compiled, outcome.clone(), nothing).await {
        Recorded::Handled(handled) => Ok(handled),
        Recorded::Lost(Some(run)) if is_held(&claimed, &run) => {
            claimed.run = run;
            match slot_at_work(&claimed) {
                // It was let in at this moment.
                Some(slot) => Ok(claimed.record(compiled, Outcome::TakesTurn(slot), nothing).await),
                None => Ok(claimed.record_late(Some(&claimed.run), &outcome).await),
            }
        }
        // It was cancelled meanwhile, and does not know that it stands in the slot.
        Recorded::Lost(Some(run)) if run.state.is_terminal() => {
            leave(flowing, claimed.receipt, &run).await
        }
        Recorded::Lost(run) => Ok(claimed.record_late(run.as_deref(), &outcome).await),
    }
}

/// Where the run stands that asks, or why it does not.
pub(super) fn slot_key(compiled: &Compiled, run: &Run) -> Result<SlotKey, String> {
    let workflow = &compiled.workflow;
    let Some(key) = workflow.slot_key() else { return Ok(SlotKey::of(&workflow.id, None)) };
    match key.evaluate(&compiled.scope(run)) {
        Ok(Value::String(text)) if !text.is_empty() => Ok(SlotKey::of(&workflow.id, Some(&text))),
        Ok(Value::Number(number)) => Ok(SlotKey::of(&workflow.id, Some(&number.to_string()))),
        Ok(_) => Err("concurrency.key: gives neither a text nor a number".to_owned()),
        Err(error) => Err(format!("concurrency.key: {error}")),
    }
}

fn slot_at_work(claimed: &Claimed<'_>) -> Option<SlotKey> {
    let turn = claimed.run.turn().filter(|turn| turn.stands == Stands::AtWork);
    turn.map(|turn| turn.slot.clone())
}

async fn asked(
    flowing: &Flowing,
    claimed: &Claimed<'_>,
    compiled: &Compiled,
) -> Result<Outcome, Unavailable> {
    let (run, now) = (&claimed.run, claimed.ports.clock.now());
    let refused = |reason: String| Outcome::Error(ActionError::refused(reason));
    let Some(step) = claimed.step() else {
        return Ok(refused("the step has no record".to_owned()));
    };
    let tries = compiled.retry_curve(&claimed.path).attempts();
    if let Work::Conclude(outcome) = decide_call(run, step, tries, None, now) {
        return Ok(outcome);
    }
    if let Some(slot) = slot_at_work(claimed) {
        return Ok(Outcome::TakesTurn(slot));
    }
    let key = match slot_key(compiled, run) {
        Ok(key) => key,
        Err(reason) => return Ok(refused(reason)),
    };
    // It came to wait at an earlier look.
    let mut looks_after = step.work.turn().is_some_and(|turn| turn.stands == Stands::InLine);
    for _ in 0..TRIES_MAX {
        let Some(slot) = entered(flowing, claimed, compiled, &key, now).await? else { continue };
        // Whoever wrote it may have stopped before it told anybody.
        if !slot.let_in_by(&run.id).is_empty() {
            take_out(flowing, &key, Vec::new(), &run.id).await?;
        }
        if slot.has_at_work(&run.id) {
            return Ok(Outcome::TakesTurn(key));
        }
        let Some(before) = slot.before(&run.id) else {
            return Ok(full(claimed, flowing.room, now));
        };
        if looks_after && before < LOOKING {
            looks_after = false;
            let gone = gone_of(flowing, &slot, &run.id).await?;
            if !gone.is_empty() {
                take_out(flowing, &key, gone, &run.id).await?;
                continue;
            }
        }
        return Ok(Outcome::AwaitsTurn(key, look_at(claimed, before, now)));
    }
    let pause = CROWDED_FOR.mul_f64(1.0 + claimed.ports.ids.random_unit());
    let reason = "many runs ask for their turn at the same moment";
    Ok(Outcome::HeldBack(after(now, pause), reason.to_owned()))
}

/// The slot once the run has asked for its turn: where it stands nowhere in it, the line is full. Nothing where
/// somebody else wrote it at the same moment.
async fn entered(
    flowing: &Flowing,
    claimed: &Claimed<'_>,
    compiled: &Compiled,
    key: &SlotKey,
    now: Timestamp,
) -> Result<Option<Slot>, Unavailable> {
    let run = &claimed.run;
    let asking = Asking {
        run: &run.id,
        started_at: run.created_at,
        workflow: &run.workflow,
        version: run.version,
        max: compiled.workflow.concurrency.as_ref().map_or(1, |one| one.max),
    };
    let read = flowing.slots.slot(key).await?;
    Ok(match Slot::ask(read.as_ref(), key, &asking, flowing.room, now) {
        // By whoever has claimed it since, the run may have come and left: it would stand there for nobody, until
        // those behind it look.
        Asked::Changes(_) if claimed.has_ended(claimed.ports.clock.now()) => {
            return Err(Unavailable::new("store", "the slot came later than the claim ended"));
        }
        Asked::Changes(slot) => {
            flowing.slots.save_slot(&slot, read.as_ref()).await?.then_some(slot)
        }
        Asked::Works | Asked::Waits | Asked::Full => read,
    })
}

/// When a run that waits looks by itself. Those far behind are let in, or come to the front, before they have to.
fn look_at(claimed: &Claimed<'_>, before: usize, now: Timestamp) -> Timestamp {
    let waited = if before < LOOKING { until(claimed.run.created_at, now) } else { LOOK_AFTER_MAX };
    let pause = waited.clamp(LOOK_AFTER_MIN, LOOK_AFTER_MAX);
    // Those that came at the same moment are not to look at one.
    after(now, pause.mul_f64(1.0 + claimed.ports.ids.random_unit() / 2.0))
}

/// It asks again at any time until it has waited half as long again: those that came at the same moment do not
/// come back at one, and a place stays free for no longer than it takes until the next of them asks.
fn full(claimed: &Claimed<'_>, room: LineRoom, now: Timestamp) -> Outcome {
    let longest = (until(claimed.run.created_at, now) / 2).clamp(FULL_FOR_MIN * 2, FULL_FOR_MAX);
    let spread = (longest - FULL_FOR_MIN).mul_f64(claimed.ports.ids.random_unit());
    let reason = format!("{} runs wait for their turn already; it asks again then", room.all);
    Outcome::HeldBack(after(now, FULL_FOR_MIN + spread), reason)
}
