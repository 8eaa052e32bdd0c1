//! Emitting an event of the project's own.
//!
//! Invariant: the id follows from run and step, of an item from its own path, so that a step that is done again
//! emits the same event; the event is published before the step is done.

use super::command::Command;
use super::conclude::Outcome;
use crate::events::{CHAIN_MAX, EVENT_VERSION_EMITTED, Emission, Event, emitted_id};
use crate::ids::StepPath;
use crate::runs::{RUN_VERSION_BRANCH, Run, idempotency_key};
use crate::time::Timestamp;
use serde_json::{Map, Value, json};

/// What a step wants to emit.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its name.
    pub name: String,
    /// What `trigger.key` is.
    pub key: Option<String>,
    /// What stands below `trigger.data`.
    pub data: Map<String, Value>,
    /// The revision of what was applied that is known.
    pub revision: u64,
}

/// Why nothing is emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEmitted {
    /// The run was started by the end of another run.
    #[error("a run that was started by a `run.…` event emits none")]
    Quiet,
    /// Each event has led to the next, for too long.
    #[error("{CHAIN_MAX} events have led to one another: do workflows emit in a circle?")]
    ChainTooLong,
}

/// The event that the claimed step emits.
pub fn emission(
    run: &Run,
    path: &StepPath,
    new: NewEvent,
    now: Timestamp,
) -> Result<Event, NotEmitted> {
    // Of an older form every branch is.
    let knows_it = run.branch.is_none() || run.v >= RUN_VERSION_BRANCH;
    if run.quiet && knows_it {
        return Err(NotEmitted::Quiet);
    }
    if run.chain >= CHAIN_MAX {
        return Err(NotEmitted::ChainTooLong);
    }
    // A try before this one may have published it: it is the same event, and was accepted then.
    let first = run.steps.get(path).and_then(|step| step.key_at);
    let data = [("key", json!(new.key)), ("data", Value::Object(new.data))];
    Ok(Event {
        v: EVENT_VERSION_EMITTED,
        id: emitted_id(&idempotency_key(run.root(), path, run.resumed)),
        name: new.name,
        connection: None,
        provider: None,
        topic: None,
        accepted_at: first.unwrap_or(now),
        revision: Some(new.revision),
        test: run.test,
        data: data.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
        raw: None,
        run: None,
        emitted: Some(Emission {
            workflow: run.workflow.clone(),
            run: run.root().clone(),
            step: path.clone(),
            depth: run.chain + 1,
        }),
        notes: Vec::new(),
    })
}

/// What is to be published for the outcome.
pub(super) fn emitted(outcome: &Outcome) -> Option<Command> {
    match outcome {
        Outcome::Emits(event) => Some(Command::Publish((**event).clone())),
        _ => None,
    }
}

/// What a step gave that is done.
pub(super) fn output_of(outcome: &Outcome) -> Option<Value> {
    match outcome {
        Outcome::Done(output) | Outcome::Cancels(output) => Some(output.clone()),
        Outcome::Emits(event) => Some(json!({ "event_id": event.id })),
        _ => None,
    }
}
