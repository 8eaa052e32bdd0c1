//! What sandbox connections were asked to do.

use super::Unavailable;
use crate::ids::{ActionId, ConnectionName, RunId, StepPath};
use crate::stored::StoredForm;
use crate::time::Timestamp;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that a sandbox connection was asked to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// The step's idempotency key: the same key is kept once.
    pub key: String,
    /// The run that asked.
    pub run: RunId,
    /// The step that asked.
    pub step: StepPath,
    /// The connection that stands in.
    pub connection: ConnectionName,
    /// What was asked for.
    pub action: ActionId,
    /// With what.
    pub input: Value,
    /// What was answered.
    pub output: Value,
    /// When it was first asked.
    pub at: Timestamp,
}

impl StoredForm for OutboxEntry {
    const KIND: &'static str = "entry of the outbox";
    const VERSION: u32 = 1;
}

/// The outbox of all sandbox connections.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Keeps the entry unless its key is there already; returns the entry that is kept.
    async fn keep(&self, entry: OutboxEntry) -> Result<OutboxEntry, Unavailable>;
    /// The newest entries first, at most `limit`, of one run where that is given.
    async fn list(
        &self,
        run: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, Unavailable>;
    /// Removes the entries of a run.
    async fn forget(&self, run: &RunId) -> Result<(), Unavailable>;
}
