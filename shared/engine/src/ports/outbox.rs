//! What sandbox connections were asked to do.

use super::Unavailable;
use crate::ids::RunId;
use crate::outbox::OutboxEntry;
use async_trait::async_trait;

/// The outbox of all sandbox connections.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Keeps the entry unless its key is there already; returns the entry that is kept.
    async fn store_entry(&self, entry: OutboxEntry) -> Result<OutboxEntry, Unavailable>;
    /// The newest entries first, at most `limit`, of one run where that is given.
    async fn list(
        &self,
        run: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, Unavailable>;
    /// Removes the entries of a run.
    async fn forget(&self, run: &RunId) -> Result<(), Unavailable>;
}
