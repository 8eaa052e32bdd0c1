//! Slack: messages through an incoming webhook.
//!
//! Invariant: the URL is the secret. It stands in no error, and nothing sends it elsewhere.
//!
//! Page: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>

use super::answers::{On500, judge_status, retry_after, send_request};
use super::requests::post;
use crate::action::{Cx, Fulfilment, Implementation};
use crate::contract::Contract;
use crate::contracts::ChatPost;
use crate::contracts::chat::{ChatMessage, ChatPosted};
use crate::provider::{Address, Provider, RateLimit};
use http::StatusCode;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ports::HttpResponse;

/// `rollup_error` is among the errors after which nothing was posted.
/// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors>
const ON_500: On500 = On500::NothingDone;
/// The longest error of Slack that is repeated.
const CODE_BYTES_MAX: usize = 64;

/// Slack.
pub static PROVIDER: Provider = Provider {
    id: "slack",
    title: "Slack",
    documentation: "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
    settings: || schemars::schema_for!(Settings).to_value(),
    secrets: &["url"],
    hosts: &["hooks.slack.com", "hooks.slack-gov.com"],
    addresses: &[Address { host: None, settings: &["url"], secrets: &["url"] }],
    limit: Some(RateLimit { calls: 1, per: Duration::from_secs(1) }),
    concurrency: None,
    trigger: None,
};

/// What it does.
pub const ACTIONS: &[Fulfilment] = &[(ChatPost::ID, chat_post)];

#[derive(Deserialize, JsonSchema)]
struct Settings {
    /// The incoming webhook's whole URL; it stands for one channel.
    #[schemars(with = "String")]
    url: SecretString,
}

/// `chat.post` by Slack.
fn chat_post() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Neither, |cx, input| {
        Box::pin(post_message(cx, input))
    })
}

async fn post_message(cx: &Cx<'_>, message: ChatMessage) -> Result<ChatPosted, ActionError> {
    let settings: Settings = cx.connection.settings()?;
    let url = settings.url.expose_secret();
    let body = json!({ "text": escaped(&message.checked()?.text) });
    let response = send_request(cx, post(cx, url.to_owned(), &body)).await?;
    let text = String::from_utf8_lossy(&response.body);
    match response.status == StatusCode::OK && text.trim() == "ok" {
        true => Ok(ChatPosted { message_id: None }),
        false => Err(failure(cx, &response, &text)),
    }
}

// Slack reads `<…>` as links and mentions; these three characters are all that it wants escaped.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn failure(cx: &Cx<'_>, response: &HttpResponse, text: &str) -> ActionError {
    let status = response.status;
    let reason = match text.trim() {
        code if is_code(code) => format!("Slack answered {}: {code}", status.as_u16()),
        _ => format!("Slack answered {}", status.as_u16()),
    };
    match status {
        // The webhook was revoked, or its channel is gone or archived: somebody makes a new one.
        StatusCode::NOT_FOUND | StatusCode::GONE => ActionError::needs_repair(reason),
        _ => {
            let wait = retry_after(&response.headers, cx.clock.now());
            judge_status(status, reason, wait, EffectClass::Neither, ON_500)
        }
    }
}

// Slack's errors are single words such as `no_service`. Other texts may repeat parts of the URL.
fn is_code(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    (1..=CODE_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_letter)
}
