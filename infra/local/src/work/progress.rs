//! What tells a queue that stands still from a busy one.

use super::moment::Moment;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// When each queue last finished a message.
#[derive(Default)]
pub(crate) struct Progress(Mutex<BTreeMap<String, Moment>>);

impl Progress {
    pub(crate) fn record_finished(&self, queue: &str, now: Moment) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(queue.to_owned(), now);
    }

    /// When the queue last finished a message in this process.
    pub(crate) fn last(&self, queue: &str) -> Option<Moment> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(queue).copied()
    }
}
