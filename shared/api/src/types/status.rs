//! How the whole stands.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the whole stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// The version of Tradewind.
    pub version: String,
    /// The revision of what is applied; raised by every change.
    pub revision: u64,
    /// Whether a project was ever applied.
    pub applied: bool,
    /// How many workflows there are.
    pub workflows: WorkflowCounts,
}

/// How many workflows there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkflowCounts {
    /// All of them.
    pub total: usize,
    /// Those that take events.
    pub enabled: usize,
    /// Those whose runs stand still.
    pub paused: usize,
}
