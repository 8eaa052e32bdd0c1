//! An event is given to the workflows that wait for it.
//!
//! Invariant: the message is acknowledged only after the event is recorded and every run exists with
//! its first wake-up sent; doing it all again does no harm.

mod awaited;
mod batch;
mod cancelling;
mod common;
mod holding;
mod judge;
mod release;
mod seen;

pub(crate) use cancelling::{cancel_write, canceller, marks_of};
pub(crate) use common::common_value;
pub(crate) use holding::wake_at;
pub(crate) use judge::{business_key, new_run};
pub(crate) use release::look_after_hold;
pub(crate) use seen::{SeenEvent, selected};

use crate::Handled;
use crate::commit::{Commit, PATIENCE};
use crate::deployed::Deployed;
use crate::listeners::drop_unheard_success;
use awaited::{leave_marks, let_go_on};
use cancelling::cancel_runs;
use holding::{decided_before, held_by, join_holds, may_be_held};
use judge::{NewlyTaken, judge};
use std::sync::Arc;
use tradewind_engine::events::{Decision, Event, EventRecord, Verdict};
use tradewind_engine::marks::Mark;
use tradewind_engine::ports::{
    Clock, Events, Holds, Interrupted, Journal, Marks, Receipt, Runs, Unavailable,
};
use tradewind_engine::protocol::{self, Command, Committed};
use tradewind_engine::runs::Run;
use tradewind_engine::stored::{Unreadable, read_stored};
use tradewind_engine::time::after;

