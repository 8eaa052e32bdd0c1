//! A hold is due: its events become one run.
//!
//! In this order, each of it safe to do again: the hold is closed, its run starts, each event is told what became
//! of it, the hold is removed.

use super::batch::part_of;
use super::holding::{TRIES_MAX, let_others_go_on, wake_at, written_by_many};
use super::judge::new_run;
use super::{Dispatching, SeenEvent, commit, marks_of, start_marked};
use crate::Handled;
use crate::deployed::Compiled;
use crate::listeners::drop_unheard_success;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::events::{Decision, Emission, Event, Verdict};
use tradewind_engine::holds::{Held, Hold, HoldKey, Look};
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{DeadLetters, Receipt, Unavailable};
use tradewind_engine::protocol::{self, Command, Committed, NewRun};
use tradewind_engine::runs::Run;
use tradewind_engine::time::{Timestamp, after};

/// How many events are read or told at the same time.
const AT_ONCE: usize = 8;
/// A hold that has not become a run so long after it was due needs a person.
const LATE: Duration = Duration::from_secs(15 * 60);

/// Handles a message that is about a hold: one that comes early looks again at its time. A hold whose run cannot
/// start long after it was due becomes a letter, and is looked after by the sweeper all the same; once its run has
/// started, the letter is settled.
pub(crate) async fn look_after_hold(
    ports: &Dispatching,
    dead_letters: &dyn DeadLetters,
    receipt: &Receipt,
    key: &HoldKey,
) -> Result<Handled, Unavailable> {
    let is_late = |hold: &Hold| after(hold.due_at, LATE) <= ports.clock.now();
    let mut commands = Vec::new();
    match release(ports, key).await {
        Ok(Released::NotBefore(until)) => commands.push(wake_at(key, Some(until))),
        Ok(Released::Started(hold)) if is_late(&hold) => {
            dead_letters.settle_letter(&key.wake()).await?;
        }
        Ok(Released::Started(_) | Released::Nothing) => {}
        Err(Unreleased { hold: Some(hold), cause }) if is_late(&hold) && !cause.is_newer() => {
            return Ok(Handled::GiveUp(why_not_started(&hold, &cause)));
        }
        Err(unreleased) => return Err(unreleased.cause),
    }
    commands.push(Command::Ack);
    commit(ports, Some(receipt), &commands).await?;
    Ok(Handled::Settled)
}

fn why_not_started(hold: &Hold, cause: &Unavailable) -> String {
    let Hold { workflow, due_at, .. } = hold;
    let (count, cause) = (hold.events.len(), cause.logged());
    format!(
        "workflow {workflow}: the run of {count} held events, due at {due_at}, cannot start: {cause}"
    )
}

/// What came of looking after a hold.
pub(super) enum Released {
    /// There is none.
    Nothing,
    /// It is not due before then.
    NotBefore(Timestamp),
    /// It was due, and has become a run.
    Started(Box<Hold>),
}

/// What stood in the way; with the hold, where it was due and could be read.
pub(super) struct Unreleased {
    hold: Option<Box<Hold>>,
    pub(super) cause: Unavailable,
}

impl From<Unavailable> for Unreleased {
    fn from(cause: Unavailable) -> Self {
        Self { hold: None, cause }
    }
}

/// Starts the run of the hold, if there is one and it is due.
pub(super) async fn release(ports: &Dispatching, key: &HoldKey) -> Result<Released, Unreleased> {
    for tried in 1..=TRIES_MAX {
        let Some(hold) = ports.holds.hold(key).await? else { return Ok(Released::Nothing) };
        let closed = match hold.look(ports.clock.now()) {
            Look::Early(until) => return Ok(Released::NotBefore(until)),
            Look::Start => hold,
            Look::Close(closed) if ports.holds.save_hold(&closed, Some(&hold)).await? => closed,
            Look::Close(_) => {
                let_others_go_on(ports, tried).await;
                continue;
            }
        };
        return match finish(ports, &closed).await {
            Ok(()) => Ok(Released::Started(Box::new(closed))),
            Err(cause) => Err(Unreleased { hold: Some(Box::new(closed)), cause }),
        };
    }
    Err(written_by_many().into())
}

/// What the events of a closed hold come to.
struct Gathered {
    /// Those that are in its run, the oldest first.
    held: Vec<Held>,
    /// Those whose data was removed before it began.
    removed: Vec<Held>,
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
        let mut verdicts = removed(hold, &gathered.removed);
        if let Some(newest) = &gathered.newest {
            start(ports, hold, &compiled, newest, gathered.parts).await?;
            verdicts.extend(in_run(hold, &gathered.held, &newest.id));
        }
        tell_events(ports, verdicts).await?;
    }
    ports.holds.remove_hold(hold).await
}

/// Reads the events, a few at a time: together they may be more than fits into memory.
async fn gather(
    ports: &Dispatching,
    hold: &Hold,
    compiled: &Compiled,
) -> Result<Gathered, Unavailable> {
    let is_batch = compiled.workflow.holding.as_ref().is_some_and(|holding| holding.is_batch());
    // A list of its own, so that nothing is borrowed while they are read.
    let mut in_order = hold.events.clone();
    in_order.sort_by(|one, other| one.place().cmp(&other.place()));
    let (held, removed) = (Vec::new(), Vec::new());
    let mut gathered = Gathered { held, removed, newest: None, parts: Vec::new() };
    let mut deepest: Option<Emission> = None;
    let reading = in_order.into_iter().map(|held| {
        let events = ports.events.clone();
        async move { Ok::<_, Unavailable>((events.read(&held.event).await?, held)) }
    });
    let mut records = stream::iter(reading).buffered(AT_ONCE);
    while let Some((record, held)) = records.try_next().await? {
        let Some(record) = record else {
            // What is held is not purged, so this was done by somebody else: nobody can be told but whoever
            // reads the log.
            tracing::error!(event.id = %held.event, workflow.id = %hold.workflow,
                "an event that was held is gone, and is in no run");
            continue;
        };
        if !hold.is_for_it(&record.verdicts) {
            continue;
        }
        if record.redacted_at.is_some() {
            gathered.removed.push(held);
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

/// What is said of the events that are in the run.
fn in_run(hold: &Hold, held: &[Held], newest: &EventId) -> Vec<(EventId, Verdict)> {
    let said = |held: &Held| verdict(hold, held, hold.decision(&held.event, newest));
    held.iter().map(said).collect()
}

/// What is said of those whose data was removed first.
fn removed(hold: &Hold, held: &[Held]) -> Vec<(EventId, Verdict)> {
    let why = "its data was removed before its run began";
    held.iter().map(|held| verdict(hold, held, Decision::Error(why.to_owned()))).collect()
}

fn verdict(hold: &Hold, held: &Held, decision: Decision) -> (EventId, Verdict) {
    let (workflow, version) = (hold.workflow.clone(), held.version);
    (held.event.clone(), Verdict { workflow, version, decision })
}

/// Each event is told what became of it.
async fn tell_events(
    ports: &Dispatching,
    verdicts: Vec<(EventId, Verdict)>,
) -> Result<(), Unavailable> {
    let telling = verdicts.into_iter().map(|(event, verdict)| {
        let holds = ports.holds.clone();
        async move { holds.settle_event(&event, &verdict).await }
    });
    stream::iter(telling).buffer_unordered(AT_ONCE).try_collect::<()>().await
}
