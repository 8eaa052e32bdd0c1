//! Postmark: mail through `POST /email`.
//!
//! Invariant: what became of a message is said by `ErrorCode`, also below status 200. Postmark knows
//! no idempotency key, and we do not receive its webhooks. `Metadata.run_step` is for people: Postmark's
//! activity pages and webhooks show it, so that a message whose answer was lost can be found.
//!
//! Page: <https://postmarkapp.com/developer/api/email-api>

use super::answers::{On500, clear_text, judge_status, retry_after, send_request};
use super::requests::{post, with_credential};
use crate::action::{Cx, Fulfilment, Implementation};
use crate::contract::Contract;
use crate::contracts::EmailSend;
use crate::contracts::email::{EmailMessage, EmailSent};
use crate::provider::{Address, Provider};
use http::{HeaderName, StatusCode};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ports::HttpResponse;

const BASE_URL: &str = "https://api.postmarkapp.com";
/// An issue with Postmark's servers: the message is lost in the process, and may be sent again.
/// <https://postmarkapp.com/developer/api/overview#response-codes>
const ON_500: On500 = On500::NothingDone;
const SERVER_TOKEN: HeaderName = HeaderName::from_static("x-postmark-server-token");

/// Postmark.
pub static PROVIDER: Provider = Provider {
    id: "postmark",
    title: "Postmark",
    documentation: "https://postmarkapp.com/developer/api/email-api",
    settings: || schemars::schema_for!(Settings).to_value(),
    secrets: &["server_token"],
    hosts: &["api.postmarkapp.com"],
    addresses: &[Address {
        host: Some("api.postmarkapp.com"),
        settings: &["base_url"],
        secrets: &["server_token"],
    }],
    limit: None,
    concurrency: None,
    trigger: None,
};

/// What it does.
pub const ACTIONS: &[Fulfilment] = &[(EmailSend::ID, email_send)];

#[derive(Deserialize, JsonSchema)]
struct Settings {
    /// The API token of the Postmark server.
    #[schemars(with = "String")]
    server_token: SecretString,
    /// The sender's address, of a confirmed sender signature or domain.
    from: String,
    /// The message stream: `outbound`, or the id of a broadcast stream for marketing.
    #[serde(default = "outbound")]
    message_stream: String,
}

fn outbound() -> String {
    "outbound".to_owned()
}

/// What Postmark says of a message, on success and on failure.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Verdict {
    error_code: Option<i64>,
    message: String,
    #[serde(rename = "MessageID")]
    message_id: Option<String>,
}

/// `email.send` by Postmark.
fn email_send() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Neither, |cx, input| {
        Box::pin(send_email(cx, input))
    })
}

async fn send_email(cx: &Cx<'_>, message: EmailMessage) -> Result<EmailSent, ActionError> {
    let settings: Settings = cx.connection.settings()?;
    let message = message.checked()?;
    let body = body(&message, &settings, cx.idempotency_key)?;
    let request = post(cx, format!("{}/email", cx.connection.base_url(BASE_URL)), &body);
    let token = settings.server_token.expose_secret();
    let response =
        send_request(cx, with_credential(request, SERVER_TOKEN, token, "server_token")?).await?;
    let verdict: Verdict = serde_json::from_slice(&response.body).unwrap_or_default();
    match (response.status, verdict.error_code) {
        (StatusCode::OK, Some(0)) => Ok(EmailSent { message_id: verdict.message_id }),
        _ => Err(failure(cx, &response, &verdict)),
    }
}

fn body(message: &EmailMessage, settings: &Settings, run_step: &str) -> Result<Value, ActionError> {
    let mut body = json!({
        "From": message.sender(&settings.from)?,
        "To": message.to,
        "Subject": message.subject,
        "MessageStream": settings.message_stream,
        "Metadata": { "run_step": run_step },
    });
    let optional =
        [("TextBody", &message.text), ("HtmlBody", &message.html), ("ReplyTo", &message.reply_to)];
    for (name, value) in optional {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    Ok(body)
}

// Postmark's own codes say more than the status. The list is at
// https://postmarkapp.com/developer/api/overview#error-codes.
fn failure(cx: &Cx<'_>, response: &HttpResponse, verdict: &Verdict) -> ActionError {
    let status = response.status;
    let message = clear_text(cx.connection, &verdict.message);
    let reason = match (verdict.error_code, message.as_str()) {
        (Some(406), _) => format!(
            "the recipient is inactive at Postmark (it bounced, complained or unsubscribed): {message}"
        ),
        (Some(code), message) => {
            format!("Postmark answered {} with error {code}: {message}", status.as_u16())
        }
        (None, _) => format!("Postmark answered {}", status.as_u16()),
    };
    let wait = retry_after(&response.headers, cx.clock.now());
    match verdict.error_code {
        // Maintenance, too many requests.
        Some(100 | 429) if is_verdict(status) => ActionError::not_now(reason, wait),
        // Bad token, unknown or unconfirmed sender, no credits left, account not approved yet.
        Some(10 | 400 | 401 | 405 | 412) if is_verdict(status) => ActionError::needs_repair(reason),
        Some(code) if code != 0 && is_verdict(status) => ActionError::refused(reason),
        _ => judge_status(status, reason, wait, EffectClass::Neither, ON_500),
    }
}

fn is_verdict(status: StatusCode) -> bool {
    matches!(status, StatusCode::OK | StatusCode::UNPROCESSABLE_ENTITY)
}
