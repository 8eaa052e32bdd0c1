//! What time brings: runs whose messages were lost, data whose days are over.

use crate::deployed::Deployed;
use crate::dispatch::wake_at;
use crate::newer;
use futures::StreamExt as _;
use futures::stream;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::holds::HoldKey;
use tradewind_engine::ids::{ConnectionName, RunId, StepPath, WorkflowId};
use tradewind_engine::ports::{
    Clock, Events, Expiry, Hidden, Holds, Interrupted, Journal, Limits, Outbox, Place, RunFilter,
    Runs, Unavailable,
};
use tradewind_engine::protocol::{self, Change, Command, Committed, Write};
use tradewind_engine::runs::{Run, StepState};
use tradewind_engine::time::{Timestamp, after, before};
use tradewind_engine::workflows::Step;

/// How many runs are looked at in one go.
const PAGE: usize = 200;
/// No page is begun later in a round: the next round is a minute after this one.
const ROUND: Duration = Duration::from_secs(20);
/// The same of holds.
const ROUND_OF_HOLDS: Duration = Duration::from_secs(5);
/// More runs than workflows, and starts over again, give one event.
const RUNS_OF_EVENT_MAX: usize = 1_000;
/// How many runs are seen to at the same time: after an outage there are many.
const AT_ONCE: usize = 16;
/// When a run that cannot be read is looked at again.
pub const UNREADABLE_AGAIN: Duration = Duration::from_secs(3_600);
/// A hold is woken when its run should have begun so long ago.
pub const HOLD_OVERDUE: Duration = Duration::from_secs(60);
/// And again so long after that.
pub const HOLD_AGAIN: Duration = Duration::from_secs(15 * 60);
/// How long the answers to repeated requests are kept.
const REPLIES_KEPT: Duration = DAY;
const DAY: Duration = Duration::from_secs(86_400);

/// What sweeping needs.
pub struct Sweeping {
    /// What was applied.
    pub deployed: Arc<Deployed>,
    /// The runs.
    pub runs: Arc<dyn Runs>,
    /// The events.
    pub events: Arc<dyn Events>,
    /// The events that are held.
    pub holds: Arc<dyn Holds>,
    /// What sandbox connections were asked to do.
    pub outbox: Arc<dyn Outbox>,
    /// Carries out commands.
    pub journal: Arc<dyn Journal>,
    /// Which connections are closed.
    pub limits: Arc<dyn Limits>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// A run that stands still although its time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Since when.
    pub since: Timestamp,
    /// The run.
    pub run: RunId,
}

/// What a round of the sweeper met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Runs that were seen to.
    pub woken: usize,
    /// Runs that a newer tradewind wrote, which sees to them itself.
    pub newer: usize,
    /// Runs that cannot be read: a person has to look.
    pub damaged: usize,
    /// Holds whose runs should have begun, and that were sent for.
    pub holds: usize,
    /// The step that has waited longest past its time, of workflows that go on.
    pub longest: Option<Waiting>,
}

/// Sends again what the runs that are due ask for; returns how many were seen to. Once a minute.
pub async fn sweep(ports: &Sweeping) -> Result<usize, Unavailable> {
    Ok(sweep_round(ports).await?.woken)
}

/// The same, with what stood in the way. Each page begins where the one before it ended: whatever cannot be seen
/// to hides no run and no hold behind it, and is met again in another round.
pub async fn sweep_round(ports: &Sweeping) -> Result<Swept, Unavailable> {
    let runs = wake_runs(ports).await;
    // Whatever stands in the way of runs is no reason to hold events.
    let holds = wake_holds(ports).await;
    Ok(Swept { holds: holds?, ..runs? })
}

async fn wake_runs(ports: &Sweeping) -> Result<Swept, Unavailable> {
    let paused = &paused(ports).await?;
    let (mut from, mut swept) = (None, Swept::default());
    let ends_at = after(ports.clock.now(), ROUND);
    while ports.clock.now() < ends_at {
        let due = ports.runs.due(ports.clock.now(), from.as_ref(), PAGE).await?;
        let (newer, damaged) = due.hidden_counts();
        (swept.newer, swept.damaged) = (swept.newer + newer, swept.damaged + damaged);
        pass_by(ports, &due.hidden).await;
        let longest = longest(&due.records, paused, ports.clock.now());
        swept.longest = [swept.longest, longest].into_iter().flatten().min_by_key(|one| one.since);
        let waking = due.records.into_iter().map(|run| async move {
            let woken = wake(ports, &run, paused.contains(&run.workflow)).await;
            usize::from(succeeds(&run.id, woken))
        });
        swept.woken +=
            stream::iter(waking).buffer_unordered(AT_ONCE).fold(0, async |a, b| a + b).await;
        let Some(next) = due.next else { break };
        from = Some(next);
    }
    Ok(swept)
}

