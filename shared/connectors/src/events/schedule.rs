//! What is due. The platform itself tells of it, to the workflow that has the schedule and to no other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A moment at which a workflow was due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DueTime {
    /// The workflow.
    pub workflow: String,
    /// When it was due, RFC 3339 UTC; it may start later, after an outage.
    pub due_at: String,
}

/// What stands below `trigger` for `schedule.fired`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScheduleData {
    /// The moment.
    pub schedule: DueTime,
}
