//! Events that are held, to be one run with others (`debounce`, `batch`).
//!
//! The event's record says that it is held before it joins the hold, and is what it joins by: whatever becomes of
//! the workflow between two tries, a hold that is promised is joined. Whoever starts the hold's run reads the
//! event's data from its record.

use super::batch::bytes_of;
use super::release::release;
use super::{Dispatching, SeenEvent, commit};
use crate::deployed::Compiled;
use serde_json::Value;
use tradewind_engine::definitions::Current;
use tradewind_engine::events::{Decision, Event, Verdict};
use tradewind_engine::holds::{Arrival, HOLD_VERSION, Held, Hold, HoldKey};
use tradewind_engine::ids::{EventId, WorkflowId};
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::protocol::Command;
use tradewind_engine::queues::Queue;
use tradewind_engine::time::{Timestamp, after};
use tradewind_engine::workflows::Holding;

/// So often somebody else may write a hold first before the message is left for later.
pub(super) const TRIES_MAX: usize = 30;

/// Where a workflow holds events of a key.
pub(super) struct HoldPlace<'a> {
    pub(super) key: &'a HoldKey,
    pub(super) workflow: &'a WorkflowId,
    pub(super) holding: &'a Holding,
}

/// What the events of a hold have in common, or why that cannot be told.
pub(super) fn common_value(
    holding: &Holding,
    compiled: &Compiled,
    seen: &SeenEvent<'_>,
) -> Result<Option<String>, String> {
    let Some(key) = &holding.key else { return Ok(None) };
    match key.evaluate(seen.scope(compiled)) {
        Ok(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Ok(Value::Number(number)) => Ok(Some(number.to_string())),
        Ok(_) => Err("key: gives neither a text nor a number".to_owned()),
        Err(error) => Err(format!("key: {error}")),
    }
}

/// Until when an event that comes now is held there.
pub(super) async fn held_until(
    ports: &Dispatching,
    place: &HoldPlace<'_>,
    event: &Event,
) -> Result<Timestamp, Unavailable> {
    let now = ports.clock.now();
    let current = ports.holds.hold(place.key).await?;
    let held =
        Held { event: event.id.clone(), accepted_at: event.accepted_at, version: 0, bytes: 0 };
    let (begin, terms) = (|| begun(place, None, event, now), &place.holding.terms);
    Ok(match Hold::arrive(current.as_ref(), begin, held, terms, now) {
        Arrival::Join(hold) => hold.due_at,
        Arrival::Known | Arrival::Finish => after(now, terms.length),
    })
}

/// A hold that nothing is in yet.
fn begun(place: &HoldPlace<'_>, value: Option<String>, event: &Event, now: Timestamp) -> Hold {
    Hold {
        v: HOLD_VERSION,
        key: place.key.clone(),
        workflow: place.workflow.clone(),
        connection: event.connection.clone(),
        value,
        kind: place.holding.terms.kind,
        first: event.id.clone(),
        first_at: now,
        due_at: now,
        events: Vec::new(),
        fence: 0,
        closed: false,
    }
}

/// Whether a workflow holds events, or did before it was changed, disabled or removed. Which ones its earlier
/// versions waited for is not asked: what was promised to an event stands in its record.
pub(super) fn may_be_held(current: &Current) -> bool {
    current.workflows.iter().any(|head| head.holds)
}

/// What was decided of an event before, where it has been held: it stays so when the event comes twice.
pub(super) async fn decided_before(
    ports: &Dispatching,
    event: &Event,
) -> Result<Vec<Verdict>, Unavailable> {
    let record = ports.events.read(&event.id).await?;
    let verdicts = record.map(|record| record.verdicts).unwrap_or_default();
    let stays = |verdict: &Verdict| {
        matches!(verdict.decision, Decision::Held(_) | Decision::Folded(_) | Decision::Run(_))
    };
    Ok(verdicts.into_iter().filter(stays).collect())
}

/// The event joins every hold that its record promises.
pub(super) async fn join_holds(
    ports: &Dispatching,
    receipt: &Receipt,
    event: &EventId,
) -> Result<(), Unavailable> {
    let Some(record) = ports.events.read(event).await? else { return Ok(()) };
    let seen = SeenEvent::new(&record.event);
    for verdict in &record.verdicts {
        let Decision::Held(held) = &verdict.decision else { continue };
        let compiled = ports.deployed.version(&verdict.workflow, verdict.version).await?;
        let unread = || Unavailable::new("store", "the version that holds an event cannot be read");
        let compiled = compiled.ok_or_else(unread)?;
        let Some(holding) = &compiled.workflow.holding else { continue };
        let value = common_value(holding, &compiled, &seen).ok().flatten();
        let joining = Held {
            event: event.clone(),
            accepted_at: record.event.accepted_at,
            version: verdict.version,
            bytes: if holding.is_batch() { bytes_of(&compiled, &record.event) } else { 0 },
        };
        let place = HoldPlace { key: &held.hold, workflow: &verdict.workflow, holding };
        join(ports, receipt, &place, &record.event, value, joining).await?;
    }
    Ok(())
}

async fn join(
    ports: &Dispatching,
    receipt: &Receipt,
    place: &HoldPlace<'_>,
    event: &Event,
    value: Option<String>,
    joining: Held,
) -> Result<(), Unavailable> {
    for _ in 0..TRIES_MAX {
        let now = ports.clock.now();
        let current = ports.holds.hold(place.key).await?;
        let begin = || begun(place, value.clone(), event, now);
        match Hold::arrive(current.as_ref(), begin, joining.clone(), &place.holding.terms, now) {
            Arrival::Join(hold) => {
                if ports.holds.save_hold(&hold, current.as_ref()).await? {
                    // Its message looks again at its time, however that has moved.
                    let is_new = current.is_none() || hold.due_at <= now;
                    return if is_new { wake(ports, receipt, &hold).await } else { Ok(()) };
                }
            }
            Arrival::Known => {
                // Whoever wrote it may have stopped before it sent anything.
                return match &current {
                    Some(hold) => wake(ports, receipt, hold).await,
                    None => Ok(()),
                };
            }
            Arrival::Finish => {
                // It may be full by the terms of a newer version alone, and not be due yet.
                if let Some(hold) = current.filter(|hold| !hold.closed && hold.due_at > now) {
                    let due = Hold { due_at: now, ..hold.clone() };
                    ports.holds.save_hold(&due, Some(&hold)).await?;
                }
                release(ports, place.key).await?;
            }
        }
    }
    Err(Unavailable::new("store", "too many events join one hold at the same moment"))
}

async fn wake(ports: &Dispatching, receipt: &Receipt, hold: &Hold) -> Result<(), Unavailable> {
    commit(ports, Some(receipt), &[wake_at(&hold.key, Some(hold.due_at))]).await.map(|_| ())
}

/// The message that looks at the hold at that time.
pub(crate) fn wake_at(key: &HoldKey, not_before: Option<Timestamp>) -> Command {
    Command::Send { to: Queue::Flow, wake: key.wake(), not_before, via: None }
}
