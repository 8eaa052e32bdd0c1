//! An event comes for a step that waits for one.
//!
//! Invariant: that an event came is noted on the step once, by a conditional change; whoever works on the step
//! then ends it with what was noted. Once an event is noted the step is not ended by its time; what was accepted after
//! that time is not noted, however late the step is ended.

use super::apply::{Refused, check_after, ensure, record_try, worked_on};
use super::command::Command;
use super::follow::follow;
use super::write::{Change, Write};
use crate::ids::{EventId, RunId, StepPath};
use crate::runs::Run;
use crate::time::Timestamp;
use serde_json::Value;

/// The change by which a step hears of an event. `output`: what it keeps of it, or why that cannot be told.
pub fn hear(
    run: &RunId,
    path: &StepPath,
    (event, accepted_at): (&EventId, Timestamp),
    output: Result<Value, String>,
    now: Timestamp,
) -> Write {
    let (path, event) = (path.clone(), event.clone());
    let change = Change::Hear { path, event, accepted_at, output, now };
    Write { run: run.clone(), change }
}

/// Notes it: [`Change::Hear`].
pub(super) fn note(
    run: &mut Run,
    path: &StepPath,
    (event, accepted_at): (&EventId, Timestamp),
    output: &Result<Value, String>,
    now: Timestamp,
) -> Result<(), Refused> {
    let step = worked_on(run, path)?;
    ensure(step.can_hear(accepted_at))?;
    match output {
        Ok(output) => {
            if step.hear(event, output, now) {
                check_after(run, now);
            }
        }
        // Its message may come again.
        Err(reason) if step.tried.iter().any(|tried| tried.reason == *reason) => {}
        Err(reason) => record_try(step, now, reason),
    }
    Ok(())
}

/// What is to be sent once the step has heard of it.
pub fn on_heard(run: &Run, path: &StepPath) -> Vec<Command> {
    follow(run, path)
}