/// Sends again the message of each hold that should have begun its run by now, which then has time to do so: a
/// workflow that stands still is no reason to hold events, for its runs stand still themselves. How many were sent
/// for. What fails for one holds up no other.
async fn wake_holds(ports: &Sweeping) -> Result<usize, Unavailable> {
    let (mut from, mut woken) = (None, 0);
    let ends_at = after(ports.clock.now(), ROUND_OF_HOLDS);
    loop {
        let overdue = before(ports.clock.now(), HOLD_OVERDUE);
        let due = ports.holds.due_holds(overdue, from.as_ref(), PAGE).await?;
        let next = due.last().filter(|_| due.len() == PAGE).cloned();
        let waking = due.into_iter().map(|met| async move {
            let woken = wake_hold(ports, &met).await;
            if let Err(unavailable) = &woken {
                tracing::error!(hold = met.id, error = %unavailable.logged(), "held events could not be seen to");
            }
            usize::from(woken.is_ok())
        });
        woken += stream::iter(waking).buffer_unordered(AT_ONCE).fold(0, async |a, b| a + b).await;
        if next.is_none() || ports.clock.now() >= ends_at {
            return Ok(woken);
        }
        from = next;
    }
}

async fn wake_hold(ports: &Sweeping, met: &Place) -> Result<(), Unavailable> {
    let sent = ports.journal.commit(None, &[wake_at(&HoldKey(met.id.clone()), None)]).await;
    sent.map_err(Interrupted::cause)?;
    ports.holds.postpone_hold(met, after(ports.clock.now(), HOLD_AGAIN)).await
}

/// The run of these that has waited longest. One of a workflow that stands still waits for a person.
fn longest(runs: &[Run], paused: &BTreeSet<WorkflowId>, now: Timestamp) -> Option<Waiting> {
    let runs = runs.iter().filter(|run| !paused.contains(&run.workflow));
    let waiting =
        runs.filter_map(|run| Some(Waiting { since: run.waits_since(now)?, run: run.id.clone() }));
    waiting.min_by_key(|one| one.since)
}

/// A run that cannot be read is looked at again later: it costs a read an hour, not one a minute. One
/// of a newer tradewind keeps its time, so that that one finds it.
async fn pass_by(ports: &Sweeping, hidden: &[Hidden]) {
    for Hidden { place, why } in hidden {
        if why.is_newer() {
            newer::log_once(&why.clone().into());
            continue;
        }
        let until = after(ports.clock.now(), UNREADABLE_AGAIN);
        match ports.runs.postpone_check(place, until).await {
            Ok(()) => tracing::error!(run.id = place.id, error = %why, "a run cannot be seen to"),
            Err(error) => {
                tracing::error!(run.id = place.id, error = %error.logged(), "a run cannot be seen to")
            }
        }
    }
}

async fn wake(ports: &Sweeping, run: &Run, is_paused: bool) -> Result<(), Unavailable> {
    let mut commands = protocol::sweep(run, ports.clock.now());
    if is_paused || waits_for_a_closed_connection(ports, run, &commands).await {
        commands.retain(|command| !matches!(command, Command::Send { .. }));
    }
    // A refusal means that somebody has seen to the run since.
    ports.journal.commit(None, &commands).await.map_err(Interrupted::cause)?;
    Ok(())
}

/// What waits for a closed connection has its message; another one each quarter of an hour would make
/// many of them in an outage. One that was lost is sent by the first look after the outage.
async fn waits_for_a_closed_connection(ports: &Sweeping, run: &Run, commands: &[Command]) -> bool {
    for command in commands {
        if let Command::Send { via: Some(via), wake, .. } = command
            && !is_closed(ports, via).await
            && !reads_through_a_closed_connection(ports, run, &wake.path).await
        {
            return false;
        }
    }
    commands.iter().any(|command| matches!(command, Command::Send { via: Some(_), .. }))
}

/// Whether the step would read afresh before its call, through a connection that is closed: its message waits for
/// that one.
async fn reads_through_a_closed_connection(ports: &Sweeping, run: &Run, path: &StepPath) -> bool {
    if run.steps.get(path).is_none_or(|step| step.state == StepState::Unknown) {
        return false;
    }
    let Ok(Some(compiled)) = ports.deployed.version(&run.workflow, run.version).await else {
        return false;
    };
    let step = compiled.workflow.step(path).and_then(Step::action);
    let from = compiled.workflow.trigger.from.as_ref();
    match from.filter(|_| step.is_some_and(|step| step.still.is_some())) {
        Some(from) => is_closed(ports, from).await,
        None => false,
    }
}

async fn is_closed(ports: &Sweeping, connection: &ConnectionName) -> bool {
    ports.limits.is_closed(connection, ports.clock.now()).await.unwrap_or(false)
}

/// Whether it was done. What fails for one run holds up no other.
fn succeeds(run: &RunId, done: Result<(), Unavailable>) -> bool {
    if let Err(unavailable) = &done {
        tracing::error!(run.id = %run, error = %unavailable.logged(), "a run could not be seen to");
    }
    done.is_ok()
}

