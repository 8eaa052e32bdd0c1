//! Telling what lies in the queues.

use super::Unavailable;
use crate::backlog::QueueStanding;
use crate::time::Timestamp;
use async_trait::async_trait;

/// All queues.
#[async_trait]
pub trait Backlog: Send + Sync {
    /// Those that something lies in, by name. The numbers of a runtime of several machines are nearly right.
    async fn standing(&self, now: Timestamp) -> Result<Vec<QueueStanding>, Unavailable>;
}
