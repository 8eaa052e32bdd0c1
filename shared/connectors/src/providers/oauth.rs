//! OAuth access tokens: one for everybody who works for the same connection, renewed by one of
//! them while the others wait.
//!
//! Invariant: a token is never asked for twice at the same time, and a refused one is renewed once. While
//! it is in use it is one of the connection's secrets.

mod client_credentials;

pub(crate) use client_credentials::ClientCredentials;

use crate::action::{Cx, put_off};
use crate::providers::answers::AttemptEnd;
use http::StatusCode;
use ring::digest::{SHA256, digest};
use secrecy::ExposeSecret;
use std::future::Future;
use std::time::Duration;
use tradewind_engine::digests::hex;
use tradewind_engine::effects::ActionError;
use tradewind_engine::ports::{HttpResponse, SecretText, Token, TokenKey};
use tradewind_engine::time::{Timestamp, after};

/// A token that ends within this time counts as ended: it has to last for the whole attempt.
const EXPIRY_MARGIN: Duration = Duration::from_secs(60);

/// How long whoever renews has for it before somebody else may.
const LEASE: Duration = Duration::from_secs(30);

/// The longest that the call for a token may take: well within the lease.
const RENEWAL_MAX: Duration = Duration::from_secs(20);

/// How often those who wait look for the renewed token.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Whose token it is: the connection's, as long as its credentials are these.
pub(crate) fn token_key(cx: &Cx<'_>, credentials: &[&str]) -> TokenKey {
    let digest = digest(&SHA256, credentials.join("\n").as_bytes());
    TokenKey(format!("{}:{}", cx.connection.name, hex(&digest.as_ref()[..16])))
}

/// How long the call for a token may take.
pub(crate) fn renewal_timeout(
    cx: &Cx<'_>,
    attempt_end: AttemptEnd,
) -> Result<Duration, ActionError> {
    Ok(attempt_end.time_left(cx)?.min(RENEWAL_MAX))
}

/// Sends with the shared token. Where that is answered with 401, renews it and sends once more;
/// what comes then is returned, a second 401 too.
pub(crate) async fn with_token<Renewal, Sending>(
    cx: &Cx<'_>,
    key: &TokenKey,
    attempt_end: AttemptEnd,
    renew: impl Fn() -> Renewal,
    send: impl Fn(SecretText) -> Sending,
) -> Result<HttpResponse, ActionError>
where
    Renewal: Future<Output = Result<Token, ActionError>>,
    Sending: Future<Output = Result<HttpResponse, ActionError>>,
{
    let token = access_token(cx, key, attempt_end, None, &renew).await?;
    let response = send(token.clone()).await?;
    if response.status != StatusCode::UNAUTHORIZED {
        return Ok(response);
    }
    let renewed = access_token(cx, key, attempt_end, Some(&token), &renew).await?;
    send(renewed).await
}

/// The shared token; renewed where there is none, where it ends, or where it is the one that was
/// `refused`.
async fn access_token<Renewal>(
    cx: &Cx<'_>,
    key: &TokenKey,
    attempt_end: AttemptEnd,
    refused: Option<&SecretText>,
    renew: impl Fn() -> Renewal,
) -> Result<SecretText, ActionError>
where
    Renewal: Future<Output = Result<Token, ActionError>>,
{
    loop {
        if let Some(token) = usable(cx, key, refused).await? {
            return Ok(hidden(cx, token));
        }
        let now = cx.clock.now();
        let lease = Lease { key, until: after(now, LEASE) };
        if cx
            .tokens
            .lease(key, now, lease.until)
            .await
            .map_err(|unavailable| put_off(&unavailable))?
        {
            return Ok(hidden(cx, renewed(cx, lease, refused, renew).await?));
        }
        if attempt_end.time_left(cx).is_err() {
            return Err(ActionError::not_now("the access token is still being renewed", None));
        }
        cx.clock.sleep(POLL_INTERVAL).await;
    }
}

/// Whatever is made of the answers, a token that they repeat does not get any further.
fn hidden(cx: &Cx<'_>, token: SecretText) -> SecretText {
    cx.connection.hide(token.expose_secret());
    token
}

async fn usable(
    cx: &Cx<'_>,
    key: &TokenKey,
    refused: Option<&SecretText>,
) -> Result<Option<SecretText>, ActionError> {
    let stored = cx.tokens.read(key).await.map_err(|unavailable| put_off(&unavailable))?;
    let enough_until = after(cx.clock.now(), EXPIRY_MARGIN);
    let is_refused = |token: &SecretText| {
        refused.is_some_and(|refused| refused.expose_secret() == token.expose_secret())
    };
    Ok(stored
        .filter(|token| token.expires_at > enough_until && !is_refused(&token.value))
        .map(|token| token.value))
}

/// The right to renew. Once its time is over it may be somebody else's, so that it is neither given
/// back nor ended by storing a token.
#[derive(Clone, Copy)]
struct Lease<'a> {
    key: &'a TokenKey,
    until: Timestamp,
}

impl Lease<'_> {
    fn holds(&self, cx: &Cx<'_>) -> bool {
        cx.clock.now() < self.until
    }
}

// Another one may have renewed between our look and our lease.
async fn renewed<Renewal>(
    cx: &Cx<'_>,
    lease: Lease<'_>,
    refused: Option<&SecretText>,
    renew: impl Fn() -> Renewal,
) -> Result<SecretText, ActionError>
where
    Renewal: Future<Output = Result<Token, ActionError>>,
{
    let found = match usable(cx, lease.key, refused).await {
        Ok(None) => renew().await,
        Ok(Some(token)) => {
            release(cx, lease).await;
            return Ok(token);
        }
        Err(error) => Err(error),
    };
    match found {
        Ok(token) => {
            let value = token.value.clone();
            if lease.holds(cx)
                && let Err(error) = cx.tokens.store(lease.key, token).await
            {
                tracing::warn!(error = %error.logged(), "a renewed access token could not be shared");
            }
            Ok(value)
        }
        Err(error) => {
            release(cx, lease).await;
            Err(error)
        }
    }
}

// A lease that cannot be given back ends by itself.
async fn release(cx: &Cx<'_>, lease: Lease<'_>) {
    if lease.holds(cx)
        && let Err(error) = cx.tokens.release(lease.key).await
    {
        tracing::warn!(error = %error.logged(), "the lease of an access token could not be given back");
    }
}

#[cfg(test)]
mod tests;
