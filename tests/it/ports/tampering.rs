//! What somebody else does to stored records: a newer tradewind writes them, or they are damaged.

use super::world::World;
use async_trait::async_trait;
use std::path::Path;

/// A stored record.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kept<'a> {
    Run(&'a str),
    Event(&'a str),
    Job(&'a str),
    Project,
    Workflow(&'a str),
    Version(&'a str, u32),
    /// By its subject.
    AuditLine(&'a str),
    /// By its key, which begins with its run.
    OutboxEntry(&'a str),
    /// By its key.
    Reply(&'a str),
}

/// How a store's records are changed past the store. `folder` is where its files are, if it has any.
#[async_trait]
pub(super) trait Tampering: Send + Sync {
    /// Makes it one of that version, with a field that nobody here knows where it is a newer one;
    /// false where the store has no such version to keep.
    async fn set_version(&self, folder: &Path, record: Kept<'_>, version: u32) -> bool;

    /// Makes the runs unreadable.
    async fn damage(&self, folder: &Path, runs: &[String]);
}

impl World {
    /// A newer tradewind has written the record; false where this store cannot hold that.
    pub(super) async fn becomes_newer(&self, record: Kept<'_>) -> bool {
        self.adapters.set_version(&self.folder, record, 99).await
    }

    /// This tradewind could have written it.
    pub(super) async fn becomes_readable(&self, record: Kept<'_>) {
        self.adapters.set_version(&self.folder, record, 1).await;
    }

    pub(super) async fn damage(&self, runs: &[String]) {
        self.adapters.damage(&self.folder, runs).await;
    }
}
