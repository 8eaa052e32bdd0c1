//! How a run begins.

use super::command::Command;
use super::follow::follow;
use super::write::{Change, Write};
use crate::ids::StepPath;
use crate::runs::{Run, RunState};

/// Creates the run, unless it exists, and sends its first wake-up.
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
        _ => Vec::new(),
    }
}
