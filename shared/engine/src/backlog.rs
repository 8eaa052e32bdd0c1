//! What lies in the queues, for people to see.

use crate::time::Timestamp;

/// How a queue stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueStanding {
    /// What it belongs to: an action's id, or [`crate::queues::DISPATCH_QUEUE`].
    pub queue: String,
    /// Messages that wait for a worker.
    pub waiting: u64,
    /// Messages that a worker has, or that are hidden until they are tried again.
    pub in_flight: u64,
    /// Messages whose time has not come.
    pub delayed: u64,
    /// Since when the oldest of those that wait has been waiting. Nothing where none waits, and where the
    /// runtime cannot tell: SQS says no age.
    pub oldest: Option<Timestamp>,
    /// Dead letters.
    pub letters: u64,
    /// When the oldest of them was given up on.
    pub oldest_letter: Option<Timestamp>,
}

impl QueueStanding {
    /// Whether nothing lies in it.
    pub fn is_empty(&self) -> bool {
        self.waiting + self.in_flight + self.delayed + self.letters == 0
    }
}
