//! Whether work is being done: what `/health` answers and the alarm watches.

use crate::hand::Hand;
use crate::store::Store;
use crate::workers::Progress;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tradewind_engine::ports::Clock;
use tradewind_engine::time::{Timestamp, until};

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
    pub(crate) hand: Arc<Hand>,
    /// Before it nobody could work: what waited through it is no sign of a stalled worker.
    started_at: Timestamp,
    /// When the sweeper last finished a round; at first the start of the process.
    swept_at: Mutex<Timestamp>,
    /// When the alarm last finished a round; at first the start of the process.
    watched_at: Mutex<Timestamp>,
    /// What the last proof that something can be written came to.
    proof: tokio::sync::Mutex<Option<(Timestamp, Result<(), String>)>>,
}

impl Health {
    /// The health of a process that starts now.
    pub(crate) fn new(
        store: Store,
        progress: Arc<Progress>,
        hand: Arc<Hand>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let started_at = clock.now();
        let (swept_at, watched_at) = (Mutex::new(started_at), Mutex::new(started_at));
        let proof = tokio::sync::Mutex::default();
        Self { store, progress, clock, hand, started_at, swept_at, watched_at, proof }
    }

    /// Proves by a write that something can be taken and recorded; one at a time, however many ask.
    async fn prove_writing(&self) -> Result<(), String> {
        let mut proof = self.proof.lock().await;
        let now = self.clock.now();
        if let Some((at, proved)) = &*proof
            && *at <= now
            && until(*at, now) < PROVED_FOR
        {
            return proved.clone();
        }
        let proved = self.store.probe(now).await.map_err(|unavailable| unavailable.reason);
        *proof = Some((now, proved.clone()));
        proved
    }

    /// Whether a message of the queue waits that there is room for.
    async fn may_be_taken(&self, queue: &str, now: Timestamp) -> bool {
        let rooms = self.hand.rooms(now);
        let next_at = self.store.next_visible_within(queue, rooms).await;
        next_at.map_or(true, |next_at| next_at.is_some_and(|at| until(at, now) >= STALLED_AFTER))
    }

    pub(crate) fn note_sweep(&self) {
        *self.swept_at.lock().unwrap_or_else(PoisonError::into_inner) = self.clock.now();
    }

    pub(crate) fn note_watch(&self) {
        *self.watched_at.lock().unwrap_or_else(PoisonError::into_inner) = self.clock.now();
    }
}

/// What is wrong, in words; nothing when all is well.
pub(crate) async fn health(health: &Health) -> Result<(), Vec<String>> {
    let mut problems = Vec::new();
    if let Err(reason) = health.prove_writing().await {
        problems.push(format!("nothing can be written to the data directory: {reason}"));
    }
    let now = health.clock.now();
    match health.store.queue_depths(now).await {
        Err(unavailable) => problems.push(unavailable.to_string()),
        Ok(depths) => {
            for depth in depths {
                let Some(oldest) = depth.oldest else { continue };
                let waited = until(oldest, now);
                let last = health.progress.last(&depth.queue).unwrap_or(health.started_at);
                let is_late = waited >= STALLED_AFTER && until(last, now) >= STALLED_AFTER;
                if is_late && health.may_be_taken(&depth.queue, now).await {
                    let (queue, waiting) = (&depth.queue, depth.waiting);
                    let waited_s = waited.as_secs();
                    problems.push(format!(
                        "the worker of {queue} is stalled: {waiting} wait, the oldest for {waited_s} s"
                    ));
                }
            }
        }
    }
    let swept_at = *health.swept_at.lock().unwrap_or_else(PoisonError::into_inner);
    if until(swept_at, now) >= UNSWEPT_AFTER {
        problems.push(format!("the sweeper is stalled: its last round ended at {swept_at}"));
    }
    let watched_at = *health.watched_at.lock().unwrap_or_else(PoisonError::into_inner);
    if until(watched_at, now) >= UNWATCHED_AFTER {
        problems.push(format!("the alarm is stalled: its last round ended at {watched_at}"));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

#[cfg(test)]
mod tests;
