//! Webhooks of services that have no connector of their own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What stands below `trigger` for `webhook.received`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookData {
    /// The JSON body as it was sent.
    pub body: Value,
    /// The member `type` of the body, where it is a text.
    pub r#type: Option<String>,
}
