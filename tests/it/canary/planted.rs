//! What is planted: for every provider that is written in Rust and has secret settings, for some that are described
//! by a file, and for every fate, a connection whose secrets are all marked. A provider that is new and written in
//! Rust has to come here. Those with a file share one interpreter, and their fixtures plant secrets in each of them.

use super::forms::MARK;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::Arc;
use tradewind_connectors::catalog::{Catalog, catalog};
use tradewind_connectors::provider::Provider;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It succeeds, and the answer repeats what was sent.
    Succeeds,
    /// It is refused for good.
    Refused,
    /// Its credentials are refused.
    Unauthorized,
    /// A gateway answers, so that nobody knows what became of it.
    Lost,
    /// It is refused in a text that was cut off in the middle of a secret.
    Cut,
    /// It succeeds, and the answer repeats what was sent, cut off in the middle.
    Shortened,
    /// Its token endpoint refuses.
    Closed,
    /// Our own code panics.
    Panics,
}

impl Fate {
    /// The word for it in addresses and names.
    pub(crate) fn word(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// The fate of the connection of that name.
    pub(crate) fn of(connection: &str) -> Option<Self> {
        let all = [
            Self::Succeeds,
            Self::Refused,
            Self::Unauthorized,
            Self::Lost,
            Self::Cut,
            Self::Shortened,
            Self::Closed,
            Self::Panics,
        ];
        all.into_iter().find(|fate| connection.ends_with(&fate.word()))
    }
}

/// A connection with its secrets.
#[derive(Clone, Debug)]
pub(crate) struct Planted {
    pub(crate) name: String,
    pub(crate) provider: String,
    /// As they stand in tradewind.yaml.
    pub(crate) settings: Value,
    /// The names of its secrets with their values.
    pub(crate) secrets: Vec<(String, String)>,
}

const ACCOUNT: &str = include_str!("../conformance/google_sheets/service_account.json");
/// From the middle of the private key in it.
pub(crate) fn key_mark() -> &'static str {
    let at = ACCOUNT.find("BEGIN PRIVATE KEY").unwrap();
    &ACCOUNT[at + 200..at + 216]
}

/// The access token that is given to a connection.
pub(crate) fn access_token(connection: &str) -> String {
    format!("{MARK}-token-of-{connection}-\"a\"/+\\<&>%-{MARK}")
}

/// The secret that shop webhooks are signed by: the first of two.
pub(crate) fn webhook_secret(planted: &[Planted], connection: &str) -> String {
    let one = planted.iter().find(|one| one.name == connection).unwrap();
    let is_it = |(name, _): &&(String, String)| name.contains("webhook") || name.contains("verify");
    one.secrets.iter().find(is_it).unwrap().1.clone()
}

/// All of them, with their services at that address.
pub(crate) fn planted(services: &str, fates: &[Fate]) -> Vec<Planted> {
    let Catalog { providers, .. } = catalog();
    // A mail server is not spoken to in requests: what one says is cleared in the provider's own tests.
    let secretive = providers.into_iter().filter(|one| !one.secrets.is_empty() && one.id != "smtp");
    let secretive = secretive.filter(|one| OF_FILES.contains(&&*one.id) || !has_file(&one.id));
    let each =
        secretive.flat_map(|provider| fates.iter().map(move |fate| (provider.clone(), *fate)));
    each.map(|(provider, fate)| plant(&provider, fate, services)).collect()
}

/// Those of the providers with a file that are planted: a key in a header, two of them, and a whole address.
const OF_FILES: [&str; 3] = ["postmark", "sendgrid", "slack"];

fn has_file(provider: &str) -> bool {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|one| one.join("shared").is_dir());
    folder.unwrap().join(format!("shared/connectors/providers/{provider}.yaml")).exists()
}

fn plant(provider: &Arc<Provider>, fate: Fate, services: &str) -> Planted {
    let name = format!("{}_{}", provider.id, fate.word());
    let base = format!("{services}/{name}");
    let mut settings = others(&provider.id, &base);
    let mut secrets = Vec::new();
    for setting in &provider.secrets {
        // What stands below a secret comes with it.
        let is_below = |above: &String| setting.starts_with(&format!("{above}."));
        if provider.secrets.iter().any(is_below) || is_another_way(setting) {
            continue;
        }
        let first = setting.split('.').next().unwrap();
        let is_rotated =
            provider.trigger.as_ref().is_some_and(|one| one.settings().contains(&first));
        let numbers = if is_rotated { 1..=2 } else { 1..=1 };
        let mut references = Vec::new();
        for number in numbers {
            let secret = format!("{name}_{}_{number}", setting.replace('.', "_"));
            references.push(json!(format!("${{{{ secret.{secret} }}}}")));
            let value = value(&provider.id, setting, &secret, &base);
            secrets.push((secret, value));
        }
        let reference = if is_rotated { Value::Array(references) } else { references.remove(0) };
        put(&mut settings, setting, reference);
    }
    settings.insert("rate_limit".to_owned(), json!({ "calls": 100_000, "per": "1s" }));
    Planted { name, provider: provider.id.clone(), settings: Value::Object(settings), secrets }
}

/// Whether the secret is of a way to prove who calls of which there is one at a time: that of the bearer is planted.
fn is_another_way(setting: &str) -> bool {
    setting.starts_with("auth.") && setting != "auth.bearer"
}

/// The settings that are no secrets.
fn others(provider: &str, base: &str) -> Map<String, Value> {
    let settings = match provider {
        "commercelayer" => json!({ "base_url": base, "auth_url": base, "client_id": "app" }),
        "sendgrid" | "postmark" => json!({ "base_url": base, "from": "shop@example.com" }),
        "google_sheets" => json!({
            "base_url": base, "token_url": format!("{base}/token"), "spreadsheet_id": "sheet",
        }),
        "slack" => json!({}),
        "http" => json!({ "base_url": base }),
        "outgoing_webhook" => json!({ "host": "127.0.0.1" }),
        "webhook" => json!({ "verify": { "scheme": "standard_webhooks" } }),
        other => panic!("{other} has secrets, and nothing plants one: say its other settings here"),
    };
    settings.as_object().unwrap().clone()
}

fn value(provider: &str, setting: &str, name: &str, base: &str) -> String {
    match (provider, setting) {
        ("slack", "url") => format!("{base}/services/T0/B0/{MARK}-{name}-{MARK}"),
        ("outgoing_webhook", "url") => format!("{base}/hooks/{MARK}-{name}-{MARK}"),
        ("outgoing_webhook", _) => {
            format!("whsec_{}", STANDARD.encode(format!("{MARK}-{name}-{MARK}")))
        }
        ("google_sheets", "service_account") => ACCOUNT.to_owned(),
        ("webhook", _) => format!("whsec_{}", STANDARD.encode(format!("{MARK}-{name}-{MARK}"))),
        // Each of these characters has another form somewhere, and a header can hold them all.
        _ => format!("{MARK}-{name}-\"a\"/+\\<&>%-{MARK}"),
    }
}

fn put(settings: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            settings.insert(name.to_owned(), value);
        }
        Some((first, rest)) => {
            let within = settings.entry(first.to_owned()).or_insert_with(|| json!({}));
            put(within.as_object_mut().unwrap(), rest, value);
        }
    }
}