/// What dispatching needs.
pub struct Dispatching {
    /// What was applied.
    pub deployed: Arc<Deployed>,
    /// Carries out commands.
    pub journal: Arc<dyn Journal>,
    /// The marks of runs, steps and events.
    pub marks: Arc<dyn Marks>,
    /// The events that are held.
    pub holds: Arc<dyn Holds>,
    /// What became of events, and their data: those that are held are read again.
    pub events: Arc<dyn Events>,
    /// The runs that wait for an event.
    pub runs: Arc<dyn Runs>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Handles one message of the dispatch queue.
pub async fn dispatch(
    ports: &Dispatching,
    receipt: &Receipt,
    body: &str,
) -> Result<Handled, Unavailable> {
    let event: Event = match read_stored(body.as_bytes()) {
        Ok(event) => event,
        // A newer sender is at work: the message waits until this side has caught up.
        Err(newer @ Unreadable::Newer { .. }) => return Err(newer.into()),
        Err(damaged) => return Ok(Handled::GiveUp(damaged.to_string())),
    };
    dispatch_event(ports, receipt, event).await
}

/// The same for a message whose event is at hand.
pub async fn dispatch_event(
    ports: &Dispatching,
    receipt: &Receipt,
    mut event: Event,
) -> Result<Handled, Unavailable> {
    if let Some(unmapped) = event.unmapped() {
        // A person sees it as a dead letter, and sends that on its way again once it can be read.
        let record = EventRecord { event, verdicts: Vec::new(), redacted_at: None };
        commit(ports, Some(receipt), &[Command::Record(record)]).await?;
        return Ok(Handled::GiveUp(format!("unmapped: {}", unmapped.reason)));
    }
    // What was applied before the event came in counts, whatever stands in memory here.
    let current = ports.deployed.current_since(event.accepted_at).await?;
    let (mut verdicts, mut runs) = judge(ports, &current, &event).await?;
    let may_be_held = may_be_held(&current);
    if may_be_held {
        let before = decided_before(ports, &event).await?;
        keep_decided(before, &mut verdicts, &mut runs);
    }
    verdicts.extend(cancel_runs(ports, receipt, &current, &event).await?);
    let awaited = leave_marks(ports, receipt, &current, &event).await?;
    verdicts.extend(awaited.verdicts);
    let forms = verdicts.iter().map(|verdict| verdict.decision.version());
    // Whoever does not know of what it holds leaves the record alone.
    event.v = forms.fold(event.v, u32::max);
    let error = verdicts.iter().find_map(|verdict| match &verdict.decision {
        Decision::Error(reason) => Some(format!("workflow {}: {reason}", verdict.workflow)),
        _ => None,
    });
    if event.run.is_some() && verdicts.is_empty() {
        // The end of a run is only of interest to those who listen.
        commit(ports, Some(receipt), &[Command::Ack]).await?;
        return Ok(Handled::Settled);
    }
    let last = if error.is_none() { vec![Command::Ack] } else { Vec::new() };
    let held_by = held_by(&verdicts);
    let record = |event| Command::Record(EventRecord { event, verdicts, redacted_at: None });
    if awaited.keys.is_empty() && !may_be_held {
        start_all(ports, receipt, record(event), runs, last).await?;
    } else {
        start_all(ports, receipt, record(event.clone()), runs, Vec::new()).await?;
        // First whoever waits for it, whose time may end: trouble with a hold is none of theirs.
        let_go_on(ports, receipt, &awaited.keys, &event).await?;
        if may_be_held && let Some(reason) = join_holds(ports, receipt, &event.id, &held_by).await?
        {
            return Ok(Handled::GiveUp(reason));
        }
        commit(ports, Some(receipt), &last).await?;
    }
    Ok(error.map_or(Handled::Settled, Handled::GiveUp))
}

/// What was decided of the event when it came before stays, whatever holds now.
fn keep_decided(before: Vec<Verdict>, verdicts: &mut Vec<Verdict>, runs: &mut Vec<NewlyTaken>) {
    for known in before {
        runs.retain(|taken| {
            taken.run.workflow != known.workflow
                || known.decision == Decision::Run(taken.run.id.clone())
        });
        verdicts.retain(|verdict| verdict.workflow != known.workflow);
        verdicts.push(known);
    }
}

/// The record comes after the runs that it names: between two tries the workflow may be disabled, and
/// then nobody would start what a first record has promised.
async fn start_all(
    ports: &Dispatching,
    receipt: &Receipt,
    record: Command,
    runs: Vec<NewlyTaken>,
    last: Vec<Command>,
) -> Result<(), Unavailable> {
    let mut commands = Vec::new();
    for NewlyTaken { run, marks } in runs {
        if !marks.is_empty() {
            commit(ports, Some(receipt), &commands).await?;
            commands = start_marked(ports, Some(receipt), run, &marks).await?;
            continue;
        }
        let before = commands.clone();
        commands.extend(drop_unheard_success(protocol::start(run), &ports.deployed).await);
        commands = match commit(ports, Some(receipt), &commands).await? {
            Committed::Applied(_) => Vec::new(),
            // What stood before the refused start is repeated: it does no harm twice.
            Committed::Refused { current } => {
                let existing = current.as_deref().map(protocol::on_existing);
                before.into_iter().chain(existing.unwrap_or_default()).collect()
            }
        };
    }
    commands.push(record);
    commands.extend(last);
    commit(ports, Some(receipt), &commands).await?;
    Ok(())
}

/// Starts a run that events may cancel: its marks first. What is still to be done then.
pub(crate) async fn start_marked(
    ports: &Dispatching,
    receipt: Option<&Receipt>,
    run: Run,
    marks: &[Mark],
) -> Result<Vec<Command>, Unavailable> {
    let (id, event) = (run.id.clone(), run.event.clone());
    let starts = protocol::start(run.clone());
    let start = starts.into_iter().take(1);
    let commands: Vec<Command> = marks.iter().cloned().map(Command::Mark).chain(start).collect();
    let mut existing = match commit(ports, receipt, &commands).await? {
        Committed::Applied(_) => Some(Box::new(run)),
        Committed::Refused { current } => current,
    };
    if let Some(by) = canceller(ports, marks).await? {
        let cancel = Command::Write(cancel_write(ports, &id, &event, &by));
        match commit(ports, receipt, &[cancel]).await? {
            // Where it begins with a loop, its branches hear of it.
            Committed::Applied(run) => {
                return Ok(run.as_deref().map(protocol::on_cancelled).unwrap_or_default());
            }
            Committed::Refused { current } => existing = current,
        }
    }
    let follows = existing.as_deref().map(protocol::on_existing).unwrap_or_default();
    Ok(drop_unheard_success(follows, &ports.deployed).await)
}

pub(crate) async fn commit(
    ports: &Dispatching,
    receipt: Option<&Receipt>,
    commands: &[Command],
) -> Result<Committed, Unavailable> {
    let until = after(ports.clock.now(), PATIENCE);
    let commit = Commit { journal: &*ports.journal, clock: &*ports.clock, receipt, until };
    commit.all(commands, None).await.map_err(Interrupted::cause)
}

#[cfg(test)]
mod tests;
