//! Postmark's `email.send` as it would be written by hand: what its file is measured beside.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use tradewind_connectors::action::{Cx, Implementation};
use tradewind_connectors::contracts::email::{EmailMessage, EmailSent};
use tradewind_connectors::provider::Provider;
use tradewind_connectors::providers::answers::{
    On500, clear_text, judge_status, retry_after, send_request,
};
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ports::{HttpRequest, HttpResponse};

const BASE_URL: &str = "https://api.postmarkapp.com";
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const SERVER_TOKEN: HeaderName = HeaderName::from_static("x-postmark-server-token");

#[derive(Deserialize)]
struct Settings {
    server_token: SecretString,
    from: String,
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

pub(super) fn email_send(provider: &Arc<Provider>) -> Implementation {
    Implementation::new(provider, EffectClass::Neither, |cx, input| Box::pin(send_email(cx, input)))
}

async fn send_email(cx: &Cx<'_>, message: EmailMessage) -> Result<EmailSent, ActionError> {
    let settings: Settings = cx.connection.settings()?;
    let body = body(&message, &settings, cx.idempotency_key);
    let mut headers = HeaderMap::from_iter([(header::ACCEPT, JSON), (header::CONTENT_TYPE, JSON)]);
    let token = HeaderValue::from_str(settings.server_token.expose_secret());
    headers.insert(SERVER_TOKEN, token.map_err(|error| ActionError::refused(error.to_string()))?);
    let request = HttpRequest {
        method: Method::POST,
        url: format!("{}/email", cx.connection.base_url(BASE_URL)),
        headers,
        body: Bytes::from(body.to_string()),
        timeout: cx.timeout,
    };
    let response = send_request(cx, request).await?;
    let verdict: Verdict = serde_json::from_slice(&response.body).unwrap_or_default();
    match (response.status, verdict.error_code) {
        (StatusCode::OK, Some(0)) => Ok(EmailSent { message_id: verdict.message_id }),
        _ => Err(failure(cx, &response, &verdict)),
    }
}

fn body(message: &EmailMessage, settings: &Settings, run_step: &str) -> Value {
    let mut body = json!({
        "From": message.from.as_ref().unwrap_or(&settings.from),
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
    body
}

fn failure(cx: &Cx<'_>, response: &HttpResponse, verdict: &Verdict) -> ActionError {
    let status = response.status;
    let message = clear_text(cx.connection, &verdict.message);
    let reason = match verdict.error_code {
        Some(code) => {
            format!("Postmark answered {} with error {code}: {message}", status.as_u16())
        }
        None => format!("Postmark answered {}", status.as_u16()),
    };
    let wait = retry_after(&response.headers, cx.clock.now());
    match verdict.error_code {
        Some(100 | 429) => ActionError::not_now(reason, wait),
        Some(10 | 400 | 401 | 405 | 412) => ActionError::needs_repair(reason),
        Some(code) if code != 0 => ActionError::refused(reason),
        _ => judge_status(status, reason, wait, EffectClass::Neither, On500::NothingDone),
    }
}