/// Removes the data of runs that ended, and of events without a run that were accepted, long enough
/// ago; returns how many. Once an hour.
pub async fn redact(ports: &Sweeping) -> Result<usize, Unavailable> {
    let now = ports.clock.now();
    let old = before(now, history(ports).await?.redacted_after);
    Ok(redact_runs(ports, old, now).await? + redact_events(ports, old, now).await?)
}

/// The first page of runs of which something can be done.
async fn redact_runs(
    ports: &Sweeping,
    old: Timestamp,
    now: Timestamp,
) -> Result<usize, Unavailable> {
    let mut from = None;
    loop {
        let ended = ports.runs.unredacted(old, from.as_ref(), PAGE).await?;
        let redacting = ended.records.into_iter().map(|run| async move {
            let redacted = redact_run(ports, &run, now).await;
            redacted.unwrap_or_else(|error| usize::from(succeeds(&run.id, Err(error))))
        });
        let redacting = stream::iter(redacting).buffer_unordered(AT_ONCE);
        let redacted = redacting.fold(0, async |a, b| a + b).await;
        match ended.next {
            Some(next) if redacted == 0 => from = Some(next),
            _ => return Ok(redacted),
        }
    }
}

/// The same for events: those of no run, and those whose last run has been redacted.
async fn redact_events(
    ports: &Sweeping,
    old: Timestamp,
    now: Timestamp,
) -> Result<usize, Unavailable> {
    let mut from = None;
    loop {
        let orphans = ports.events.unredacted(old, from.as_ref(), PAGE).await?;
        let redacting = orphans.records.into_iter().map(|event| async move {
            let redacted = ports.events.redact(&event, now).await;
            if let Err(unavailable) = &redacted {
                tracing::error!(event.id = %event, error = %unavailable.logged(), "an event keeps its data");
            }
            usize::from(redacted.is_ok())
        });
        let redacting = stream::iter(redacting).buffer_unordered(AT_ONCE);
        let redacted = redacting.fold(0, async |a, b| a + b).await;
        match orphans.next {
            Some(next) if redacted == 0 => from = Some(next),
            _ => return Ok(redacted),
        }
    }
}

/// With the branches of its loops, which come first: once the run is redacted, nobody looks for them. How many
/// runs were.
async fn redact_run(ports: &Sweeping, run: &Run, now: Timestamp) -> Result<usize, Unavailable> {
    for branch in ports.runs.branches(&run.id).await? {
        if !redact_record(ports, branch, now).await? {
            return Ok(0);
        }
    }
    if !is_needed_by_others(ports, run).await? {
        match ports.events.redact(&run.event, now).await {
            // A newer tradewind has an event of its own to see to.
            Err(newer) if newer.is_newer() => newer::log_once(&newer),
            redacted => redacted?,
        }
    }
    ports.outbox.forget(&run.id).await?;
    redact_record(ports, run.id.clone(), now).await?;
    Ok(1)
}

/// False where it is worked on.
async fn redact_record(
    ports: &Sweeping,
    record: RunId,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let write = Write { run: record, change: Change::Redact { now } };
    let redacted = ports.journal.commit(None, &[Command::Write(write)]).await;
    Ok(match redacted.map_err(Interrupted::cause)? {
        Committed::Applied(_) => true,
        Committed::Refused { current } => current.is_none_or(|one| one.redacted_at.is_some()),
    })
}

/// Whether another run of the event may still be started again on it. The last one redacts the event;
/// where two are the last at the same time, the event is found to be nobody's afterwards.
async fn is_needed_by_others(ports: &Sweeping, run: &Run) -> Result<bool, Unavailable> {
    let event = Some(run.event.clone());
    let filter = RunFilter { event, limit: RUNS_OF_EVENT_MAX, ..RunFilter::default() };
    let page = ports.runs.list(&filter).await?;
    let holds_data = |other: &Run| other.id != run.id && other.redacted_at.is_none();
    Ok(page.iter().any(holds_data) || !page.hidden.is_empty())
}

/// Removes what has had its time; returns how many. Once an hour.
pub async fn purge(ports: &Sweeping) -> Result<usize, Unavailable> {
    let history = history(ports).await?;
    let now = ports.clock.now();
    let expiry = Expiry {
        history: before(now, history.kept),
        events_given_up: before(now, history.redacted_after),
        replies: before(now, REPLIES_KEPT),
    };
    ports.runs.purge(&expiry, PAGE).await
}

/// How long history is kept, and how long with its data.
struct History {
    kept: Duration,
    redacted_after: Duration,
}

async fn history(ports: &Sweeping) -> Result<History, Unavailable> {
    let current = ports.deployed.current().await?;
    let days = current.project.as_ref().map(|p| (p.keep_days, p.redact_after_days));
    let (keep_days, redact_after_days) = days.unwrap_or((90, 30));
    Ok(History { kept: DAY * keep_days, redacted_after: DAY * redact_after_days })
}

async fn paused(ports: &Sweeping) -> Result<BTreeSet<WorkflowId>, Unavailable> {
    let current = ports.deployed.current().await?;
    let paused = current.workflows.iter().filter(|head| head.paused);
    Ok(paused.map(|head| head.id.clone()).collect())
}
