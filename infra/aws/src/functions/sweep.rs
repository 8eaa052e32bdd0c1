//! What time brings, once a minute: what is due, runs that stand still, bulk work, letters that the queues wrote,
//! and once an hour the data whose days are over. Each round tells how the stage is.

use super::Parts;
use crate::letters::{Letters, turn};
use crate::metrics::{self, Found};
use crate::store::Store;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tradewind_connectors::catalog::catalog;
use tradewind_engine::ports::{Clock, Unavailable};
use tradewind_engine::time::{Timestamp, after, before, until};
use tradewind_platform::jobs::{Advancing, advance};
use tradewind_platform::schedules::{Scheduling, fire};
use tradewind_platform::sweep::{Sweeping, Swept, Waiting, purge, redact, sweep_round};

/// A run that was due so long ago has stood still: the sweeper before this round has not seen to it.
const STUCK_AFTER: Duration = Duration::from_secs(150);
/// From so long on the log names the run that has waited longest, as the alarm does not.
const LONG_WAIT: Duration = Duration::from_secs(1_800);
/// How many stuck runs are counted.
const STUCK_MAX: usize = 100;
/// The minute of the hour in which old data is removed.
const TIDY_MINUTE: i64 = 7;
/// How long bulk work is done in one round.
const BULK_WITHIN: Duration = Duration::from_secs(12);
/// How long old data is removed in one round.
const TIDY_WITHIN: Duration = Duration::from_secs(8);
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

struct Round {
    sweeping: Sweeping,
    advancing: Advancing,
    scheduling: Scheduling,
    letters: Letters,
    /// All queues that have dead letters.
    queues: Vec<String>,
    store: Store,
    clock: Arc<dyn Clock>,
    /// More old data is there than one round could remove.
    is_untidy: AtomicBool,
}

pub(super) async fn serve(parts: &Parts) -> Result<(), Error> {
    let (journal, letters) = (parts.journal()?, parts.letters()?);
    let stored = Arc::new(parts.store.clone());
    let catalog = Arc::new(catalog());
    let round = Round {
        sweeping: Sweeping {
            deployed: parts.deployed.clone(),
            runs: stored.clone(),
            events: stored.clone(),
            holds: stored.clone(),
            outbox: stored.clone(),
            journal: journal.clone(),
            limits: parts.limits()?,
            clock: parts.clock.clone(),
        },
        advancing: Advancing {
            deployed: parts.deployed.clone(),
            jobs: stored.clone(),
            runs: stored.clone(),
            dead_letters: Arc::new(letters.clone()),
            journal,
            catalog: catalog.clone(),
            clock: parts.clock.clone(),
        },
        scheduling: Scheduling {
            deployed: parts.deployed.clone(),
            schedules: stored.clone(),
            events: stored.clone(),
            bus: Arc::new(parts.bus()?),
            clock: parts.clock.clone(),
        },
        letters,
        queues: parts.queue_names()?,
        store: parts.store.clone(),
        clock: parts.clock.clone(),
        is_untidy: AtomicBool::new(false),
    };
    lambda_runtime::run(service_fn(async |_: LambdaEvent<Value>| {
        round.run().await;
        Ok::<_, Error>(())
    }))
    .await
}

impl Round {
    /// What fails in one part holds up no other; the alarm about errors and the missing heartbeat
    /// tell a person. What can wait comes last, because the function is ended before the next round.
    async fn run(&self) {
        let now = self.clock.now();
        // First, so that what is due comes soon.
        succeeds("publish what is due", fire(&self.scheduling).await);
        let stuck = succeeds("count stuck runs", self.stuck(now).await);
        let swept = succeeds("see to due runs", sweep_round(&self.sweeping).await);
        let oldest = succeeds("collect letters", self.collect(now).await);
        if let (Some(stuck), Some(swept), Some(oldest)) = (stuck, swept, oldest) {
            let Swept { woken, newer, damaged, holds, longest } = swept;
            tracing::info!(
                runs.swept = woken,
                runs.stuck = stuck,
                runs.newer = newer,
                runs.damaged = damaged,
                holds.swept = holds,
                "a round is made"
            );
            metrics::swept(Found {
                stuck,
                longest_wait: longest.map_or(Duration::ZERO, |longest| waited(&longest, now)),
                oldest_letter: oldest,
            });
        }
        succeeds("do bulk work", advance(&self.advancing, BULK_WITHIN).await);
        let is_time = now.as_second().rem_euclid(HOUR) / MINUTE == TIDY_MINUTE;
        if is_time || self.is_untidy.load(Ordering::Relaxed) {
            succeeds("remove old data", self.tidy().await);
        }
    }

    /// Some of the queues in each round; returns how old the oldest letter is.
    async fn collect(&self, now: Timestamp) -> Result<Duration, Unavailable> {
        let queues: Vec<&str> = self.queues.iter().map(String::as_str).collect();
        let collected = self.letters.collect(&turn(&queues, now)).await?;
        if collected.noted > 0 {
            tracing::warn!(letters = collected.noted, "queues gave up on messages by themselves");
        }
        Ok(collected.oldest)
    }

    async fn stuck(&self, now: Timestamp) -> Result<usize, Unavailable> {
        self.store.overdue(before(now, STUCK_AFTER), STUCK_MAX).await
    }

    /// As much as there is time for; the rest is left to the next round.
    async fn tidy(&self) -> Result<(), Unavailable> {
        let ends_at = after(self.clock.now(), TIDY_WITHIN);
        let (mut all, mut last) = (0, 1);
        while last > 0 && self.clock.now() < ends_at {
            last = redact(&self.sweeping).await? + purge(&self.sweeping).await?;
            all += last;
        }
        self.is_untidy.store(last > 0, Ordering::Relaxed);
        tracing::info!(removed = all, "old data was removed");
        Ok(())
    }
}

/// How long it has waited; the alarm only says that something does, so the log says what.
fn waited(longest: &Waiting, now: Timestamp) -> Duration {
    let waited = until(longest.since, now);
    if waited >= LONG_WAIT {
        let seconds = waited.as_secs();
        tracing::warn!(run.id = %longest.run, waited_s = seconds, "a step waits past its time");
    }
    waited
}

fn succeeds<T>(what: &str, done: Result<T, Unavailable>) -> Option<T> {
    match done {
        Ok(done) => Some(done),
        Err(unavailable) => {
            tracing::error!(error = %unavailable.logged(), "the sweeper could not {what}");
            None
        }
    }
}
