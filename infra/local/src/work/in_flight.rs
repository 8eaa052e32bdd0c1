//! The messages in flight, by the connection that they wait for.
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

/// What all queues have in flight, and what may still be taken.
pub(crate) struct InFlight {
    limits: Arc<MemoryLimits>,
    counts: Mutex<BTreeMap<ConnectionName, usize>>,
    moved: watch::Sender<()>,
}

impl InFlight {
    pub(crate) fn new(limits: Arc<MemoryLimits>) -> Self {
        Self { limits, counts: Mutex::default(), moved: watch::Sender::new(()) }
    }

    /// The connections that messages may not be taken of as they come.
    pub(crate) fn capacities(&self, now: Timestamp) -> Capacities {
        let capacities = self.limits.capacities(&self.counts(), now);
        capacities.into_iter().map(|(name, capacity)| (name.0, capacity)).collect()
    }

    /// The messages are in flight from now on.
    pub(crate) fn add_messages(&self, messages: &[Received]) {
        let mut counts = self.counts();
        for via in messages.iter().filter_map(|message| message.via.as_ref()) {
            *counts.entry(via.clone()).or_default() += 1;
        }
    }

    /// The message is no longer in flight, and what may be taken may have changed.
    pub(crate) fn remove_message(&self, message: &Received) {
        let mut counts = self.counts();
        if let Some(via) = &message.via
            && let Some(count) = counts.get_mut(via)
        {
            *count = count.saturating_sub(1);
        }
        self.moved.send_replace(());
    }

    /// Hears of every message that is no longer in flight.
    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<ConnectionName, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message in flight, until it is dropped: whatever ends the work on it.
pub(crate) struct InFlightMessage {
    in_flight: Arc<InFlight>,
    pub(crate) message: Received,
}

impl InFlightMessage {
    /// The message, which [`InFlight::add_messages`] was told of.
    pub(crate) fn new(in_flight: Arc<InFlight>, message: Received) -> Self {
        Self { in_flight, message }
    }
}

impl Drop for InFlightMessage {
    fn drop(&mut self) {
        self.in_flight.remove_message(&self.message);
    }
}
