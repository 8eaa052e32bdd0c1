//! The outbox of sandbox connections in memory.

use async_trait::async_trait;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tradewind_engine::ids::RunId;
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::ports::{Outbox, Unavailable};

/// Entries in the order in which they were kept.
#[derive(Default)]
pub struct MemoryOutbox {
    entries: Mutex<Vec<OutboxEntry>>,
}

impl MemoryOutbox {
    /// Removes what the run asked for.
    pub(crate) fn remove(&self, run: &RunId) {
        self.entries().retain(|entry| entry.run != *run);
    }

    fn entries(&self) -> MutexGuard<'_, Vec<OutboxEntry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Outbox for MemoryOutbox {
    async fn store_entry(&self, entry: OutboxEntry) -> Result<OutboxEntry, Unavailable> {
        let mut entries = self.entries();
        if let Some(kept) = entries.iter().find(|kept| kept.key == entry.key) {
            return Ok(kept.clone());
        }
        entries.push(entry.clone());
        Ok(entry)
    }

    async fn list(
        &self,
        run: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, Unavailable> {
        let entries = self.entries();
        let wanted = entries.iter().rev().filter(|entry| run.is_none_or(|run| entry.run == *run));
        Ok(wanted.take(limit).cloned().collect())
    }

    async fn forget(&self, run: &RunId) -> Result<(), Unavailable> {
        self.remove(run);
        Ok(())
    }
}
