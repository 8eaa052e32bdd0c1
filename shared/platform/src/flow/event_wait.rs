//! A step begins to wait for an event: it leaves its mark, looks for events that came before, and waits.
//!
//! The other side is `dispatch/awaited.rs`: an event is recorded before it looks for steps, so that one that is
//! found here without a record finds this step's mark.
//!
//! Invariant: once it has begun, whoever claims the step does so because an event was noted on it, or because
//! its time is over. Before it ends by its time, the events are looked for once more: whoever was to note one may have
//! stopped on the way.

use super::Flowing;
use super::ground::accepted_at;
use crate::Handled;
use crate::claiming::{Circumstances, Claimed, Recorded};
use crate::deployed::Compiled;
use crate::dispatch::common_value;
use crate::heard::{Heard, heard, nothing_heard, unclear, went_on};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;
use tradewind_engine::events::EventRecord;
use tradewind_engine::ids::{EventId, StepPath};
use tradewind_engine::marks::{Mark, MarkKey, Marked};
use tradewind_engine::ports::Unavailable;
use tradewind_engine::protocol::{Command, Committed, Outcome, hear};
use tradewind_engine::runs::{FlowKind, Run, StepRecord};
use tradewind_engine::time::Timestamp;

/// How many events that came before are read at the same time: of many the first may be the one.
const AT_ONCE: usize = 8;

/// What a claimed step gives that has begun to wait for an event; nothing of any other.
pub(super) fn ended_wait(step: &StepRecord) -> Option<Value> {
    let work = step.work.flow_work().filter(|work| work.flow == FlowKind::WaitForEvent)?;
    match &work.heard {
        Some(_) => step.output.clone(),
        None => work.until.map(|_| nothing_heard()),
    }
}

impl Compiled {
    /// Where the marks of a step stand that waits for an event, and why there is no such place.
    pub(super) fn mark_key(&self, run: &Run, path: &StepPath) -> Option<Result<MarkKey, String>> {
        let workflow = &self.workflow;
        let awaited = &workflow.step(path)?.event_wait()?.awaited;
        let value = common_value(&awaited.key.run, &self.scope(run)).ok();
        let key = value.map(|value| {
            let listening = awaited.listening(workflow.trigger.from.as_ref(), true);
            MarkKey::of(&workflow.id, &listening, &value)
        });
        let nothing = "wait.key: gives neither a text nor a number, so no event can be the one";
        Some(key.ok_or_else(|| nothing.to_owned()))
    }
}

/// The step waits from now on, or goes on at once.
pub(super) async fn begin_to_wait(
    ports: &Flowing,
    claimed: Claimed<'_>,
    compiled: &Compiled,
    key: MarkKey,
    until: Timestamp,
) -> Result<Handled, Unavailable> {
    let (run, path) = (claimed.run.id.clone(), claimed.path.clone());
    let mark = Mark::new(key.clone(), Marked::Step { run, path, until });
    if let Err(unavailable) = commit(&claimed, &[Command::Mark(mark)]).await {
        return claimed.give_back(&unavailable).await;
    }
    look_and_record(ports, claimed, compiled, key, Outcome::Waits(until)).await
}

/// What was noted on it ends the step; where nothing was, its time is over, unless an event is found that came before.
pub(super) async fn end_wait(
    ports: &Flowing,
    claimed: Claimed<'_>,
    compiled: &Compiled,
    output: Value,
) -> Result<Handled, Unavailable> {
    let has_heard = claimed.step().is_some_and(|step| step.work.heard().is_some());
    match compiled.mark_key(&claimed.run, &claimed.path) {
        Some(Ok(key)) if !has_heard => {
            look_and_record(ports, claimed, compiled, key, Outcome::Done(output)).await
        }
        _ => end(&claimed, compiled, output).await,
    }
}

/// Records this of the step, unless an event is found that it waits for.
async fn look_and_record(
    ports: &Flowing,
    mut claimed: Claimed<'_>,
    compiled: &Compiled,
    key: MarkKey,
    outcome: Outcome,
) -> Result<Handled, Unavailable> {
    match look_back(ports, &claimed, compiled, key).await {
        Ok(Some(run)) if is_held(&claimed, &run) => claimed.run = run,
        Ok(Some(run)) => return Ok(claimed.record_late(Some(&run), &outcome).await),
        Ok(None) => {}
        Err(unavailable) => return claimed.give_back(&unavailable).await,
    }
    if let Some(output) = heard_by(&claimed) {
        return end(&claimed, compiled, output).await;
    }
    let is_over = matches!(outcome, Outcome::Done(_));
    match claimed.try_record(compiled, outcome.clone(), Circumstances::default()).await {
        Recorded::Handled(handled) => {
            if is_over && handled == Handled::Settled {
                remove_mark(&claimed, compiled).await;
            }
            Ok(handled)
        }
        Recorded::Lost(Some(run)) if is_held(&claimed, &run) => {
            claimed.run = run;
            match heard_by(&claimed) {
                // An event came at this moment.
                Some(output) => end(&claimed, compiled, output).await,
                None => Ok(claimed.record_late(Some(&claimed.run), &outcome).await),
            }
        }
        Recorded::Lost(run) => Ok(claimed.record_late(run.as_deref(), &outcome).await),
    }
}

