//! The settings of a connection, and how its calls prove who makes them.

use super::request::header_value;
use crate::action::Cx;
use crate::connection::Connection;
use crate::providers::answers::{AttemptEnd, send_request};
use crate::providers::idempotency::{Idempotency, check_window, standard_window};
use crate::providers::oauth::ClientCredentials;
use crate::providers::requests::with_credential;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Deserialize;
use std::collections::BTreeMap;
use tradewind_engine::descriptions::Credentials;
use tradewind_engine::effects::ActionError;
use tradewind_engine::ports::{HttpRequest, HttpResponse, SecretText};

/// Headers that are made of the address, the body or the credentials.
const OWN_HEADERS: [HeaderName; 6] = [
    header::AUTHORIZATION,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::HOST,
    header::TRANSFER_ENCODING,
];

/// The settings of a connection.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Settings {
    /// Where the API is, such as `https://api.example.com/v1`: every call goes below it.
    pub(super) base_url: String,
    /// How calls prove who makes them: one of `bearer`, `basic`, `header` and `oauth`. Left out where anybody may call.
    #[serde(default)]
    auth: Option<Auth>,
    /// Headers that every call carries, none of them secret.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// `key`, where the service does a POST or a PATCH once that comes again with the same key, and says so in its
    /// documentation. Left out, such a call is not made again after a lost answer.
    #[serde(default)]
    idempotency: Option<Idempotency>,
    /// The header that carries the key.
    #[serde(default = "key_header")]
    idempotency_header: String,
    /// How long the service remembers a key, such as `24h`.
    #[serde(default = "standard_window")]
    idempotency_window: String,
}

/// How calls prove who makes them.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Auth {
    /// `Authorization: Bearer` with this token.
    Bearer(#[schemars(with = "String")] SecretText),
    /// `Authorization: Basic`.
    Basic(Basic),
    /// A header of the service's own.
    Header(OwnHeader),
    /// A token by OAuth client credentials, fetched and renewed by itself.
    Oauth(OAuth),
}

/// A user and a password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Basic {
    /// The user.
    user: String,
    /// The password.
    #[schemars(with = "String")]
    password: SecretText,
}

/// A header with a key in it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OwnHeader {
    /// Its name, such as `X-Api-Key`.
    name: String,
    /// Its value.
    #[schemars(with = "String")]
    value: SecretText,
}

/// OAuth client credentials.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OAuth {
    /// The address of the token endpoint.
    token_url: String,
    /// The client's id.
    client_id: String,
    /// The client's secret.
    #[schemars(with = "String")]
    client_secret: SecretText,
    /// What the token is for, as the service names it.
    #[serde(default)]
    scope: Option<String>,
    /// How id and secret are sent: `basic` in a header, as the standard has it, or in the `form`.
    #[serde(default, rename = "as")]
    sent_as: SentAs,
}

/// How id and secret are sent.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SentAs {
    /// In `Authorization: Basic`.
    #[default]
    Basic,
    /// In the form.
    Form,
}

fn key_header() -> String {
    "Idempotency-Key".to_owned()
}

impl Settings {
    /// The settings of the connection, or what is wrong with any of them.
    pub(super) fn of(connection: &Connection) -> Result<Self, ActionError> {
        let settings: Self = connection.settings()?;
        if settings.base_url.contains(['?', '#']) {
            return Err(invalid(
                "base_url has a query or a fragment: nothing can follow behind these",
            ));
        }
        check_window(&settings.idempotency_window)?;
        Ok(settings)
    }

    /// Whether the service knows calls by their keys.
    pub(super) fn knows_keys(&self) -> bool {
        self.idempotency.is_some()
    }

    /// The header that carries the key.
    pub(super) fn key_header(&self) -> Result<HeaderName, ActionError> {
        own_header("idempotency_header", &self.idempotency_header)
    }

    /// The headers that every call carries.
    pub(super) fn headers(&self) -> Result<HeaderMap, ActionError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let value: HeaderValue = header_value(value)
                .ok_or_else(|| invalid(&format!("headers.{name} cannot stand in a header")))?;
            headers.insert(own_header("headers", name)?, value);
        }
        Ok(headers)
    }

    /// Sends the request with the credentials of the connection.
    pub(super) async fn send(
        &self,
        cx: &Cx<'_>,
        end: AttemptEnd,
        request: HttpRequest,
    ) -> Result<HttpResponse, ActionError> {
        let request = match &self.auth {
            None => request,
            Some(Auth::Bearer(token)) => {
                let bearer = format!("Bearer {}", token.expose_secret());
                with_credential(request, header::AUTHORIZATION, &bearer, "auth.bearer")?
            }
            Some(Auth::Basic(Basic { user, password })) => {
                let both = STANDARD.encode(format!("{user}:{}", password.expose_secret()));
                let basic = format!("Basic {both}");
                with_credential(request, header::AUTHORIZATION, &basic, "auth.basic")?
            }
            Some(Auth::Header(OwnHeader { name, value })) => {
                let name = name_of(name).ok_or_else(|| no_header("auth.header.name", name))?;
                with_credential(request, name, value.expose_secret(), "auth.header.value")?
            }
            Some(Auth::Oauth(oauth)) => {
                return oauth.client_credentials().send(cx, end, &request).await;
            }
        };
        send_request(cx, request).await
    }
}

impl OAuth {
    fn client_credentials(&self) -> ClientCredentials {
        ClientCredentials {
            at: self.token_url.clone(),
            id: self.client_id.clone(),
            secret: self.client_secret.clone(),
            credentials: match self.sent_as {
                SentAs::Basic => Credentials::Basic,
                SentAs::Form => Credentials::Form,
            },
            scope: self.scope.clone(),
            lasts: None,
            scheme: "Bearer".to_owned(),
        }
    }
}

fn own_header(setting: &str, name: &str) -> Result<HeaderName, ActionError> {
    name_of(name).filter(|name| !OWN_HEADERS.contains(name)).ok_or_else(|| no_header(setting, name))
}

fn name_of(name: &str) -> Option<HeaderName> {
    let name = HeaderName::try_from(name).ok()?;
    let is_framing =
        [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];
    (!is_framing.contains(&name)).then_some(name)
}

fn no_header(setting: &str, name: &str) -> ActionError {
    invalid(&format!("{setting}: `{name}` is no header that can be given"))
}

fn invalid(what: &str) -> ActionError {
    ActionError::needs_repair(format!("setting_invalid: {what}"))
}
