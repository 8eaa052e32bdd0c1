//! How runs end. The platform itself tells of these.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A run that came to its end, or stopped until a person decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunEnd {
    /// The run.
    pub id: String,
    /// Its workflow.
    pub workflow: String,
    /// `succeeded`, `failed` or `parked`.
    pub state: String,
    /// Why it failed or was parked.
    pub reason: Option<String>,
    /// The step that failed or was parked.
    pub step: Option<String>,
    /// The event that started it.
    pub event: Option<String>,
}

/// What stands below `trigger` for `run.*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunData {
    /// The run.
    pub run: RunEnd,
}
