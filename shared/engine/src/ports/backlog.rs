//! What lies in the queues, for people to see.

use super::Unavailable;
use crate::time::Timestamp;
use async_trait::async_trait;

/// How a queue stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueStanding {
    /// What it belongs to: an action's id, or [`super::DISPATCH_QUEUE`].
    pub queue: String,
    /// Messages that wait for a worker.
    pub waiting: u64,
    /// Messages that a worker has, or that are hidden until they are tried again.
    pub hidden: u64,
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
        self.waiting + self.hidden + self.delayed + self.letters == 0
    }
}

/// All queues.
#[async_trait]
pub trait Backlog: Send + Sync {
    /// Those that something lies in, by name. The numbers of a runtime of several machines are nearly right.
    async fn standing(&self, now: Timestamp) -> Result<Vec<QueueStanding>, Unavailable>;
}
