//! An event is given to the workflows that wait for it.
//!
//! Invariant: the message is acknowledged only after the event is recorded and every run exists with
//! its first wake-up sent; doing it all again does no harm.

use crate::Handled;
use crate::commit::{Commit, PATIENCE};
use crate::deployed::{Compiled, Deployed};
use serde_json::{Map, Value};
use std::sync::Arc;
use tradewind_engine::definitions::{Current, WorkflowHead};
use tradewind_engine::events::Event;
use tradewind_engine::events::{Decision, EventRecord, Verdict};
use tradewind_engine::expressions::Scope;
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Clock, Interrupted, Journal, Receipt, Unavailable};
use tradewind_engine::protocol::{self, Command, Committed, NewRun};
use tradewind_engine::runs::Run;
use tradewind_engine::stored::{Unreadable, read_stored};
use tradewind_engine::time::{Timestamp, after};

/// What dispatching needs.
pub struct Dispatching {
    /// What was applied.
    pub deployed: Arc<Deployed>,
    /// Carries out commands.
    pub journal: Arc<dyn Journal>,
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
    event: Event,
) -> Result<Handled, Unavailable> {
    if let Some(unmapped) = event.unmapped() {
        // A person sees it as a dead letter, and sends that on its way again once it can be read.
        let record = EventRecord { event, verdicts: Vec::new(), redacted_at: None };
        commit(ports, Some(receipt), &[Command::Record(record)]).await?;
        return Ok(Handled::GiveUp(format!("unmapped: {}", unmapped.reason)));
    }
    // What was applied before the event came in counts, whatever stands in memory here.
    let current = ports.deployed.current_since(event.accepted_at).await?;
    let (verdicts, runs) = judge(ports, &current, &event).await?;
    let error = verdicts.iter().find_map(|verdict| match &verdict.decision {
        Decision::Error(reason) => Some(format!("workflow {}: {reason}", verdict.workflow)),
        _ => None,
    });
    if event.run.is_some() && verdicts.is_empty() {
        // The end of a run is only of interest to those who listen.
        commit(ports, Some(receipt), &[Command::Ack]).await?;
        return Ok(Handled::Settled);
    }
    let record = EventRecord { event, verdicts, redacted_at: None };
    let last = if error.is_none() { vec![Command::Ack] } else { Vec::new() };
    start_all(ports, receipt, Command::Record(record), runs, last).await?;
    Ok(error.map_or(Handled::Settled, Handled::GiveUp))
}

/// Starts a run again although its effects may have happened before: the next generation. `None`:
/// somebody else has started this generation at the same moment.
pub async fn start_again(
    ports: &Dispatching,
    event: &Event,
    head: &WorkflowHead,
    generation: u32,
) -> Result<Result<Option<RunId>, String>, Unavailable> {
    let Some(compiled) = ports.deployed.version(&head.id, head.version).await? else {
        return Ok(Err("the workflow's version is missing".to_owned()));
    };
    match key(&compiled, event) {
        Err(reason) => Ok(Err(reason)),
        Ok(key) => {
            let run = new_run(&compiled, event, key, generation, ports.clock.now());
            let id = run.id.clone();
            // Made at an earlier try whose answer was lost, it counts as applied.
            match commit(ports, None, &protocol::start(run)).await? {
                Committed::Applied(_) => Ok(Ok(Some(id))),
                Committed::Refused { current } => {
                    if let Some(run) = current {
                        // Its creator may have stopped before it sent anything.
                        commit(ports, None, &protocol::on_existing(&run)).await?;
                    }
                    Ok(Ok(None))
                }
            }
        }
    }
}

async fn judge(
    ports: &Dispatching,
    current: &Current,
    event: &Event,
) -> Result<(Vec<Verdict>, Vec<Run>), Unavailable> {
    let (mut verdicts, mut runs) = (Vec::new(), Vec::new());
    for head in current.workflows.iter().filter(|head| listens(head, event)) {
        let decision = match ports.deployed.version(&head.id, head.version).await? {
            None => Err(Decision::Error("the workflow's version is missing".to_owned())),
            Some(compiled) => decide(head, &compiled, event, ports.clock.now()),
        };
        let decision = match decision {
            Ok(run) => {
                let id = run.id.clone();
                runs.push(run);
                Decision::Run(id)
            }
            Err(decision) => decision,
        };
        verdicts.push(Verdict { workflow: head.id.clone(), version: head.version, decision });
    }
    Ok((verdicts, runs))
}

