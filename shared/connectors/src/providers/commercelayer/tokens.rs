//! Access tokens by client credentials. Commerce Layer takes 30 requests for tokens a minute, so one
//! is shared by everybody and used until it ends (2 hours for an integration).
//!
//! <https://docs.commercelayer.io/core/authentication>

use super::ON_500;
use super::settings::Account;
use crate::action::Cx;
use crate::providers::answers::{self, AttemptEnd};
use crate::providers::{oauth, requests};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ports::{HttpResponse, SecretText, Token};
use tradewind_engine::time;

/// How long a token lasts where the answer does not say.
const LIFETIME: Duration = Duration::from_secs(7_200);

#[derive(Deserialize)]
struct Granted {
    access_token: SecretText,
    expires_in: Option<u64>,
}

/// Asks for a token. Whatever becomes of it, nothing happened to the shop.
pub(super) async fn request(
    cx: &Cx<'_>,
    account: &Account,
    attempt_end: AttemptEnd,
) -> Result<Token, ActionError> {
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": account.client_id,
        "client_secret": account.client_secret.expose_secret(),
    });
    let mut request = requests::post(cx, account.token_url.clone(), &body);
    request.timeout = oauth::renewal_timeout(cx, attempt_end)?;
    let asked_at = cx.clock.now();
    let response = answers::send_request(cx, request).await.map_err(answers::harmless)?;
    if !response.status.is_success() {
        return Err(refused(cx, &response));
    }
    let granted: Granted = serde_json::from_slice(&response.body)
        .map_err(|_| ActionError::not_now("the answer of the token endpoint has no token", None))?;
    let lifetime = granted.expires_in.map_or(LIFETIME, Duration::from_secs);
    Ok(Token { value: granted.access_token, expires_at: time::after(asked_at, lifetime) })
}

/// Whatever the endpoint refuses for good is a matter of the settings.
fn refused(cx: &Cx<'_>, response: &HttpResponse) -> ActionError {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let code = body["error"].as_str().unwrap_or("no reason given");
    let status = response.status;
    let reason = format!("the token endpoint answered {}: {code}", status.as_u16());
    let reason = answers::clear_text(cx.connection, &reason);
    let wait = answers::retry_after(&response.headers, cx.clock.now());
    match answers::judge_status(status, reason, wait, EffectClass::Natural, ON_500) {
        ActionError::Refused { reason } => ActionError::NeedsRepair { reason },
        other => other,
    }
}
