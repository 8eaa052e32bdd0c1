//! Events of a project's own. Its workflows emit them, and no provider does.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What stands below `trigger` for `custom.…`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OwnData {
    /// What the step gave as `key`.
    pub key: Option<String>,
    /// What the step gave as `data`.
    pub data: Map<String, Value>,
}
