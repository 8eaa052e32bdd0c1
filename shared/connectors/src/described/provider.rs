//! What a description says of its provider, as every provider says it.

use super::auth::TOKEN_URL;
use super::trigger::DescribedEndpoint;
use crate::deliveries::Endpoint;
use crate::provider::{Address, Provider, RateLimit};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tradewind_engine::descriptions::{Auth, Description, Pattern, Setting, SettingKind};

impl Provider {
    /// The provider of that description.
    pub fn described(description: &Arc<Description>) -> Self {
        let own = description.clone();
        let secrets = description.settings.iter().filter(|setting| setting.secret);
        let secrets: Vec<String> = secrets.map(|setting| setting.name.clone()).collect();
        Self {
            settings: Arc::new(move || schema(&own)),
            secrets,
            hosts: hosts(description),
            addresses: addresses(description),
            limit: description.limit.map(|(calls, per)| RateLimit { calls, per }),
            concurrency: description.concurrency,
            trigger: DescribedEndpoint::of(description)
                .map(|endpoint| -> Arc<dyn Endpoint> { Arc::new(endpoint) }),
            ..Self::plain(
                description.provider.as_str(),
                &description.title,
                &description.documentation,
            )
        }
    }
}

/// JSON Schema of the settings.
fn schema(description: &Description) -> Value {
    let settings = &description.settings;
    let mut properties: Map<String, Value> =
        settings.iter().map(|setting| (setting.name.clone(), schema_of(setting))).collect();
    if matches!(description.auth, Some(Auth::OAuth(_))) {
        let help = "Where tokens are fetched, in place of the provider's own token endpoint.";
        properties
            .entry(TOKEN_URL)
            .or_insert_with(|| json!({ "description": help, "type": "string" }));
    }
    let required: Vec<&str> =
        settings.iter().filter(|one| one.is_required()).map(|one| one.name.as_str()).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn schema_of(setting: &Setting) -> Value {
    let kind = match setting.kind {
        SettingKind::Integer => "integer",
        SettingKind::Boolean => "boolean",
        SettingKind::Map => "object",
        SettingKind::Text
        | SettingKind::Address
        | SettingKind::Url
        | SettingKind::Host
        | SettingKind::Label
        | SettingKind::Segment => "string",
    };
    let mut schema = json!({ "description": setting.help, "type": kind });
    if setting.several {
        schema["type"] = json!([kind, "array"]);
        schema["items"] = json!({ "type": kind });
    }
    if let Some(default) = &setting.default {
        schema["default"] = default.clone();
    }
    schema
}

/// The hosts that its calls may go to.
fn hosts(description: &Description) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    for pattern in addresses_of(description) {
        match whole_url(description, pattern) {
            Some(setting) => hosts.extend(setting.hosts.iter().cloned()),
            None => hosts.push(own_host(&host_of(pattern))),
        }
    }
    hosts.extend(description.hosts.iter().cloned());
    let mut seen = BTreeSet::new();
    hosts.retain(|host| seen.insert(host.clone()));
    hosts
}

/// A label that a setting gives is any; a whole host stays named by its setting.
fn own_host(host: &str) -> String {
    let labels: Vec<&str> = host.split('.').collect();
    match labels[..] {
        [_] => host.to_owned(),
        _ => labels
            .iter()
            .map(|label| if label.starts_with('{') { "*" } else { label })
            .collect::<Vec<_>>()
            .join("."),
    }
}

/// Where its calls go, and which secrets with them.
fn addresses(description: &Description) -> Vec<Address> {
    let auth = description.auth.as_ref();
    let secrets_in = |patterns: &[&Pattern]| {
        let named = patterns.iter().flat_map(|pattern| pattern.settings());
        let secret = named
            .filter(|(name, _)| description.setting(name).is_some_and(|setting| setting.secret));
        let names: BTreeSet<String> = secret.map(|(name, _)| name.to_owned()).collect();
        names.into_iter().collect::<Vec<_>>()
    };
    let mut named = auth.map(Auth::patterns).unwrap_or_default();
    named.push(&description.base_url);
    let address = |pattern: &Pattern, in_place: &str, secrets| match whole_url(description, pattern)
    {
        Some(setting) => Address { host: None, settings: vec![setting.name.clone()], secrets },
        None => {
            Address { host: Some(host_of(pattern)), settings: vec![in_place.to_owned()], secrets }
        }
    };
    let mut addresses = vec![address(&description.base_url, "base_url", secrets_in(&named))];
    if let Some(Auth::OAuth(oauth)) = auth {
        let secrets = secrets_in(&[&oauth.id, &oauth.secret]);
        addresses.push(address(&oauth.at, TOKEN_URL, secrets));
    }
    addresses
}

/// The addresses that the file names.
fn addresses_of(description: &Description) -> impl Iterator<Item = &Pattern> {
    let token = description.auth.as_ref().and_then(|auth| match auth {
        Auth::OAuth(oauth) => Some(&oauth.at),
        _ => None,
    });
    std::iter::once(&description.base_url).chain(token)
}

/// The setting that is the whole address.
fn whole_url<'a>(description: &'a Description, pattern: &Pattern) -> Option<&'a Setting> {
    description.setting(pattern.whole_setting()?)
}

/// The host of an address, settings in it named as `{name}`.
fn host_of(pattern: &Pattern) -> String {
    let written = pattern.source();
    let behind = written.strip_prefix("https://").unwrap_or(&written);
    behind.split('/').next().unwrap_or_default().to_owned()
}
