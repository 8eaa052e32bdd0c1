//! Tokens by client credentials: whoever calls is the application itself, and nobody has to sign in.
//!
//! Invariant: whatever becomes of the call for a token, nothing happened at the provider.
//!
//! <https://www.rfc-editor.org/rfc/rfc6749#section-4.4>

use super::{renewal_timeout, token_key, with_token};
use crate::action::Cx;
use crate::providers::answers::{
    AttemptEnd, On500, clear_text, harmless, judge_status, retry_after, send_request,
};
use crate::providers::requests::{form_pair, with_credential};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::time::Duration;
use tradewind_engine::descriptions::Credentials;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ports::{HttpRequest, HttpResponse, SecretText, Token};
use tradewind_engine::time;

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// How long a token lasts where neither the answer nor whoever set it up says so. One that ends earlier is
/// renewed once it is refused.
const LIFETIME: Duration = Duration::from_secs(3_600);
/// What a provider may say at most.
const LIFETIME_MAX: Duration = Duration::from_secs(365 * 86_400);

/// An application, and where it gets its tokens.
pub(crate) struct ClientCredentials {
    /// The address of the token endpoint.
    pub(crate) at: String,
    /// The client's id.
    pub(crate) id: String,
    /// The client's secret.
    pub(crate) secret: SecretText,
    /// How both are sent.
    pub(crate) credentials: Credentials,
    /// What the token is for.
    pub(crate) scope: Option<String>,
    /// How long a token lasts where the answer does not say.
    pub(crate) lasts: Option<Duration>,
    /// What stands before the token in `Authorization`.
    pub(crate) scheme: String,
}

impl ClientCredentials {
    /// Sends the request with the connection's shared token, which is renewed once where it is refused.
    pub(crate) async fn send(
        &self,
        cx: &Cx<'_>,
        attempt_end: AttemptEnd,
        request: &HttpRequest,
    ) -> Result<HttpResponse, ActionError> {
        let scope = self.scope.as_deref().unwrap_or_default();
        let key = token_key(cx, &[&self.at, &self.id, self.secret.expose_secret(), scope]);
        let send = async |token: SecretText| {
            let timeout = attempt_end.time_left(cx)?;
            let request = HttpRequest { timeout, ..request.clone() };
            let credential = format!("{} {}", self.scheme, token.expose_secret());
            let request =
                with_credential(request, header::AUTHORIZATION, &credential, "the access token")?;
            send_request(cx, request).await
        };
        with_token(cx, &key, attempt_end, || self.token(cx, attempt_end), send).await
    }

    /// Asks for a token.
    async fn token(&self, cx: &Cx<'_>, attempt_end: AttemptEnd) -> Result<Token, ActionError> {
        let request = self.request(renewal_timeout(cx, attempt_end)?)?;
        let asked_at = cx.clock.now();
        let response = send_request(cx, request).await.map_err(harmless)?;
        if !response.status.is_success() {
            return Err(refused(cx, &response));
        }
        let granted: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let value = granted["access_token"].as_str().filter(|token| !token.is_empty());
        let value = value.ok_or_else(|| {
            ActionError::not_now("the answer of the token endpoint has no token", None)
        })?;
        let lifetime = seconds(&granted["expires_in"]).or(self.lasts).unwrap_or(LIFETIME);
        let expires_at = time::after(asked_at, lifetime.min(LIFETIME_MAX));
        Ok(Token { value: value.into(), expires_at })
    }

    fn request(&self, timeout: Duration) -> Result<HttpRequest, ActionError> {
        let (id, secret) = (self.id.as_str(), self.secret.expose_secret());
        let mut fields = vec![("grant_type", "client_credentials")];
        fields.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
        if self.credentials == Credentials::Form {
            fields.extend([("client_id", id), ("client_secret", secret)]);
        }
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| form_pair(name, value)).collect();
        let headers = HeaderMap::from_iter([(header::ACCEPT, JSON), (header::CONTENT_TYPE, FORM)]);
        let body = Bytes::from(pairs.join("&"));
        let request =
            HttpRequest { method: Method::POST, url: self.at.clone(), headers, body, timeout };
        match self.credentials {
            Credentials::Form => Ok(request),
            Credentials::Basic => {
                // Both are written as in a form before they are joined (RFC 6749, section 2.3.1).
                let both = form_pair(id, secret).replacen('=', ":", 1);
                let credential = format!("Basic {}", STANDARD.encode(both));
                with_credential(request, header::AUTHORIZATION, &credential, "the client's secret")
            }
        }
    }
}

/// A number of seconds; some write it as a text.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(Duration::from_secs(seconds))
}

/// Whatever the endpoint refuses for good is a matter of the settings.
fn refused(cx: &Cx<'_>, response: &HttpResponse) -> ActionError {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let mut reason = format!("the token endpoint answered {}", response.status.as_u16());
    for name in ["error", "error_description"] {
        if let Some(text) = body[name].as_str() {
            reason = format!("{reason}: {}", clear_text(cx.connection, text));
        }
    }
    let wait = retry_after(&response.headers, cx.clock.now());
    match judge_status(response.status, reason, wait, EffectClass::Natural, On500::NothingDone) {
        ActionError::Refused { reason } => ActionError::NeedsRepair { reason },
        other => other,
    }
}
