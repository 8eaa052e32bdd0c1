//! A hold is due: its events become one run.
//!
//! In this order, each of it safe to do again: the hold is closed, its run starts, each event is told what became
//! of it, the hold is removed.

use super::batch::part_of;
use super::holding::{TRIES_MAX, wake_at};
use super::judge::new_run;
use super::{Dispatching, SeenEvent, commit, marks_of, start_marked};
use crate::Handled;
use crate::deployed::Compiled;
use crate::listeners::drop_unheard_success;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use tradewind_engine::events::{Emission, Event, Verdict};
use tradewind_engine::holds::{Held, Hold, HoldKey, Look};
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::protocol::{self, Command, Committed, NewRun};
use tradewind_engine::runs::Run;
use tradewind_engine::time::Timestamp;

/// How many events are read or told at the same time.
const AT_ONCE: usize = 8;

/// Handles a message that is about a hold: one that comes early looks again at its time.
pub(crate) async fn look_after_hold(
    ports: &Dispatching,
    receipt: &Receipt,
    key: &HoldKey,
) -> Result<Handled, Unavailable> {
    let mut commands = Vec::new();
    commands.extend(release(ports, key).await?.map(|until| wake_at(key, Some(until))));
    commands.push(Command::Ack);
    commit(ports, Some(receipt), &commands).await?;
    Ok(Handled::Settled)
}

/// Starts the run of the hold, if there is one and it is due; else says when it will be.
pub(super) async fn release(
    ports: &Dispatching,
    key: &HoldKey,
) -> Result<Option<Timestamp>, Unavailable> {
    for _ in 0..TRIES_MAX {
        let Some(hold) = ports.holds.hold(key).await? else { return Ok(None) };
        match hold.look(ports.clock.now()) {
            Look::Early(until) => return Ok(Some(until)),
            Look::Start => {
                finish(ports, &hold).await?;
                return Ok(None);
            }
            Look::Close(closed) => {
                if ports.holds.save_hold(&closed, Some(&hold)).await? {
                    finish(ports, &closed).await?;
                    return Ok(None);
                }
            }
        }
    }
    Err(Unavailable::new("store", "too many events join one hold at the same moment"))
}

/// What the events of a closed hold come to.
struct Gathered<'a> {
    /// Those that are in its run, the oldest first.
    held: Vec<&'a Held>,
    /// The newest, with the deepest chain of emitted events that any of them stands in.
    newest: Option<Event>,
    /// What each gives a batch.
    parts: Vec<Value>,
}

async fn finish(ports: &Dispatching, hold: &Hold) -> Result<(), Unavailable> {
    let newest = hold.events.iter().max_by_key(|held| held.place());
    if let Some(newest) = newest {
        let compiled = ports.deployed.version(&hold.workflow, newest.version).await?;
        let missing =
            || Unavailable::new("store", "the version of a workflow that holds events is missing");
        let compiled = compiled.ok_or_else(missing)?;
        let gathered = gather(ports, hold, &compiled).await?;
        if let Some(newest) = &gathered.newest {
            start(ports, hold, &compiled, newest, gathered.parts).await?;
            tell(ports, hold, &gathered.held, newest).await?;
        }
    }
    ports.holds.remove_hold(hold).await
}

/// Reads the events one after another: together they may be more than fits into memory.
async fn gather<'a>(
    ports: &Dispatching,
    hold: &'a Hold,
    compiled: &Compiled,
) -> Result<Gathered<'a>, Unavailable> {
    let is_batch = compiled.workflow.holding.as_ref().is_some_and(|holding| holding.is_batch());
    let mut in_order: Vec<&Held> = hold.events.iter().collect();
    in_order.sort_by_key(|held| held.place());
    let mut gathered = Gathered { held: Vec::new(), newest: None, parts: Vec::new() };
    let mut deepest: Option<Emission> = None;
    for held in in_order {
        let Some(record) = ports.events.read(&held.event).await? else { continue };
        if !hold.is_for_it(&record.verdicts) {
            continue;
        }
        let event = record.event;
        if is_batch {
            gathered.parts.push(part_of(compiled, &event));
        }
        let depth = |emission: &Option<Emission>| emission.as_ref().map_or(0, |one| one.depth);
        if depth(&event.emitted) >= depth(&deepest) {
            deepest.clone_from(&event.emitted);
        }
        gathered.held.push(held);
        gathered.newest = Some(event);
    }
    if let Some(newest) = &mut gathered.newest {
        newest.emitted = deepest;
    }
    Ok(gathered)
}

async fn start(
    ports: &Dispatching,
    hold: &Hold,
    compiled: &Compiled,
    newest: &Event,
    parts: Vec<Value>,
) -> Result<(), Unavailable> {
    let (seen, now) = (SeenEvent::new(newest), ports.clock.now());
    let run = match compiled.workflow.holding.as_ref().is_some_and(|holding| holding.is_batch()) {
        true => batch_run(hold, compiled, newest, parts, now),
        false => new_run(compiled, &seen, hold.business_key(), 0, now),
    };
    let marks = marks_of(compiled, &seen, &run, newest.accepted_at);
    let follows = if marks.is_empty() {
        let commands = drop_unheard_success(protocol::start(run), &ports.deployed).await;
        match commit(ports, None, &commands).await? {
            Committed::Applied(_) => Vec::new(),
            // Whoever started it may have stopped before it sent anything.
            Committed::Refused { current } => {
                let follows = current.as_deref().map(protocol::on_existing).unwrap_or_default();
                drop_unheard_success(follows, &ports.deployed).await
            }
        }
    } else {
        start_marked(ports, None, run, &marks).await?
    };
    commit(ports, None, &follows).await.map(|_| ())
}

fn batch_run(
    hold: &Hold,
    compiled: &Compiled,
    newest: &Event,
    parts: Vec<Value>,
    now: Timestamp,
) -> Run {
    let new = NewRun {
        workflow: &hold.workflow,
        version: compiled.version.version,
        event: newest,
        key: hold.business_key(),
        generation: 0,
        input: json!({ "events": parts }),
    };
    protocol::new_run(new, compiled, now)
}

/// Each event is told what became of it.
async fn tell(
    ports: &Dispatching,
    hold: &Hold,
    in_run: &[&Held],
    newest: &Event,
) -> Result<(), Unavailable> {
    let verdicts = in_run.iter().map(|held| {
        let decision = hold.decision(&held.event, &newest.id);
        let (workflow, version) = (hold.workflow.clone(), held.version);
        (held.event.clone(), Verdict { workflow, version, decision })
    });
    // A list of its own, so that nothing is borrowed while they are told.
    let verdicts: Vec<(EventId, Verdict)> = verdicts.collect();
    let telling = verdicts.into_iter().map(|(event, verdict)| {
        let holds = ports.holds.clone();
        async move { holds.settle_event(&event, &verdict).await }
    });
    stream::iter(telling).buffer_unordered(AT_ONCE).try_collect::<()>().await
}
