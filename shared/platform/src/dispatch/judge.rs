//! Which workflows take an event, and the runs that they start.

use super::Dispatching;
use super::cancelling::marks_of;
use super::common::common_value;
use super::holding::{HoldPlace, held_until, held_value};
use super::seen::SeenEvent;
use crate::deployed::Compiled;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::definitions::{Current, WorkflowHead};
use tradewind_engine::events::{Decision, Event, HeldIn, Verdict};
use tradewind_engine::holds::HoldKey;
use tradewind_engine::marks::Mark;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::protocol::{self, NewRun};
use tradewind_engine::runs::Run;
use tradewind_engine::time::{Timestamp, after};

/// For so long a message may lie somewhere: who dispatched it before may have done so by a version of that age.
const MESSAGES_KEPT: Duration = Duration::from_secs(14 * 86_400);

/// A run that is to start, and the marks that it leaves before.
pub(super) struct NewlyTaken {
    pub(super) run: Run,
    pub(super) marks: Vec<Mark>,
}

/// What becomes of an event that a workflow takes.
enum Taken {
    /// A run starts.
    Run(Box<NewlyTaken>),
    /// It is held there.
    Hold(HoldKey),
}

/// What each workflow that listens says, and the runs of those that take the event.
pub(super) async fn judge(
    ports: &Dispatching,
    current: &Current,
    event: &Event,
) -> Result<(Vec<Verdict>, Vec<NewlyTaken>), Unavailable> {
    let seen = SeenEvent::new(event);
    let (mut verdicts, mut runs) = (Vec::new(), Vec::new());
    for head in current.workflows.iter().filter(|head| listens(head, event)) {
        let decision = match ports.deployed.version(&head.id, head.version).await? {
            None => Err(Decision::Error("the workflow's version is missing".to_owned())),
            Some(compiled) => match decide(head, &compiled, &seen, ports.clock.now()) {
                Ok(Taken::Hold(hold)) => match begun_before(ports, &compiled, event).await? {
                    Some(begun) => Ok(begun),
                    None => Err(held(ports, hold, &compiled, event).await?),
                },
                Ok(Taken::Run(taken)) => Ok(*taken),
                Err(decision) => Err(decision),
            },
        };
        let decision = match decision {
            Ok(taken) => {
                let id = taken.run.id.clone();
                runs.push(taken);
                Decision::Run(id)
            }
            Err(decision) => decision,
        };
        verdicts.push(Verdict { workflow: head.id.clone(), version: head.version, decision });
    }
    Ok((verdicts, runs))
}

fn listens(head: &WorkflowHead, event: &Event) -> bool {
    !head.deleted && head.waits_for(event)
}

fn decide(
    head: &WorkflowHead,
    compiled: &Compiled,
    seen: &SeenEvent<'_>,
    now: Timestamp,
) -> Result<Taken, Decision> {
    if !head.enabled {
        return Err(Decision::NoMatch("the workflow is disabled".to_owned()));
    }
    if head.is_younger_than(seen.event) {
        return Err(Decision::NoMatch("the event is older than the workflow".to_owned()));
    }
    if let Some(condition) = &compiled.workflow.condition {
        match condition.holds(seen.scope(compiled)) {
            Ok(true) => {}
            Ok(false) => {
                return Err(Decision::NoMatch(format!("`{}` does not hold", condition.source())));
            }
            Err(error) => return Err(Decision::Error(format!("if: {error}"))),
        }
    }
    let workflow = &compiled.workflow;
    if let Some(holding) = &workflow.holding {
        let value = held_value(holding, compiled, seen).map_err(Decision::Error)?;
        let kind = holding.terms.kind;
        return Ok(Taken::Hold(HoldKey::of(&workflow.id, kind, seen.event, value.as_deref())));
    }
    let key = business_key(compiled, seen).map_err(Decision::Error)?;
    let run = new_run(compiled, seen, key, 0, now);
    let marks = marks_of(compiled, seen, &run, seen.event.accepted_at);
    Ok(Taken::Run(Box::new(NewlyTaken { run, marks })))
}

/// The run that an earlier version, which held no events, has begun on this one: whoever dispatched it then has
/// ended, or is slow, between the start of the run and the record of the event.
async fn begun_before(
    ports: &Dispatching,
    compiled: &Arc<Compiled>,
    event: &Event,
) -> Result<Option<NewlyTaken>, Unavailable> {
    let (now, mut newer) = (ports.clock.now(), compiled.clone());
    while newer.version.version > 1 && now < after(newer.version.applied_at, MESSAGES_KEPT) {
        let (id, version) = (&newer.version.id, newer.version.version - 1);
        let Some(older) = ports.deployed.version(id, version).await? else { return Ok(None) };
        if let Some(taken) = taken_by(&older, event, now)
            && let Some(begun) = ports.runs.read(&taken.run.id).await?
            && begun.event == event.id
        {
            return Ok(Some(taken));
        }
        newer = older;
    }
    Ok(None)
}

/// What an earlier version would have begun on the event.
fn taken_by(older: &Compiled, event: &Event, now: Timestamp) -> Option<NewlyTaken> {
    let seen = SeenEvent::new(event);
    if older.workflow.holding.is_some() {
        return None;
    }
    let run = new_run(older, &seen, business_key(older, &seen).ok()?, 0, now);
    let marks = marks_of(older, &seen, &run, event.accepted_at);
    Some(NewlyTaken { run, marks })
}

/// The event is held there, until then.
async fn held(
    ports: &Dispatching,
    hold: HoldKey,
    compiled: &Compiled,
    event: &Event,
) -> Result<Decision, Unavailable> {
    let workflow = &compiled.workflow;
    let until = match &workflow.holding {
        Some(holding) => {
            let version = compiled.version.version;
            let place = HoldPlace { key: &hold, workflow: &workflow.id, holding, version };
            held_until(ports, &place, event).await?
        }
        None => ports.clock.now(),
    };
    Ok(Decision::Held(HeldIn { hold, until }))
}

/// The business key of the event for the workflow.
pub(crate) fn business_key(compiled: &Compiled, seen: &SeenEvent<'_>) -> Result<String, String> {
    let Some(once_per) = &compiled.workflow.trigger.once_per else {
        return Ok(seen.event.id.0.clone());
    };
    let value = common_value(once_per, seen.scope(compiled));
    value.map_err(|reason| format!("once_per: {reason}"))
}

/// The run that works on the event for the workflow.
pub(crate) fn new_run(
    compiled: &Compiled,
    seen: &SeenEvent<'_>,
    key: String,
    generation: u32,
    now: Timestamp,
) -> Run {
    let workflow = &compiled.workflow;
    let input = seen.input(compiled);
    let version = compiled.version.version;
    let new = NewRun { workflow: &workflow.id, version, event: seen.event, key, generation, input };
    protocol::new_run(new, compiled, now)
}
