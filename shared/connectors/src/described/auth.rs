//! How a request says who makes it.

use super::authenticators::{self, Told};
use crate::action::Cx;
use crate::providers::answers::{AttemptEnd, send_request};
use crate::providers::oauth::ClientCredentials;
use crate::providers::requests::with_credential;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, header};
use serde_json::Value;
use tradewind_engine::descriptions::{Auth, Description, OAuth, Pattern};
use tradewind_engine::effects::ActionError;
use tradewind_engine::ports::{HttpRequest, HttpResponse};
use tradewind_engine::problems::Place;

/// The setting by which a connection gets its tokens at another address.
pub(super) const TOKEN_URL: &str = "token_url";

/// The request with the credentials of the connection; those that are fetched come when it is [sent](send).
pub(super) fn authorized(
    cx: &Cx<'_>,
    description: &Description,
    request: HttpRequest,
) -> Result<HttpRequest, ActionError> {
    match &description.auth {
        None => Ok(request),
        Some(Auth::Headers(headers)) => {
            headers.iter().try_fold(request, |request, (name, _, pattern)| {
                with(cx, description, request, &header_name(name)?, pattern, str::to_owned)
            })
        }
        Some(Auth::Bearer(token)) => {
            let bearer = |token: &str| format!("Bearer {token}");
            with(cx, description, request, &header::AUTHORIZATION, token, bearer)
        }
        Some(Auth::Basic { user, password }) => {
            let user = filled(cx, description, user)?;
            let password = filled(cx, description, password)?;
            let both = STANDARD.encode(format!("{user}:{password}"));
            with_credential(request, header::AUTHORIZATION, &format!("Basic {both}"), "auth")
        }
        Some(Auth::OAuth(_)) => Ok(request),
        Some(Auth::Named { name, arguments, .. }) => {
            let told = told(cx, description, name, arguments)?;
            authenticators::signed(cx, name, &told, request)
        }
    }
}

/// Sends the request, with the connection's shared token where that is how it is proved who calls.
pub(super) async fn send(
    cx: &Cx<'_>,
    description: &Description,
    end: AttemptEnd,
    request: HttpRequest,
) -> Result<HttpResponse, ActionError> {
    match &description.auth {
        Some(Auth::OAuth(oauth)) => {
            client_credentials(cx, description, oauth)?.send(cx, end, &request).await
        }
        _ => send_request(cx, request).await,
    }
}

/// The arguments of an authenticator that is written in Rust; an optional one whose setting is not given is left out.
fn told(
    cx: &Cx<'_>,
    description: &Description,
    name: &str,
    arguments: &[(String, Place, Pattern)],
) -> Result<Told, ActionError> {
    let filled =
        arguments.iter().map(|(argument, _, pattern)| match filled(cx, description, pattern) {
            Ok(value) => Some(Ok((argument.clone(), value))),
            Err(_) if authenticators::is_optional(name, argument) => None,
            Err(error) => Some(Err(error)),
        });
    Ok(Told::of(filled.flatten().collect::<Result<Vec<_>, ActionError>>()?))
}

fn client_credentials(
    cx: &Cx<'_>,
    description: &Description,
    oauth: &OAuth,
) -> Result<ClientCredentials, ActionError> {
    let own = cx.connection.given().setting(TOKEN_URL).and_then(Value::as_str);
    let at = match own {
        Some(at) => at.to_owned(),
        None => filled(cx, description, &oauth.at)?,
    };
    let scope = oauth.scope.as_ref().map(|scope| filled(cx, description, scope)).transpose()?;
    Ok(ClientCredentials {
        at,
        id: filled(cx, description, &oauth.id)?,
        secret: filled(cx, description, &oauth.secret)?.into(),
        credentials: oauth.credentials,
        scope,
        lasts: oauth.lasts,
        scheme: oauth.scheme.clone(),
    })
}

/// The text, with the connection's settings in it.
pub(super) fn filled(
    cx: &Cx<'_>,
    description: &Description,
    pattern: &Pattern,
) -> Result<String, ActionError> {
    let value = |name: &str| {
        let given = cx.connection.given().setting(name).and_then(Value::as_str);
        given.or_else(|| description.setting(name)?.default.as_ref()?.as_str())
    };
    pattern.filled(value).ok_or_else(|| {
        let missing = pattern.settings().map(|(name, _)| name).find(|name| value(name).is_none());
        let missing = missing.unwrap_or_default();
        ActionError::needs_repair(format!(
            "setting_invalid: connection {}: missing field `{missing}`",
            cx.connection.name
        ))
    })
}

/// The name of a header, which was checked when the file was read.
pub(super) fn header_name(name: &str) -> Result<HeaderName, ActionError> {
    HeaderName::try_from(name)
        .map_err(|_| ActionError::needs_repair(format!("header_invalid: `{name}` is no header")))
}

fn with(
    cx: &Cx<'_>,
    description: &Description,
    request: HttpRequest,
    name: &HeaderName,
    pattern: &Pattern,
    credential: impl FnOnce(&str) -> String,
) -> Result<HttpRequest, ActionError> {
    let value = credential(&filled(cx, description, pattern)?);
    let setting = pattern.settings().next().map_or("auth", |(name, _)| name);
    with_credential(request, name.clone(), &value, setting)
}
