//! The service account and its access tokens.
//!
//! Invariant: the private key signs here and is never sent.
//!
//! Page: <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>

use super::ON_500;
use super::key_file::{ServiceAccount, key_pair};
use crate::action::Cx;
use crate::providers::answers::{AttemptEnd, harmless, judge_status, retry_after, send_request};
use crate::providers::oauth::renewal_timeout;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use ring::rand::SystemRandom;
use ring::signature::RSA_PKCS1_SHA256;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ports::{HttpRequest, Token};
use tradewind_engine::time::after;

const SCOPE: &str = "https://www.googleapis.com/auth/spreadsheets";
const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// How long an assertion is good: an hour at most, and it is used at once.
const ASSERTION_SECONDS: i64 = 3_600;

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    expires_in: u64,
}

impl ServiceAccount {
    /// A new access token.
    pub(super) async fn token(
        &self,
        cx: &Cx<'_>,
        token_url: Option<&str>,
        attempt_end: AttemptEnd,
    ) -> Result<Token, ActionError> {
        let url = token_url.or(self.token_uri.as_deref()).unwrap_or(TOKEN_URL);
        let now = cx.clock.now();
        let assertion = self.assertion(url, now.as_second())?;
        // Whoever has it can ask for tokens.
        cx.connection.hide(&assertion);
        let request = token_request(url, &assertion, renewal_timeout(cx, attempt_end)?);
        let response = send_request(cx, request).await.map_err(harmless)?;
        if response.status != StatusCode::OK {
            let reason = format!("Google's token endpoint answered {}", response.status.as_u16());
            return Err(match response.status {
                // `invalid_grant`: the account or its key is gone.
                StatusCode::BAD_REQUEST => ActionError::needs_repair(reason),
                status => {
                    let wait = retry_after(&response.headers, now);
                    judge_status(status, reason, wait, EffectClass::Natural, ON_500)
                }
            });
        }
        let granted: Granted = serde_json::from_slice(&response.body).map_err(|_| {
            ActionError::not_now("Google's token endpoint answered without a token", None)
        })?;
        let expires_at = after(now, Duration::from_secs(granted.expires_in));
        Ok(Token { value: granted.access_token, expires_at })
    }

    fn assertion(&self, audience: &str, now_second: i64) -> Result<String, ActionError> {
        let claims = json!({
            "iss": self.client_email,
            "scope": SCOPE,
            "aud": audience,
            "iat": now_second,
            "exp": now_second + ASSERTION_SECONDS,
        });
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(json!({ "alg": "RS256", "typ": "JWT" })), part(claims));
        let unfit =
            |why: &str| ActionError::needs_repair(format!("setting_invalid: private_key {why}"));
        let key = key_pair(self.private_key.expose_secret()).map_err(unfit)?;
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| unfit("cannot sign"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

// The assertion has no character that a form would have to escape.
fn token_request(url: &str, assertion: &str, timeout: Duration) -> HttpRequest {
    let grant = GRANT.replace(':', "%3A");
    let body = Bytes::from(format!("grant_type={grant}&assertion={assertion}"));
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    let json = HeaderValue::from_static("application/json");
    let headers = HeaderMap::from_iter([(header::ACCEPT, json), (header::CONTENT_TYPE, form)]);
    HttpRequest { method: Method::POST, url: url.to_owned(), headers, body, timeout }
}
