//! A connection's settings.
use serde_json::Value;

/// JSON Schema of the settings.
pub(super) fn schema() -> Value { Value::Null }
