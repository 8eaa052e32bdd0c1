//! What time brings: runs whose messages were lost, data whose days are over.

use crate::deployed::Deployed;
use futures::StreamExt as _;
use futures::stream;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::ids::{RunId, WorkflowId};
use tradewind_engine::ports::{
    Clock, Events, Expiry, Interrupted, Journal, Limits, Outbox, Runs, Unavailable,
};
use tradewind_engine::protocol::{self, Change, Command, Write};
use tradewind_engine::runs::Run;
use tradewind_engine::time::{Timestamp, after, before};

/// How many runs are looked at in one go.
const PAGE: usize = 200;
/// No page is begun later in a round: the next round is a minute after this one.
const ROUND: Duration = Duration::from_secs(20);
/// How many runs are seen to at the same time: after an outage there are many.
const AT_ONCE: usize = 16;
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
    /// What sandbox connections were asked to do.
    pub outbox: Arc<dyn Outbox>,
    /// Carries out commands.
    pub journal: Arc<dyn Journal>,
    /// Which connections are closed.
    pub limits: Arc<dyn Limits>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Sends again what the runs that are due ask for; returns how many were seen to. Once a minute.
pub async fn sweep(ports: &Sweeping) -> Result<usize, Unavailable> {
    let paused = paused(ports).await?;
    let (mut met, mut swept) = (BTreeSet::new(), 0);
    let ends_at = after(ports.clock.now(), ROUND);
    while ports.clock.now() < ends_at {
        let mut due = ports.runs.due(ports.clock.now(), PAGE).await?;
        let is_last = due.len() < PAGE;
        // A run that could not be seen to is due again at once: it waits for the next round.
        due.retain(|run| met.insert(run.id.clone()));
        if due.is_empty() {
            break;
        }
        let paused = &paused;
        let waking = due.into_iter().map(|run| async move {
            let woken = wake(ports, &run, paused.contains(&run.workflow)).await;
            usize::from(succeeds(&run.id, woken))
        });
        swept += stream::iter(waking).buffer_unordered(AT_ONCE).fold(0, async |a, b| a + b).await;
        if is_last {
            break;
        }
    }
    Ok(swept)
}

async fn wake(ports: &Sweeping, run: &Run, is_paused: bool) -> Result<(), Unavailable> {
    let mut commands = protocol::sweep(run, ports.clock.now());
    if is_paused || waits_for_a_closed_connection(ports, &commands).await {
        commands.retain(|command| !matches!(command, Command::Send { .. }));
    }
    // A refusal means that somebody has seen to the run since.
    ports.journal.commit(None, &commands).await.map_err(Interrupted::cause)?;
    Ok(())
}

/// What waits for a closed connection has its message; another one each quarter of an hour would make
/// many of them in an outage. One that was lost is sent by the first look after the outage.
async fn waits_for_a_closed_connection(ports: &Sweeping, commands: &[Command]) -> bool {
    for command in commands {
        if let Command::Send { via: Some(via), .. } = command
            && !ports.limits.is_closed(via, ports.clock.now()).await.unwrap_or(false)
        {
            return false;
        }
    }
    commands.iter().any(|command| matches!(command, Command::Send { via: Some(_), .. }))
}

/// Whether it was done. What fails for one run holds up no other.
fn succeeds(run: &RunId, done: Result<(), Unavailable>) -> bool {
    if let Err(unavailable) = &done {
        tracing::error!(run.id = %run, error = %unavailable, "a run could not be seen to");
    }
    done.is_ok()
}

/// Removes the data of runs that ended, and of events without a run that were accepted, long enough
/// ago; returns how many. Once an hour.
pub async fn redact(ports: &Sweeping) -> Result<usize, Unavailable> {
    let now = ports.clock.now();
    let old = before(now, history(ports).await?.redacted_after);
    let ended = ports.runs.unredacted(old, PAGE).await?;
    let redacting = ended.into_iter().map(|run| async move {
        let redacted = redact_run(ports, &run, now).await;
        usize::from(succeeds(&run.id, redacted))
    });
    let runs = stream::iter(redacting).buffer_unordered(AT_ONCE).fold(0, async |a, b| a + b).await;
    let orphans = ports.events.unredacted(old, PAGE).await?;
    let redacting = orphans.into_iter().map(|event| async move {
        let redacted = ports.events.redact(&event, now).await;
        if let Err(unavailable) = &redacted {
            tracing::error!(event.id = %event, error = %unavailable, "an event keeps its data");
        }
        usize::from(redacted.is_ok())
    });
    let events =
        stream::iter(redacting).buffer_unordered(AT_ONCE).fold(0, async |a, b| a + b).await;
    Ok(runs + events)
}

async fn redact_run(ports: &Sweeping, run: &Run, now: Timestamp) -> Result<(), Unavailable> {
    ports.events.redact(&run.event, now).await?;
    ports.outbox.forget(&run.id).await?;
    let write = Write { run: run.id.clone(), change: Change::Redact { now } };
    let redacted = ports.journal.commit(None, &[Command::Write(write)]).await;
    redacted.map_err(Interrupted::cause)?;
    Ok(())
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
