//! When the process may be ended.

use std::sync::{Arc, Mutex, PoisonError};
use tradewind_engine::time::Timestamp;

/// When the process may be ended: a function is told it with every batch. No call is made that could
/// be cut off by it.
#[derive(Clone, Debug, Default)]
pub struct Deadline(Arc<Mutex<Option<Timestamp>>>);

impl Deadline {
    /// From now on it is this.
    pub fn set(&self, at: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    /// That moment, or the other where it comes first.
    pub(crate) fn or_earlier(&self, other: Timestamp) -> Timestamp {
        let at = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        at.map_or(other, |at| at.min(other))
    }
}
