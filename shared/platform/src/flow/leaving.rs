//! A run that has ended or stopped leaves its slot, and those behind it are let in.
//!
//! In this order, each of it safe to do again: the run is taken out of the slot, and with the same write those
//! whose turn it is are at work there; they are told, and woken; the run notes that they were. Until then its
//! message is sent again by the sweeper.

use super::Flowing;
use super::slot::slot_key;
use crate::Handled;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::protocol::{Command, Committed, leave_slot, let_in_write, on_let_in};
use tradewind_engine::runs::Run;
use tradewind_engine::slots::{Slot, SlotKey};
use tradewind_engine::time::until;

/// So often somebody else may write a slot first before the message is left for later.
const TRIES_MAX: usize = 30;
/// How many runs are read at the same time.
const AT_ONCE: usize = 8;

/// Handles the message of a run that has ended or stopped.
pub(super) async fn leave(
    flowing: &Flowing,
    receipt: &Receipt,
    run: &Run,
) -> Result<Handled, Unavailable> {
    let now = flowing.claiming.clock.now();
    if let Some(end) = run.works_until(now) {
        // One that was cancelled may still be making its last call.
        return settle(flowing, receipt, Command::ShowAgain(until(now, end))).await;
    }
    if run.has_open_branches() {
        // Whoever hears of the last of them sends the message again.
        return settle(flowing, receipt, Command::Ack).await;
    }
    let key = key_of(flowing, run).await?;
    if let Some(key) = &key {
        take_out(flowing, key, vec![run.id.clone()], &run.id).await?;
    }
    // Refused where it was taken up again meanwhile, or noted that before.
    commit(flowing, &leave_slot(run, &key.unwrap_or_else(SlotKey::nowhere))).await?;
    settle(flowing, receipt, Command::Ack).await
}

/// Takes runs out of a slot, and lets in those whose turn it is then. `by`: whose message or look leads to that;
/// who was let in by it before is told again.
pub(super) async fn take_out(
    flowing: &Flowing,
    key: &SlotKey,
    mut gone: Vec<RunId>,
    by: &RunId,
) -> Result<(), Unavailable> {
    for _ in 0..TRIES_MAX {
        let Some(read) = flowing.slots.slot(key).await? else { return Ok(()) };
        let left = gone.iter().fold(None, |left: Option<Slot>, one| {
            left.as_ref().unwrap_or(&read).without(one, by).or(left)
        });
        let slot = match left {
            None => read,
            Some(left) if left.is_empty() => match flowing.slots.remove_slot(&read).await? {
                true => return Ok(()),
                false => continue,
            },
            Some(left) => match flowing.slots.save_slot(&left, Some(&read)).await? {
                true => left,
                false => continue,
            },
        };
        gone = Vec::new();
        for run in slot.let_in_by(by) {
            if !is_told(flowing, key, &run).await? {
                gone.push(run);
            }
        }
        if gone.is_empty() {
            return Ok(());
        }
    }
    Err(Unavailable::new("store", "too many leave one slot at the same moment"))
}

/// Those before the run in its slot, at work or in line, that have ended or stopped, or are not there any more.
pub(super) async fn gone_of(
    flowing: &Flowing,
    slot: &Slot,
    run: &RunId,
) -> Result<Vec<RunId>, Unavailable> {
    let now = flowing.claiming.clock.now();
    let at_work = slot.at_work.iter().map(|one| &one.run);
    let in_line = slot.in_line.iter().map(|one| &one.run).take_while(|one| *one != run);
    let looks = at_work.chain(in_line).cloned().map(|id| async move {
        let run = flowing.runs.read(&id).await?;
        Ok::<_, Unavailable>(run.is_none_or(|run| run.is_at_rest(now)).then_some(id))
    });
    // A list of its own, so that nothing is borrowed while they are read.
    let looks: Vec<_> = looks.collect();
    let gone = stream::iter(looks).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?;
    Ok(gone.into_iter().flatten().collect())
}

/// Tells a run that it was let in, and wakes it. False where it has ended or stopped, or is not there.
async fn is_told(flowing: &Flowing, key: &SlotKey, run: &RunId) -> Result<bool, Unavailable> {
    let now = flowing.claiming.clock.now();
    let told = [Command::Write(let_in_write(run, key, now))];
    let (Committed::Applied(stands) | Committed::Refused { current: stands }) =
        commit(flowing, &told).await?;
    let Some(stands) = stands else { return Ok(false) };
    commit(flowing, &on_let_in(&stands)).await?;
    Ok(!stands.is_at_rest(now))
}

/// The slot of the run, where it may stand in one.
async fn key_of(flowing: &Flowing, run: &Run) -> Result<Option<SlotKey>, Unavailable> {
    if let Some(turn) = run.turn() {
        return Ok(Some(turn.slot.clone()));
    }
    // It ended or stopped before its record said so.
    let compiled = flowing.claiming.deployed.version(&run.workflow, run.version).await?;
    Ok(compiled.and_then(|compiled| slot_key(&compiled, run).ok()))
}

async fn settle(
    flowing: &Flowing,
    receipt: &Receipt,
    last: Command,
) -> Result<Handled, Unavailable> {
    let claiming = &flowing.claiming;
    claiming.commit(Some(receipt), claiming.clock.now(), &[last], None).await?;
    Ok(Handled::Settled)
}

async fn commit(flowing: &Flowing, commands: &[Command]) -> Result<Committed, Unavailable> {
    let claiming = &flowing.claiming;
    claiming.commit(None, claiming.clock.now(), commands, None).await
}
