//! Events that steps wait for (`wait: { event: … }`).
//!
//! The event leaves its marks, is recorded, and looks for the marks of steps; a step leaves its mark, looks for
//! those of events, and reads their records (`flow/event_wait.rs`). A step that finds the mark of an event that is
//! not recorded yet leaves it to the event, which looks for steps afterwards.
//!
//! Invariant: a step goes on by an event because the event was noted on it (`Change::Hear`), and for no other
//! reason.

use super::cancelling::{first_accepted_at, is_for, trigger_of, value_in};
use super::{Dispatching, commit};
use crate::heard::{Heard, heard};
use std::borrow::Cow;
use tradewind_engine::definitions::Current;
use tradewind_engine::events::{Decision, Event, Verdict};
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::marks::{Mark, MarkKey, Marked};
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::protocol::{Command, Committed, hear, on_heard};
use tradewind_engine::runs::Run;

/// Where steps stand that may wait for an event.
pub(super) struct Awaited {
    pub(super) verdicts: Vec<Verdict>,
    pub(super) keys: Vec<MarkKey>,
}

/// Leaves the marks of the event for the workflows with steps that wait for such a one.
pub(super) async fn leave_marks(
    ports: &Dispatching,
    receipt: &Receipt,
    current: &Current,
    event: &Event,
) -> Result<Awaited, Unavailable> {
    let (mut verdicts, mut keys) = (Vec::new(), Vec::new());
    let mut scope = None;
    for head in &current.workflows {
        let before = keys.len();
        let awaited = head.listens.iter().filter(|one| one.is_awaited && is_for(one, event));
        for listening in awaited {
            let trigger = scope.get_or_insert_with(|| trigger_of(event));
            let value = value_in(listening, trigger);
            keys.extend(value.map(|value| MarkKey::of(&head.id, listening, &value)));
        }
        if keys.len() > before {
            let (workflow, version) = (head.id.clone(), head.version);
            verdicts.push(Verdict { workflow, version, decision: Decision::Awaited });
        }
    }
    let mark = |key: &MarkKey| {
        let of = Marked::Event { event: event.id.clone(), accepted_at: event.accepted_at };
        Command::Mark(Mark::new(key.clone(), of))
    };
    let marks: Vec<Command> = keys.iter().map(mark).collect();
    if !marks.is_empty() {
        commit(ports, Some(receipt), &marks).await?;
    }
    Ok(Awaited { verdicts, keys })
}

/// Lets every step go on whose mark stands there and whom the event fits. It is recorded.
pub(super) async fn let_go_on(
    ports: &Dispatching,
    receipt: &Receipt,
    keys: &[MarkKey],
    event: &Event,
) -> Result<(), Unavailable> {
    for key in keys {
        let marks = ports.marks.marks(key).await?;
        let accepted_at = first_accepted_at(event, &marks);
        let event = match accepted_at < event.accepted_at {
            true => Cow::Owned(Event { accepted_at, ..event.clone() }),
            false => Cow::Borrowed(event),
        };
        for mark in marks {
            if let Marked::Step { run, path, .. } = mark.of {
                tell_step(ports, receipt, &run, &path, &event).await?;
            }
        }
    }
    Ok(())
}

async fn tell_step(
    ports: &Dispatching,
    receipt: &Receipt,
    id: &RunId,
    path: &StepPath,
    event: &Event,
) -> Result<(), Unavailable> {
    let Some(run) = ports.runs.read(id).await? else { return Ok(()) };
    let Some(compiled) = ports.deployed.version(&run.workflow, run.version).await? else {
        return Ok(());
    };
    let Some(heard) = heard(&compiled, &run, path, event) else { return Ok(()) };
    let (is_clear, now) = (matches!(heard, Heard::Clear(_)), ports.clock.now());
    let write = hear(id, path, (&event.id, event.accepted_at), heard.into(), now);
    let stands = match commit(ports, Some(receipt), &[Command::Write(write)]).await? {
        Committed::Applied(run) => run,
        // It has ended by its time, or another event came before; or it was this one.
        Committed::Refused { current } => current,
    };
    let by_it =
        |run: &Run| run.steps.get(path).and_then(|step| step.work.heard()) == Some(&event.id);
    if let Some(stands) = stands.filter(|run| is_clear && by_it(run)) {
        commit(ports, Some(receipt), &on_heard(&stands, path)).await?;
    }
    Ok(())
}
