//! Whether work is being done: what `/health` answers and the alarm watches.

use super::in_flight::InFlight;
use super::moment::Moment;
use super::progress::Progress;
use crate::store::{QueueWaiting, Store};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tradewind_engine::ports::Clock;
use tradewind_engine::time::{Timestamp, after, before, until};

/// A queue whose oldest message has waited so long, while none was finished, is stalled.
const STALLED_AFTER: Duration = Duration::from_secs(60);
/// The sweeper runs once a minute; after so long without a round it is stalled.
const UNSWEPT_AFTER: Duration = Duration::from_secs(180);
/// The alarm looks every few seconds, but telling many letters takes it a while: each may take 20 s.
const UNWATCHED_AFTER: Duration = Duration::from_secs(600);

/// Whoever asks for health again so soon hears the same: a proof costs a write.
const PROVED_FOR: Duration = Duration::from_secs(1);

/// What health is judged by.
pub(crate) struct Health {
    pub(crate) store: Store,
    pub(crate) progress: Arc<Progress>,
    pub(crate) clock: Arc<dyn Clock>,
    /// What may be taken: what waits for a closed connection is no sign of a stalled worker.
    pub(crate) in_flight: Arc<InFlight>,
    /// Before it nobody could work: what waited through it is no sign of a stalled worker.
    started: Moment,
    /// When the sweeper last finished a round; at first the start of the process.
    swept: Mutex<Moment>,
    /// When the alarm last finished a round; at first the start of the process.
    watched: Mutex<Moment>,
    jumps: Mutex<Jumps>,
    /// What the last proof that something can be written came to.
    proof: tokio::sync::Mutex<Option<(Moment, Result<(), String>)>>,
}

/// By how much the clock was set forward, and what it showed then.
struct Jumps {
    last: Moment,
    made: Vec<(Timestamp, Duration)>,
}

/// A clock that is followed closely differs by less.
const JUMP_MIN: Duration = Duration::from_secs(1);
/// More jumps than that of one process are forgotten.
const JUMPS_MAX: usize = 16;

impl Jumps {
    /// Finds out whether the clock was set since the last look, which is a few seconds ago.
    fn observe(&mut self, now: Moment) {
        let passed = self.last.passed(now);
        let jump = until(after(self.last.at, passed), now.at);
        if jump >= JUMP_MIN {
            self.made.push((before(now.at, passed), jump));
            self.made.drain(..self.made.len().saturating_sub(JUMPS_MAX));
        }
        self.last = now;
    }

    /// How long ago that was, the jumps of the clock since then taken off.
    fn waited(&self, since: Timestamp, now: Moment) -> Duration {
        let jumped = self.made.iter().filter(|(at, _)| since < *at).map(|(_, by)| *by);
        until(since, now.at).saturating_sub(jumped.sum())
    }
}

impl Health {
    /// The health of a process that starts now.
    pub(crate) fn new(
        store: Store,
        progress: Arc<Progress>,
        in_flight: Arc<InFlight>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let started = Moment::now(&*clock);
        let (swept, watched) = (Mutex::new(started), Mutex::new(started));
        let jumps = Mutex::new(Jumps { last: started, made: Vec::new() });
        let proof = tokio::sync::Mutex::default();
        Self { store, progress, clock, in_flight, started, swept, watched, jumps, proof }
    }

    /// Proves by a write that something can be taken and recorded; one at a time, however many ask.
    async fn prove_writing(&self) -> Result<(), String> {
        let mut proof = self.proof.lock().await;
        let now = Moment::now(&*self.clock);
        if let Some((at, proved)) = &*proof
            && at.passed(now) < PROVED_FOR
        {
            return proved.clone();
        }
        let proved = self.store.probe(now.at).await.map_err(|unavailable| unavailable.reason);
        *proof = Some((now, proved.clone()));
        proved
    }

    /// How long something has waited, whatever was done to the clock meanwhile.
    fn waited(&self, since: Timestamp, now: Moment) -> Duration {
        lock(&self.jumps).waited(since, now)
    }

    /// Whether a message of the queue waits that its connection takes.
    async fn may_be_taken(&self, queue: &str, now: Moment) -> bool {
        let capacities = self.in_flight.capacities(now.at);
        let Ok(next_at) = self.store.next_visible_within(queue, capacities).await else {
            return true;
        };
        next_at.is_some_and(|at| self.waited(at, now) >= STALLED_AFTER)
    }

    pub(crate) fn record_sweep(&self) {
        *lock(&self.swept) = Moment::now(&*self.clock);
    }

    pub(crate) fn record_watch(&self) {
        *lock(&self.watched) = Moment::now(&*self.clock);
    }
}

/// What is wrong, in words; nothing when all is well.
pub(crate) async fn health(health: &Health) -> Result<(), Vec<String>> {
    let mut problems = Vec::new();
    if let Err(reason) = health.prove_writing().await {
        problems.push(format!("nothing can be written to the data directory: {reason}"));
    }
    let now = Moment::now(&*health.clock);
    lock(&health.jumps).observe(now);
    match health.store.queues_waiting(now.at).await {
        Err(unavailable) => problems.push(unavailable.to_string()),
        Ok(queues) => {
            for QueueWaiting { queue, waiting, oldest } in queues {
                let waited = health.waited(oldest, now);
                let last = health.progress.last(&queue).unwrap_or(health.started);
                let is_late = waited >= STALLED_AFTER && last.passed(now) >= STALLED_AFTER;
                if is_late && health.may_be_taken(&queue, now).await {
                    let waited_s = waited.as_secs();
                    problems.push(format!(
                        "the worker of {queue} is stalled: {waiting} wait, the oldest for {waited_s} s"
                    ));
                }
            }
        }
    }
    let swept = *lock(&health.swept);
    if swept.passed(now) >= UNSWEPT_AFTER {
        problems.push(format!("the sweeper is stalled: its last round ended at {}", swept.at));
    }
    let watched = *lock(&health.watched);
    if watched.passed(now) >= UNWATCHED_AFTER {
        problems.push(format!("the alarm is stalled: its last round ended at {}", watched.at));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
