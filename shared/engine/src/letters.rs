//! Messages that were given up on: each raises an alarm, and sending one back is a replay.

use crate::stored::StoredForm;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A message that was given up on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its id.
    pub id: String,
    /// The queue that it goes back to: an action's id, or the name of one of [`crate::queues`].
    pub queue: String,
    /// The message: a wake-up, an event, or what could not be read.
    pub body: String,
    /// Why it was given up on.
    pub reason: String,
    /// When it was given up.
    pub at: Timestamp,
}

impl StoredForm for DeadLetter {
    const KIND: &'static str = "dead letter";
    const VERSION: u32 = 1;
}
