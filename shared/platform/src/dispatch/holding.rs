//! Events that are held, to be one run with others (`debounce`, `batch`).
//!
//! The event's record says that it is held before it joins the hold, and is what it joins by: whatever becomes of
//! the workflow between two tries, a hold that is promised is joined. Whoever starts the hold's run reads the
//! event's data from its record.

use super::batch::bytes_of;
use super::common::common_value;
use super::release::release;
use super::{Dispatching, SeenEvent, commit};
use crate::deployed::Compiled;
use std::time::Duration;
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
pub(super) const TRIES_MAX: u32 = 30;
/// How long to wait after the first of them; longer after each.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(5);

/// Where a workflow holds events of a key.
pub(super) struct HoldPlace<'a> {
    pub(super) key: &'a HoldKey,
    pub(super) workflow: &'a WorkflowId,
    pub(super) holding: &'a Holding,
    pub(super) version: u32,
}

/// What the events of a hold have in common, or why that cannot be told.
pub(super) fn held_value(
    holding: &Holding,
    compiled: &Compiled,
    seen: &SeenEvent<'_>,
) -> Result<Option<String>, String> {
    let Some(key) = &holding.key else { return Ok(None) };
    let value = common_value(key, seen.scope(compiled));
    let word = if holding.is_batch() { "batch" } else { "debounce" };
    value.map(Some).map_err(|reason| format!("{word}.key: {reason}"))
}

/// Until when an event that comes now is held there.
pub(super) async fn held_until(
    ports: &Dispatching,
    place: &HoldPlace<'_>,
    event: &Event,
) -> Result<Timestamp, Unavailable> {
    let now = ports.clock.now();
    let current = ports.holds.hold(place.key).await?;
    let (event_id, accepted_at, version) = (event.id.clone(), event.accepted_at, place.version);
    let held = Held { event: event_id, accepted_at, version, bytes: 0 };
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
    Ok(verdicts.into_iter().filter(|verdict| verdict.decision.has_begun()).collect())
}

/// The workflows that hold the event by these verdicts.
pub(super) fn held_by(verdicts: &[Verdict]) -> Vec<WorkflowId> {
    let held = verdicts.iter().filter(|one| matches!(one.decision, Decision::Held(_)));
    held.map(|verdict| verdict.workflow.clone()).collect()
}

/// The event joins every hold that its record promises. Where the record promises nothing to one of these
/// workflows, although the event was to be held by it, the reason why.
pub(super) async fn join_holds(
    ports: &Dispatching,
    receipt: &Receipt,
    event: &EventId,
    held_by: &[WorkflowId],
) -> Result<Option<String>, Unavailable> {
    let record = ports.events.read(event).await?;
    let has_begun = |workflow: &WorkflowId| {
        let mut verdicts = record.iter().flat_map(|record| &record.verdicts);
        verdicts.any(|one| one.workflow == *workflow && one.decision.has_begun())
    };
    if let Some(workflow) = held_by.iter().find(|workflow| !has_begun(workflow)) {
        return Ok(Some(format!("workflow {workflow}: the data of the event was removed")));
    }
    let Some(record) = record else { return Ok(None) };
    let seen = SeenEvent::new(&record.event);
    for verdict in &record.verdicts {
        let Decision::Held(held) = &verdict.decision else { continue };
        let compiled = ports.deployed.version(&verdict.workflow, verdict.version).await?;
        let unread = || Unavailable::new("store", "the version that holds an event cannot be read");
        let compiled = compiled.ok_or_else(unread)?;
        let Some(holding) = &compiled.workflow.holding else { continue };
        let value = held_value(holding, &compiled, &seen).ok().flatten();
        let (key, workflow, version) = (&held.hold, &verdict.workflow, verdict.version);
        let place = HoldPlace { key, workflow, holding, version };
        let joining = Held {
            event: event.clone(),
            accepted_at: record.event.accepted_at,
            version,
            bytes: if holding.is_batch() { bytes_of(&compiled, &record.event) } else { 0 },
        };
        join(ports, receipt, &place, &record.event, value, joining).await?;
    }
    Ok(None)
}

async fn join(
    ports: &Dispatching,
    receipt: &Receipt,
    place: &HoldPlace<'_>,
    event: &Event,
    value: Option<String>,
    joining: Held,
) -> Result<(), Unavailable> {
    for tried in 1..=TRIES_MAX {
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
                let_others_go_on(ports, tried).await;
            }
            Arrival::Known => {
                // Whoever wrote it may have stopped before it sent anything.
                return match &current {
                    Some(hold) => wake(ports, receipt, hold).await,
                    None => Ok(()),
                };
            }
            Arrival::Finish => {
                // It may be full by the terms of a newer version alone, or be of another one, and not be due yet.
                if let Some(hold) = current.filter(|hold| !hold.closed && hold.due_at > now) {
                    let due = Hold { due_at: now, ..hold.clone() };
                    ports.holds.save_hold(&due, Some(&hold)).await?;
                }
                release(ports, place.key).await.map_err(|unreleased| unreleased.cause)?;
            }
        }
    }
    Err(written_by_many())
}

/// After so many tries: somebody else has written the hold first. Of all who try one always does.
pub(super) async fn let_others_go_on(ports: &Dispatching, tried: u32) {
    ports.clock.sleep(TRY_AGAIN_AFTER * tried).await;
}

pub(super) fn written_by_many() -> Unavailable {
    Unavailable::new("store", "too many events join one hold at the same moment")
}

async fn wake(ports: &Dispatching, receipt: &Receipt, hold: &Hold) -> Result<(), Unavailable> {
    commit(ports, Some(receipt), &[wake_at(&hold.key, Some(hold.due_at))]).await.map(|_| ())
}

/// The message that looks at the hold at that time.
pub(crate) fn wake_at(key: &HoldKey, not_before: Option<Timestamp>) -> Command {
    Command::Send { to: Queue::Flow, wake: key.wake(), not_before, via: None }
}
