//! The messages that workers have in hand, by the connection that they wait for.
//!
//! Invariant: of a connection that is down, or has just come back, no more are taken than may be called
//! for; what waits is left alone.

use crate::store::{Capacities, Received};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::time::Timestamp;
use tradewind_memory::MemoryLimits;

/// What all queues have in hand, and what may still be taken.
pub(crate) struct Hand {
    limits: Arc<MemoryLimits>,
    counts: Mutex<BTreeMap<ConnectionName, usize>>,
    moved: watch::Sender<()>,
}

impl Hand {
    pub(crate) fn new(limits: Arc<MemoryLimits>) -> Self {
        Self { limits, counts: Mutex::default(), moved: watch::Sender::new(()) }
    }

    /// The connections that messages may not be taken of as they come.
    pub(crate) fn rooms(&self, now: Timestamp) -> Capacities {
        let rooms = self.limits.rooms(&self.counts(), now);
        rooms.into_iter().map(|(name, room)| (name.0, room)).collect()
    }

    /// The messages are in hand from now on.
    pub(crate) fn take(&self, messages: &[Received]) {
        let mut counts = self.counts();
        for via in messages.iter().filter_map(|message| message.via.as_ref()) {
            *counts.entry(via.clone()).or_default() += 1;
        }
    }

    /// The message is out of hand, and what there is room for may have changed.
    pub(crate) fn release(&self, message: &Received) {
        let mut counts = self.counts();
        if let Some(via) = &message.via
            && let Some(count) = counts.get_mut(via)
        {
            *count = count.saturating_sub(1);
        }
        self.moved.send_replace(());
    }

    /// Hears of every message that is out of hand.
    pub(crate) fn listen(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<ConnectionName, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message in hand, until it is dropped: whatever ends the work on it.
pub(crate) struct InHand {
    hand: Arc<Hand>,
    pub(crate) message: Received,
}

impl InHand {
    /// The message, which [`Hand::take`] was told of.
    pub(crate) fn new(hand: Arc<Hand>, message: Received) -> Self {
        Self { hand, message }
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.hand.release(&self.message);
    }
}
