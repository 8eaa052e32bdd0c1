//! Orders in other states than the one that they are placed in.

use serde_json::{Value, json};

/// The order in another state, such as `approved`.
pub(crate) fn in_state(mut order: Value, status: &str) -> Value {
    order["data"]["attributes"]["status"] = json!(status);
    order
}
