//! `webhook.send`: tell another service what happened.

use super::text::check_line;
use crate::contract::{Contract, Tried};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tradewind_engine::effects::{ActionError, OnUnknown};

/// The longest type, in bytes.
const TYPE_BYTES_MAX: usize = 256;
/// The longest data, in bytes as JSON. Receivers like it below 20 KB.
const DATA_BYTES_MAX: usize = 1024 * 1024;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookMessage {
    /// What kind of thing happened, such as `order.placed`: the receiver tells by it what is in `data`.
    pub r#type: String,
    /// What is told of it.
    pub data: Value,
}

/// The receiver took it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookSent {
    /// What the receiver saw as `webhook-id`: the same in every attempt.
    pub id: String,
}

impl WebhookMessage {
    /// The message as it may be sent: there is a type of one line, and the data is not endless.
    pub fn checked(self) -> Result<Self, ActionError> {
        check_line(&self.r#type, "type")?;
        if self.r#type.trim().is_empty() {
            return Err(ActionError::bad_data("text_missing", "type"));
        }
        if self.r#type.len() > TYPE_BYTES_MAX {
            return Err(ActionError::bad_data("text_too_long", "type"));
        }
        if self.data.to_string().len() > DATA_BYTES_MAX {
            return Err(ActionError::bad_data("text_too_long", "data"));
        }
        Ok(self)
    }
}

/// Tell another service what happened. What may have arrived is sent again, as the standard has it: receivers know by
/// `webhook-id` what they have had.
pub struct WebhookSend;

impl Contract for WebhookSend {
    const ID: &'static str = "webhook.send";
    const SUMMARY: &'static str = "Tell another service what happened, by a signed webhook";
    const ON_UNKNOWN: OnUnknown = OnUnknown::Retry;
    type Input = WebhookMessage;
    type Output = WebhookSent;

    fn checked(message: WebhookMessage) -> Result<WebhookMessage, ActionError> {
        message.checked()
    }

    fn sample(_: &WebhookMessage, tried: &Tried<'_, Self>) -> WebhookSent {
        WebhookSent { id: tried.new_id.to_owned() }
    }
}
