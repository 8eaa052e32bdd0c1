//! Twilio SendGrid: mail through `POST /v3/mail/send`.
//!
//! Invariant: SendGrid knows no idempotency key, and we do not receive its event webhook. The custom
//! argument `run_step` is for people: whoever has such a webhook finds by it what became of a message
//! whose answer was lost.
//!
//! Page: <https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send>

use super::answers::{On500, WAIT_MAX, clear_text, judge_status, retry_after, send_request};
use super::requests::{post, with_credential};
use crate::action::{Cx, Fulfilment, Implementation};
use crate::contract::Contract;
use crate::contracts::EmailSend;
use crate::contracts::email::{EmailMessage, EmailSent};
use crate::provider::{Address, Provider};
use http::{HeaderMap, StatusCode, header};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ports::HttpResponse;
use tradewind_engine::time::{self, Timestamp};

const BASE_URL: &str = "https://api.sendgrid.com";
/// "An error occurred on a SendGrid server": to be tried again, like all its 5xx.
/// <https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses>
const ON_500: On500 = On500::NothingDone;

/// SendGrid.
pub static PROVIDER: Provider = Provider {
    id: "sendgrid",
    title: "SendGrid",
    documentation: "https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send",
    settings: || schemars::schema_for!(Settings).to_value(),
    secrets: &["api_key"],
    hosts: &["api.sendgrid.com", "api.eu.sendgrid.com"],
    addresses: &[Address {
        host: Some("api.sendgrid.com"),
        settings: &["base_url"],
        secrets: &["api_key"],
    }],
    limit: None,
    concurrency: None,
    trigger: None,
};

/// What it does.
pub const ACTIONS: &[Fulfilment] = &[(EmailSend::ID, email_send)];

#[derive(Deserialize, JsonSchema)]
struct Settings {
    /// The API key: `SG.` and more, with the permission to send mail.
    #[schemars(with = "String")]
    api_key: SecretString,
    /// The sender's address, of a verified sender or domain.
    from: String,
}

/// `email.send` by SendGrid.
fn email_send() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Neither, |cx, input| {
        Box::pin(send_email(cx, input))
    })
}

async fn send_email(cx: &Cx<'_>, message: EmailMessage) -> Result<EmailSent, ActionError> {
    let settings: Settings = cx.connection.settings()?;
    let message = message.checked()?;
    let body = body(&message, message.sender(&settings.from)?, cx.idempotency_key);
    let request = post(cx, format!("{}/v3/mail/send", cx.connection.base_url(BASE_URL)), &body);
    let bearer = format!("Bearer {}", settings.api_key.expose_secret());
    let request = with_credential(request, header::AUTHORIZATION, &bearer, "api_key")?;
    let response = send_request(cx, request).await?;
    if response.status != StatusCode::ACCEPTED {
        return Err(failure(cx, &response));
    }
    let message_id = response.headers.get("x-message-id").and_then(|id| id.to_str().ok());
    Ok(EmailSent { message_id: message_id.map(str::to_owned) })
}

// SendGrid takes the parts from the plainest to the richest.
fn body(message: &EmailMessage, from: &str, run_step: &str) -> Value {
    let part = |kind: &str, value: &String| json!({ "type": kind, "value": value });
    let text = message.text.iter().map(|text| part("text/plain", text));
    let html = message.html.iter().map(|html| part("text/html", html));
    let mut body = json!({
        "personalizations": [
            { "to": [{ "email": message.to }], "custom_args": { "run_step": run_step } },
        ],
        "from": { "email": from },
        "subject": message.subject,
        "content": text.chain(html).collect::<Vec<_>>(),
    });
    if let Some(reply_to) = &message.reply_to {
        body["reply_to"] = json!({ "email": reply_to });
    }
    body
}

fn failure(cx: &Cx<'_>, response: &HttpResponse) -> ActionError {
    let detail = clear_text(cx.connection, &detail(&response.body));
    let reason = format!("SendGrid answered {}{detail}", response.status.as_u16());
    let now = cx.clock.now();
    let wait = retry_after(&response.headers, now).or_else(|| limit_reset(&response.headers, now));
    judge_status(response.status, reason, wait, EffectClass::Neither, ON_500)
}

fn detail(body: &[u8]) -> String {
    let errors: Value = serde_json::from_slice(body).unwrap_or_default();
    let first = &errors["errors"][0];
    match (first["message"].as_str(), first["field"].as_str()) {
        (Some(message), Some(field)) if field != "null" => format!(": {message} ({field})"),
        (Some(message), _) => format!(": {message}"),
        _ => String::new(),
    }
}

// SendGrid says in Unix seconds when its limit begins anew, and sends no `Retry-After`.
fn limit_reset(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let seconds = headers.get("x-ratelimit-reset")?.to_str().ok()?.trim().parse().ok()?;
    let reset = Timestamp::from_second(seconds).ok()?;
    Some(time::until(now, reset).min(WAIT_MAX))
}
