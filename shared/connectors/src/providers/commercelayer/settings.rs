//! A connection's settings. A connection that only receives webhooks needs `webhook_secret` alone;
//! one that only acts needs the rest.

use crate::connection::Connection;
use crate::deliveries::WebhookSecrets;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tradewind_engine::effects::ActionError;
use tradewind_engine::ports::SecretText;

/// The token endpoint that live and test organizations share
/// (<https://docs.commercelayer.io/core/authentication>).
const AUTH_URL: &str = "https://auth.commercelayer.io";

/// The settings of a Commerce Layer connection.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Settings {
    /// The organization's slug: the part of its address before `.commercelayer.io`.
    pub(super) organization: Option<String>,
    /// The client id of an integration.
    pub(super) client_id: Option<String>,
    /// The client secret of that integration.
    #[schemars(with = "Option<String>")]
    pub(super) client_secret: Option<SecretText>,
    /// The shared secret of the webhooks, or a list where there are several.
    pub(super) webhook_secret: Option<WebhookSecrets>,
    /// Another address in place of `https://{organization}.commercelayer.io`.
    pub(super) base_url: Option<String>,
    /// Another address in place of `https://auth.commercelayer.io`.
    pub(super) auth_url: Option<String>,
}

/// What is needed to act.
pub(super) struct Account {
    /// The address below which `/orders` and the other resources are.
    pub(super) api_url: String,
    /// The address of the token endpoint.
    pub(super) token_url: String,
    /// The client id.
    pub(super) client_id: String,
    /// The client secret.
    pub(super) client_secret: SecretText,
}

/// JSON Schema of the settings.
pub(super) fn schema() -> Value {
    schemars::schema_for!(Settings).to_value()
}

/// The account of a connection; an action cannot do without any of it.
pub(super) fn account(connection: &Connection) -> Result<Account, ActionError> {
    let settings: Settings = connection.settings()?;
    let missing = |setting: &str| {
        ActionError::needs_repair(format!(
            "setting_missing: {setting} of connection {}",
            connection.name
        ))
    };
    let host = match (&settings.base_url, &settings.organization) {
        (Some(_), _) => connection.base_url(""),
        (None, Some(organization)) => standard_url(connection, organization)?,
        (None, None) => return Err(missing("organization")),
    };
    let auth_url = settings.auth_url.as_deref().unwrap_or(AUTH_URL).trim_end_matches('/');
    Ok(Account {
        // The vendor's own documents count `/api` to the address; both ways are understood.
        api_url: format!("{}/api", host.trim_end_matches("/api")),
        token_url: format!("{auth_url}/oauth/token"),
        client_id: settings.client_id.ok_or_else(|| missing("client_id"))?,
        client_secret: settings.client_secret.ok_or_else(|| missing("client_secret"))?,
    })
}

fn standard_url(connection: &Connection, organization: &str) -> Result<String, ActionError> {
    let is_slug = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if organization.is_empty() || !organization.bytes().all(is_slug) {
        return Err(ActionError::needs_repair(format!(
            "setting_invalid: organization of connection {} is not a slug such as acme",
            connection.name
        )));
    }
    Ok(format!("https://{organization}.commercelayer.io"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::commercelayer::PROVIDER;
    use serde_json::{Map, json};

    fn check_account(settings: Value, expected: Result<&str, &str>) {
        let settings: Map<String, Value> = serde_json::from_value(settings).unwrap();
        let connection = Connection::new("shop".into(), &PROVIDER, settings);
        let found = account(&connection).map(|account| account.api_url);
        assert_eq!(found, expected.map(str::to_owned).map_err(ActionError::needs_repair));
    }

    #[test]
    fn an_action_needs_an_account_and_a_webhook_does_not() {
        check_account(
            json!({ "webhook_secret": "hush" }),
            Err("setting_missing: organization of connection shop"),
        );
        check_account(
            json!({ "organization": "acme", "client_secret": "hush" }),
            Err("setting_missing: client_id of connection shop"),
        );
        check_account(
            json!({ "organization": "acme", "client_id": "id" }),
            Err("setting_missing: client_secret of connection shop"),
        );
        check_account(
            json!({ "organization": "evil.example/#", "client_id": "id", "client_secret": "hush" }),
            Err("setting_invalid: organization of connection shop is not a slug such as acme"),
        );
    }

    #[test]
    fn the_address_is_the_organizations_or_another_one() {
        let with = |name: &str, value: &str| json!({ name: value, "client_id": "id", "client_secret": "hush" });
        check_account(with("organization", "acme"), Ok("https://acme.commercelayer.io/api"));
        check_account(with("base_url", "http://127.0.0.1:9/"), Ok("http://127.0.0.1:9/api"));
        check_account(with("base_url", "http://127.0.0.1:9/api"), Ok("http://127.0.0.1:9/api"));
    }
}