fn listens(head: &WorkflowHead, event: &Event) -> bool {
    !head.deleted
        && head.event == event.name
        && (head.from.is_none() || head.from == event.connection)
}

fn decide(
    head: &WorkflowHead,
    compiled: &Compiled,
    event: &Event,
    now: Timestamp,
) -> Result<Run, Decision> {
    if !head.enabled {
        return Err(Decision::NoMatch("the workflow is disabled".to_owned()));
    }
    if head.is_younger_than(event) {
        return Err(Decision::NoMatch("the event is older than the workflow".to_owned()));
    }
    if let Some(condition) = &compiled.workflow.condition {
        let scope = Scope::new(&seen_by(compiled, event), &Value::Object(Map::new()));
        match condition.holds(&scope) {
            Ok(true) => {}
            Ok(false) => {
                return Err(Decision::NoMatch(format!("`{}` does not hold", condition.source())));
            }
            Err(error) => return Err(Decision::Error(format!("if: {error}"))),
        }
    }
    let key = key(compiled, event).map_err(Decision::Error)?;
    Ok(new_run(compiled, event, key, 0, now))
}

/// The business key of the event for the workflow.
pub(crate) fn key(compiled: &Compiled, event: &Event) -> Result<String, String> {
    let Some(once_per) = &compiled.workflow.trigger.once_per else {
        return Ok(event.id.0.clone());
    };
    let scope = Scope::new(&seen_by(compiled, event), &Value::Object(Map::new()));
    match once_per.evaluate(&scope) {
        Ok(Value::String(text)) if !text.is_empty() => Ok(text),
        Ok(Value::Number(number)) => Ok(number.to_string()),
        Ok(_) => Err("once_per: gives neither a text nor a number".to_owned()),
        Err(error) => Err(format!("once_per: {error}")),
    }
}

fn new_run(
    compiled: &Compiled,
    event: &Event,
    key: String,
    generation: u32,
    now: Timestamp,
) -> Run {
    let workflow = &compiled.workflow;
    let input =
        trimmed(&seen_by(compiled, event), workflow.references().iter().map(String::as_str));
    let version = compiled.version.version;
    let new = NewRun { workflow: &workflow.id, version, event, key, generation, input };
    protocol::new_run(new, compiled, now)
}

/// What the workflow sees as `trigger`. The body as it came is read only for those who refer to it.
fn seen_by(compiled: &Compiled, event: &Event) -> Value {
    let is_raw = |path: &String| {
        path == "trigger" || path == "trigger.raw" || path.starts_with("trigger.raw.")
    };
    if compiled.workflow.references().iter().any(is_raw) {
        event.trigger()
    } else {
        event.trigger_without_raw()
    }
}

/// The parts of `trigger` that are referred to, so that the run is complete without its event.
fn trimmed<'a>(trigger: &Value, references: impl Iterator<Item = &'a str>) -> Value {
    let mut kept = Value::Object(Map::new());
    for reference in references {
        let mut members = reference.split('.');
        if members.next() == Some("trigger") {
            keep(&mut kept, trigger, &members.collect::<Vec<_>>());
        }
    }
    kept
}

fn keep(kept: &mut Value, from: &Value, members: &[&str]) {
    let Some((first, rest)) = members.split_first() else {
        *kept = from.clone();
        return;
    };
    let Value::Object(fields) = from else {
        *kept = from.clone();
        return;
    };
    let (Some(value), Value::Object(kept)) = (fields.get(*first), kept) else { return };
    let slot = kept.entry((*first).to_owned()).or_insert_with(|| match value {
        Value::Object(_) if !rest.is_empty() => Value::Object(Map::new()),
        _ => value.clone(),
    });
    keep(slot, value, rest);
}

/// The record comes after the runs that it names: between two tries the workflow may be disabled, and
/// then nobody would start what a first record has promised.
async fn start_all(
    ports: &Dispatching,
    receipt: &Receipt,
    record: Command,
    runs: Vec<Run>,
    last: Vec<Command>,
) -> Result<(), Unavailable> {
    let mut commands = Vec::new();
    for run in runs {
        let before = commands.clone();
        commands.extend(protocol::start(run));
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

async fn commit(
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
