//! Connections with their secrets filled in.

use serde_json::{Map, Value};
use tradewind_connectors::connection::Connection;
use tradewind_connectors::provider::Provider;
use tradewind_engine::ids::{ConnectionName, ProviderId};
use tradewind_engine::ports::{Current, Secrets, StoredConnection, Unavailable};

/// The key under which a setting names a secret.
pub(crate) const SECRET_MARK: &str = "$secret";

/// Why a connection cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// tradewind.yaml has no such connection.
    #[error("connection_missing: there is no connection {0} in tradewind.yaml")]
    NoSuchConnection(ConnectionName),
    /// Nobody has set the secret.
    #[error("secret_missing: set it with `tradewind secret set {0}`")]
    NoSuchSecret(String),
    /// Secrets cannot be read now.
    #[error("secrets are unavailable: {0}")]
    Unavailable(#[from] Unavailable),
}

/// The connection as it is kept.
pub fn stored<'a>(
    current: &'a Current,
    name: &ConnectionName,
) -> Result<&'a StoredConnection, Unusable> {
    let project = current.project.as_ref();
    project
        .and_then(|project| project.connections.get(name))
        .ok_or_else(|| Unusable::NoSuchConnection(name.clone()))
}

/// The connection with its secrets; `fresh` reads them past any cache.
pub async fn connect(
    name: &ConnectionName,
    stored: &StoredConnection,
    provider: &'static Provider,
    secrets: &dyn Secrets,
    fresh: bool,
) -> Result<Connection, Unusable> {
    let settings = filled(stored, |_| true, secrets, fresh).await?;
    Ok(Connection::new(name.clone(), provider, settings))
}

/// The connection with what its trigger endpoint needs and nothing else: a secret that only its
/// actions need may be missing.
pub async fn connect_to_receive(
    name: &ConnectionName,
    stored: &StoredConnection,
    provider: &'static Provider,
    secrets: &dyn Secrets,
    fresh: bool,
) -> Result<Connection, Unusable> {
    let needed = provider.trigger.map_or(&[][..], |trigger| trigger.settings);
    let settings = filled(stored, |key| needed.contains(&key), secrets, fresh).await?;
    Ok(Connection::new(name.clone(), provider, settings))
}

async fn filled(
    stored: &StoredConnection,
    is_needed: impl Fn(&str) -> bool,
    secrets: &dyn Secrets,
    fresh: bool,
) -> Result<Map<String, Value>, Unusable> {
    let mut settings = Map::new();
    for (key, value) in stored.settings.iter().filter(|(key, _)| is_needed(key)) {
        let filled = fill(value.clone(), &stored.provider, secrets, fresh).await?;
        settings.insert(key.clone(), filled);
    }
    Ok(settings)
}

/// Fills in every secret at any depth of a setting.
async fn fill(
    mut value: Value,
    provider: &ProviderId,
    secrets: &dyn Secrets,
    fresh: bool,
) -> Result<Value, Unusable> {
    use secrecy::ExposeSecret;
    let mut names = Vec::new();
    collect(&value, &mut names);
    let mut texts = Map::new();
    for name in names {
        let secret = secrets.read(provider, &name, fresh).await?;
        let secret = secret.ok_or_else(|| Unusable::NoSuchSecret(name.clone()))?;
        texts.insert(name, Value::String(secret.expose_secret().to_owned()));
    }
    replace(&mut value, &texts);
    Ok(value)
}

/// The names of all secrets in a setting.
pub(crate) fn collect(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => match fields.get(SECRET_MARK).and_then(Value::as_str) {
            Some(name) => names.push(name.to_owned()),
            None => fields.values().for_each(|field| collect(field, names)),
        },
        Value::Array(several) => several.iter().for_each(|one| collect(one, names)),
        _ => {}
    }
}

fn replace(value: &mut Value, texts: &Map<String, Value>) {
    match value {
        Value::Object(fields) => {
            match fields.get(SECRET_MARK).and_then(Value::as_str).map(str::to_owned) {
                Some(name) => *value = texts.get(&name).cloned().unwrap_or(Value::Null),
                None => fields.values_mut().for_each(|field| replace(field, texts)),
            }
        }
        Value::Array(several) => several.iter_mut().for_each(|one| replace(one, texts)),
        _ => {}
    }
}
