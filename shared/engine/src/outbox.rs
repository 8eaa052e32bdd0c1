//! What sandbox connections were asked to do.

use crate::ids::{ActionId, ConnectionName, RunId, StepPath};
use crate::stored::StoredForm;
use crate::time::Timestamp;
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
