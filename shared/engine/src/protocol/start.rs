//! How a run begins.

use super::CHECK_AFTER;
use super::apply::go_to;
use super::command::Command;
use super::flow::Flow;
use super::follow::{end, follow};
use super::write::{Change, Write};
use crate::events::Event;
use crate::ids::{StepPath, WorkflowId};
use crate::runs::{FlowKind, RUN_VERSION_PLAIN, Run, RunState, kept_key, run_id};
use crate::time::{Timestamp, after};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a run is made of.
#[derive(Clone, Debug)]
pub struct NewRun<'a> {
    /// The workflow.
    pub workflow: &'a WorkflowId,
    /// Its version, which the run ends with.
    pub version: u32,
    /// What starts it.
    pub event: &'a Event,
    /// The business key.
    pub key: String,
    /// Raised only when somebody asks for the same work again.
    pub generation: u32,
    /// The fields of `trigger` that the workflow refers to.
    pub input: Value,
}

/// The run as it begins: at the first step that is needed, or at its end where none is.
pub fn new_run(new: NewRun<'_>, flow: &dyn Flow, now: Timestamp) -> Run {
    let NewRun { workflow, version, event, key, generation, input } = new;
    let chain = event.emitted.as_ref().map_or(0, |emitted| emitted.depth);
    let mut run = Run {
        // Whoever does not know of chains would drop its place in one.
        v: if chain > 0 { FlowKind::Emit.version() } else { RUN_VERSION_PLAIN },
        id: run_id(workflow, event.connection.as_ref(), &key, generation),
        workflow: workflow.clone(),
        version,
        event: event.id.clone(),
        connection: event.connection.clone(),
        key: kept_key(key),
        generation,
        test: event.test,
        state: RunState::Active,
        resumed: 0,
        input,
        steps: BTreeMap::new(),
        failure: None,
        dead_lettered: false,
        quiet: event.run.is_some(),
        hops: 0,
        check_at: Some(after(now, CHECK_AFTER)),
        created_at: now,
        revision: event.revision,
        chain,
        cancelled_by: None,
        ended_at: None,
        redacted_at: None,
        branch: None,
    };
    let beginning = flow.beginning(&run, now);
    go_to(&mut run, &beginning, now);
    run
}

/// Creates the run, unless it exists, and sends its first wake-up; one that has nothing to do is
/// announced at once.
pub fn start(run: Run) -> Vec<Command> {
    let first = on_existing(&run);
    let id = run.id.clone();
    let write = Write { run: id, change: Change::Start(Box::new(run)) };
    std::iter::once(Command::Write(write)).chain(first).collect()
}

/// What to send when the run exists already: its creator may have stopped before it sent anything.
pub fn on_existing(run: &Run) -> Vec<Command> {
    match run.state {
        RunState::Active | RunState::Failing => follow(run, &StepPath(String::new())),
        // It ended where it began: no message of a step announces it.
        RunState::Succeeded if run.hops == 0 => end(run),
        _ => Vec::new(),
    }
}
