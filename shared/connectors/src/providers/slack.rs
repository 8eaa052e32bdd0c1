//! Slack.
//!
//! Page: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>

use crate::action::{Cx, Implementation};
use crate::contracts::chat::{ChatMessage, ChatPosted};
use crate::provider::Provider;
use tradewind_engine::effects::{ActionError, EffectClass};

/// Slack.
pub static PROVIDER: Provider = Provider {
    id: "slack",
    title: "Slack",
    documentation: "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
    settings: || serde_json::Value::Null,
    secrets: &["url"],
    limit: None,
    concurrency: None,
    trigger: None,
};

/// The implementation.
pub fn chat_post() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Neither, |cx, input| Box::pin(perform(cx, input)))
}

async fn perform(_cx: &Cx<'_>, _input: ChatMessage) -> Result<ChatPosted, ActionError> {
    Err(ActionError::refused("not written yet"))
}
