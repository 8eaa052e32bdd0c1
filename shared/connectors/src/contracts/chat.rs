//! `chat.post`: tell the team.

use super::text::check_lines;
use crate::contract::{Contract, Tried};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tradewind_engine::effects::{ActionError, OnUnknown};

/// A message to the channel that the connection stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatMessage {
    /// Plain text.
    pub text: String,
}

/// The message was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChatPosted {
    /// The provider's id of the message, where it gives one.
    pub message_id: Option<String>,
}

impl ChatMessage {
    /// The message as every provider may post it: there is a text, without control characters.
    pub fn checked(self) -> Result<Self, ActionError> {
        check_lines(&self.text, "text")?;
        match self.text.trim().is_empty() {
            true => Err(ActionError::bad_data("text_missing", "text")),
            false => Ok(self),
        }
    }
}

/// Post a message to a channel. A message that may have arrived is posted again: twice is better
/// than never.
pub struct ChatPost;

impl Contract for ChatPost {
    const ID: &'static str = "chat.post";
    const SUMMARY: &'static str = "Post a message to a channel";
    const ON_UNKNOWN: OnUnknown = OnUnknown::Retry;
    type Input = ChatMessage;
    type Output = ChatPosted;

    fn checked(message: ChatMessage) -> Result<ChatMessage, ActionError> {
        message.checked()
    }

    fn sample(_: &ChatMessage, tried: &Tried<'_, Self>) -> ChatPosted {
        ChatPosted { message_id: Some(tried.new_id.to_owned()) }
    }
}
