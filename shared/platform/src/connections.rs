//! Connections with their secrets filled in.
//!
//! Invariant: every secret that is used comes through here, without the white space around it, and the
//! connection knows all of them, whichever settings they stand in.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tradewind_connectors::connection::Connection;
use tradewind_connectors::provider::Provider;
use tradewind_engine::definitions::{Current, StoredConnection};
use tradewind_engine::ids::{ConnectionName, ProviderId};
use tradewind_engine::ports::{Secrets, Unavailable};

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
    provider: &Arc<Provider>,
    secrets: &dyn Secrets,
    fresh: bool,
) -> Result<Connection, Unusable> {
    let filled = filled(stored, |_| true, secrets, fresh).await?;
    Ok(filled.connection(name, provider))
}

/// The connection with what its trigger endpoint needs and nothing else: a secret that only its
/// actions need may be missing.
pub async fn connect_to_receive(
    name: &ConnectionName,
    stored: &StoredConnection,
    provider: &Arc<Provider>,
    secrets: &dyn Secrets,
    fresh: bool,
) -> Result<Connection, Unusable> {
    let needed = provider.trigger.as_ref().map(|trigger| trigger.settings()).unwrap_or_default();
    let filled = filled(stored, |key| needed.contains(&key), secrets, fresh).await?;
    Ok(filled.connection(name, provider))
}

/// Settings with every secret filled in.
#[derive(Default)]
struct Filled {
    settings: Map<String, Value>,
    /// The values that came from secrets.
    texts: BTreeSet<String>,
    /// The names of secrets that were passed over.
    unset: Vec<String>,
}

impl Filled {
    fn connection(self, name: &ConnectionName, provider: &Arc<Provider>) -> Connection {
        let connection = Connection::new(name.clone(), provider, self.settings);
        connection.with_secrets(self.texts).with_unset(self.unset)
    }
}

async fn filled(
    stored: &StoredConnection,
    is_needed: impl Fn(&str) -> bool,
    secrets: &dyn Secrets,
    fresh: bool,
) -> Result<Filled, Unusable> {
    let mut filled = Filled::default();
    for (key, value) in stored.settings.iter().filter(|(key, _)| is_needed(key)) {
        let texts = read_all(value, &stored.provider, secrets, fresh).await?;
        filled.settings.insert(key.clone(), fill(value, &texts, &mut filled.unset)?);
        filled.texts.extend(texts.into_values().flatten());
    }
    Ok(filled)
}

/// The secrets that a setting names, at any depth; nothing for one that is not set or empty.
async fn read_all(
    value: &Value,
    provider: &ProviderId,
    secrets: &dyn Secrets,
    fresh: bool,
) -> Result<BTreeMap<String, Option<String>>, Unusable> {
    use secrecy::ExposeSecret;
    let mut texts = BTreeMap::new();
    for name in secret_names(value) {
        let secret = secrets.read(provider, &name, fresh).await?;
        let text = secret.map(|secret| trimmed(secret.expose_secret()).to_owned());
        texts.insert(name, text.filter(|text| !text.is_empty()));
    }
    Ok(texts)
}

/// Files and variables end in line breaks that are no part of a secret, and some begin with a byte
/// order mark.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|one: char| one.is_whitespace() || one == '\u{feff}')
}

/// The setting with its secrets. Of a list, as there is while one is rotated, those that are not set
/// are passed over as long as one is.
fn fill(
    value: &Value,
    texts: &BTreeMap<String, Option<String>>,
    unset: &mut Vec<String>,
) -> Result<Value, Unusable> {
    if let Some(name) = named(value) {
        let text = texts.get(name).cloned().flatten();
        return text.map(Value::String).ok_or_else(|| Unusable::NoSuchSecret(name.to_owned()));
    }
    match value {
        Value::Object(fields) => {
            let filled =
                fields.iter().map(|(key, field)| Ok((key.clone(), fill(field, texts, unset)?)));
            Ok(Value::Object(filled.collect::<Result<_, Unusable>>()?))
        }
        Value::Array(several) => {
            let is_unset = |one: &&Value| named(one).is_some_and(|name| texts[name].is_none());
            let (missing, there): (Vec<&Value>, Vec<&Value>) = several.iter().partition(is_unset);
            let missing: Vec<&str> = missing.into_iter().filter_map(named).collect();
            if let (Some(first), true) = (missing.first(), there.is_empty()) {
                return Err(Unusable::NoSuchSecret((*first).to_owned()));
            }
            unset.extend(missing.into_iter().map(str::to_owned));
            let filled = there.into_iter().map(|one| fill(one, texts, unset));
            Ok(Value::Array(filled.collect::<Result<_, Unusable>>()?))
        }
        other => Ok(other.clone()),
    }
}

/// The secret that the value stands for.
fn named(value: &Value) -> Option<&str> {
    value.get(SECRET_MARK).and_then(Value::as_str)
}

/// The names of all secrets in a setting.
pub fn secret_names(value: &Value) -> Vec<String> {
    let mut names = Vec::new();
    collect(value, &mut names);
    names
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(value: Value, expected: Result<Value, &str>, passed_over: &[&str]) {
        let texts = BTreeMap::from([
            ("a".to_owned(), Some("A".to_owned())),
            ("b".to_owned(), Some("B".to_owned())),
            ("none".to_owned(), None),
            ("nil".to_owned(), None),
        ]);
        let mut unset = Vec::new();
        let filled = fill(&value, &texts, &mut unset);
        let expected = expected.map_err(|name| Unusable::NoSuchSecret(name.to_owned()));
        assert_eq!(
            (filled, unset),
            (expected, passed_over.iter().map(|&n| n.to_owned()).collect())
        );
    }

    #[test]
    fn of_a_list_those_that_are_not_set_are_passed_over_while_one_is() {
        let secret = |name: &str| json!({ "$secret": name });
        check(secret("a"), Ok(json!("A")), &[]);
        check(secret("none"), Err("none"), &[]);
        check(json!([secret("a"), secret("b")]), Ok(json!(["A", "B"])), &[]);
        check(json!([secret("none"), secret("b")]), Ok(json!(["B"])), &["none"]);
        check(
            json!([secret("nil"), secret("a"), secret("none")]),
            Ok(json!(["A"])),
            &["nil", "none"],
        );
        check(json!([secret("none"), secret("nil")]), Err("none"), &[]);
        let nested = json!({ "scheme": "s", "secret": [secret("none"), secret("a")] });
        check(nested, Ok(json!({ "scheme": "s", "secret": ["A"] })), &["none"]);
        check(json!({ "secret": secret("none") }), Err("none"), &[]);
        check(json!([1, null, []]), Ok(json!([1, null, []])), &[]);
    }

    #[test]
    fn white_space_around_a_secret_is_no_part_of_it() {
        for text in ["hush", "hush\n", "\r\n hush\t", "\u{feff}hush\u{a0}"] {
            assert_eq!(trimmed(text), "hush");
        }
        assert_eq!(trimmed(" a b "), "a b");
    }
}