/// What the event left with the step that was noted on it.
fn heard_by(claimed: &Claimed<'_>) -> Option<Value> {
    let step = claimed.step().filter(|step| step.work.heard().is_some())?;
    step.output.clone()
}

/// The step is done: the event names it, if one came, and its own mark is of no use any more.
async fn end(
    claimed: &Claimed<'_>,
    compiled: &Compiled,
    output: Value,
) -> Result<Handled, Unavailable> {
    let (run, path) = (&claimed.run, &claimed.path);
    if let Some(event) = claimed.step().and_then(|step| step.work.heard()) {
        let went_on = went_on(&run.id, path, event, claimed.ports.clock.now());
        if let Err(unavailable) = commit(claimed, &[went_on]).await {
            return claimed.give_back(&unavailable).await;
        }
    }
    let nothing = Circumstances::default();
    let handled = claimed.record(compiled, Outcome::Done(output), nothing).await;
    if handled == Handled::Settled {
        remove_mark(claimed, compiled).await;
    }
    Ok(handled)
}

/// Whether the claim holds the step of this run still.
pub(super) fn is_held(claimed: &Claimed<'_>, run: &Run) -> bool {
    let held = claimed.step().map(|step| (step.state, step.fence));
    let stands = run.steps.get(&claimed.path).map(|step| (step.state, step.fence));
    run.works_on(&claimed.path) && stands == held
}

/// Looks for what came since the run's own event, and before its time is over: the run, where something was noted
/// on it. The mark of the step is there.
async fn look_back(
    ports: &Flowing,
    claimed: &Claimed<'_>,
    compiled: &Compiled,
    key: MarkKey,
) -> Result<Option<Box<Run>>, Unavailable> {
    let (run, path) = (&claimed.run, &claimed.path);
    let since = accepted_at(run);
    let found = ports.marks.marks(&key).await?.into_iter().filter_map(|mark| match mark.of {
        Marked::Event { event, accepted_at } if accepted_at >= since => Some((accepted_at, event)),
        _ => None,
    });
    let mut found: Vec<(Timestamp, EventId)> = found.collect();
    found.sort();
    let mut stands = None;
    let reading = found.into_iter().map(|(accepted_at, event)| {
        let events = ports.events.clone();
        async move { Ok::<_, Unavailable>((events.read(&event).await?, accepted_at)) }
    });
    let mut records = stream::iter(reading).buffered(AT_ONCE);
    while let Some((record, accepted_at)) = records.try_next().await? {
        let Some(mut record) = record else { continue };
        // A delivery that came again is no later for that.
        record.event.accepted_at = record.event.accepted_at.min(accepted_at);
        let Some(heard) = heard_of(compiled, run, path, &record) else { continue };
        let is_clear = matches!(heard, Heard::Clear(_));
        let now = claimed.ports.clock.now();
        let came = (&record.event.id, record.event.accepted_at);
        let write = hear(&run.id, path, came, heard.into(), now);
        stands = match commit(claimed, &[Command::Write(write)]).await? {
            Committed::Applied(run) => run,
            // Another was noted at this moment, or the claim is lost.
            Committed::Refused { current } => return Ok(current),
        };
        if is_clear {
            break;
        }
    }
    Ok(stands)
}

/// What an event means that came before.
fn heard_of(
    compiled: &Compiled,
    run: &Run,
    path: &StepPath,
    record: &EventRecord,
) -> Option<Heard> {
    let event = &record.event;
    if record.redacted_at.is_some() && event.id != run.event {
        return Some(Heard::Unclear(unclear(&event.id, "its data has been removed")));
    }
    heard(compiled, run, path, event)
}

/// The mark of a wait that has ended is of no use; where it stays, it goes with the run.
async fn remove_mark(claimed: &Claimed<'_>, compiled: &Compiled) {
    let (run, path) = (&claimed.run, &claimed.path);
    let Some(Ok(key)) = compiled.mark_key(run, path) else { return };
    let until = claimed.ports.clock.now();
    let of = Marked::Step { run: run.id.clone(), path: path.clone(), until };
    let removed = commit(claimed, &[Command::Unmark(Mark::new(key, of))]).await;
    if let Err(unavailable) = removed {
        tracing::debug!(run.id = %run.id, step.id = %path, error = %unavailable.logged(),
            "the mark of a wait that has ended stays");
    }
}

async fn commit(claimed: &Claimed<'_>, commands: &[Command]) -> Result<Committed, Unavailable> {
    let ports = claimed.ports;
    ports.commit(None, ports.clock.now(), commands, Some(&claimed.run)).await
}
