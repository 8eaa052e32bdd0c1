//! Events that cancel runs (`cancel_on`).
//!
//! A run that starts leaves its marks, starts, and looks for events that came meanwhile; an event leaves its
//! marks, and looks for runs. Whatever stops in between is done again from its message, and whichever comes
//! second finds the other: an event that finds the mark of a run that has not started yet leaves it to that.
//!
//! Invariant: only what was accepted after the run's own event cancels it.

use super::common::common_value;
use super::seen::SeenEvent;
use super::{Dispatching, commit};
use crate::deployed::Compiled;
use serde_json::{Map, Value};
use tradewind_engine::definitions::{Current, Listening, WorkflowHead};
use tradewind_engine::events::{Decision, Event, Verdict};
use tradewind_engine::expressions::{Expression, Scope};
use tradewind_engine::ids::{EventId, RunId};
use tradewind_engine::marks::{Mark, MarkKey, Marked};
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::problems::Place;
use tradewind_engine::protocol::{Change, Command, Committed, Write, on_cancelled};
use tradewind_engine::runs::Run;
use tradewind_engine::time::Timestamp;

/// The marks that a run leaves before it starts. `since`: from when on events count.
pub(crate) fn marks_of(
    compiled: &Compiled,
    seen: &SeenEvent<'_>,
    run: &Run,
    since: Timestamp,
) -> Vec<Mark> {
    let workflow = &compiled.workflow;
    let marks = workflow.cancel_on.iter().filter_map(|cancel_on| {
        // Without a value there is nothing in common with any event.
        let value = common_value(&cancel_on.key.run, seen.scope(compiled)).ok()?;
        let listening = cancel_on.listening(workflow.trigger.from.as_ref(), false);
        let key = MarkKey::of(&workflow.id, &listening, &value);
        let (run, started_by) = (run.id.clone(), run.event.clone());
        Some(Mark::new(key, Marked::Run { run, started_by, since }))
    });
    marks.collect()
}

/// The event that cancels a run with these marks, which has just been started: the first that came after
/// the run's own.
pub(crate) async fn canceller(
    ports: &Dispatching,
    marks: &[Mark],
) -> Result<Option<EventId>, Unavailable> {
    let mut first: Option<(Timestamp, EventId)> = None;
    for own in marks {
        let Marked::Run { started_by, since, .. } = &own.of else { continue };
        for mark in ports.marks.marks(&own.key).await? {
            let Marked::Event { event, accepted_at } = mark.of else { continue };
            if event != *started_by && accepted_at >= *since {
                let found = (accepted_at, event);
                first = Some(first.map_or(found.clone(), |first| first.min(found)));
            }
        }
    }
    Ok(first.map(|(_, event)| event))
}

/// Cancels every run that the event is to cancel; what each workflow did.
pub(super) async fn cancel_runs(
    ports: &Dispatching,
    receipt: &Receipt,
    current: &Current,
    event: &Event,
) -> Result<Vec<Verdict>, Unavailable> {
    let mut verdicts = Vec::new();
    let mut scope = None;
    for head in &current.workflows {
        let mut cancelled = Vec::new();
        let cancelling = head.listens.iter().filter(|one| !one.is_awaited);
        for listening in cancelling.filter(|one| is_for(one, event)) {
            let trigger = scope.get_or_insert_with(|| trigger_of(event));
            let Some(value) = value_in(listening, trigger) else { continue };
            let key = MarkKey::of(&head.id, listening, &value);
            cancelled.extend(cancel_marked(ports, receipt, key, event).await?);
        }
        verdicts.extend(verdict(head, cancelled));
    }
    Ok(verdicts)
}

pub(super) fn is_for(listening: &Listening, event: &Event) -> bool {
    listening.event == event.name
        && (listening.from.is_none() || listening.from == event.connection)
}

fn verdict(head: &WorkflowHead, mut cancelled: Vec<RunId>) -> Option<Verdict> {
    cancelled.sort();
    cancelled.dedup();
    let decision = Decision::Cancelled(cancelled.clone());
    let (workflow, version) = (head.id.clone(), head.version);
    (!cancelled.is_empty()).then_some(Verdict { workflow, version, decision })
}

/// Leaves the event's mark, and cancels the runs whose marks stand beside it.
async fn cancel_marked(
    ports: &Dispatching,
    receipt: &Receipt,
    key: MarkKey,
    event: &Event,
) -> Result<Vec<RunId>, Unavailable> {
    let of = Marked::Event { event: event.id.clone(), accepted_at: event.accepted_at };
    commit(ports, Some(receipt), &[Command::Mark(Mark::new(key.clone(), of))]).await?;
    let mut cancelled = Vec::new();
    let marks = ports.marks.marks(&key).await?;
    let accepted_at = first_accepted_at(event, &marks);
    for mark in marks {
        let Marked::Run { run, started_by, since } = mark.of else { continue };
        if accepted_at < since || event.id == started_by {
            continue;
        }
        let write = cancel_write(ports, &run, &started_by, &event.id);
        let stands = match commit(ports, Some(receipt), &[Command::Write(write)]).await? {
            Committed::Applied(run) => run,
            // It has ended, or does not exist yet, and looks for this event itself.
            Committed::Refused { current } => current,
        };
        let by_it = |run: &Run| run.cancelled_by.as_ref() == Some(&event.id);
        if let Some(stands) = stands.filter(|run| by_it(run)) {
            // The branches of its loops hear of it.
            commit(ports, Some(receipt), &on_cancelled(&stands)).await?;
            cancelled.push(run);
        }
    }
    Ok(cancelled)
}

/// When the event came first: a delivery that comes again is no newer event.
pub(super) fn first_accepted_at(event: &Event, marks: &[Mark]) -> Timestamp {
    let own = marks.iter().filter_map(|mark| match &mark.of {
        Marked::Event { event: id, accepted_at } if *id == event.id => Some(*accepted_at),
        _ => None,
    });
    own.fold(event.accepted_at, Timestamp::min)
}

/// The change by which an event stops a run.
pub(crate) fn cancel_write(
    ports: &Dispatching,
    run: &RunId,
    started_by: &EventId,
    event: &EventId,
) -> Write {
    let (event, started_by) = (event.clone(), started_by.clone());
    let change = Change::CancelBy { event, started_by, now: ports.clock.now() };
    Write { run: run.clone(), change }
}

pub(super) fn trigger_of(event: &Event) -> Scope {
    Scope::new(&event.trigger(), &Value::Object(Map::new()))
}

pub(super) fn value_in(listening: &Listening, trigger: &Scope) -> Option<String> {
    let expression = Expression::compile(&listening.key, Place::START).ok()?;
    common_value(&expression, trigger).ok()
}
