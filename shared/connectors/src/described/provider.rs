//! What a description says of its provider, as every provider says it.

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
            settings: Arc::new(move || schema(&own.settings)),
            secrets,
            hosts: hosts(description),
            addresses: addresses(description),
            limit: description.limit.map(|(calls, per)| RateLimit { calls, per }),
            concurrency: description.concurrency,
            ..Self::plain(
                description.provider.as_str(),
                &description.title,
                &description.documentation,
            )
        }
    }
}

/// JSON Schema of the settings.
fn schema(settings: &[Setting]) -> Value {
    let properties: Map<String, Value> =
        settings.iter().map(|setting| (setting.name.clone(), schema_of(setting))).collect();
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

/// The label that a setting gives is any; a whole host stays named by its setting.
fn own_host(host: &str) -> String {
    match host.split_once('}') {
        Some((_, domain)) if !domain.is_empty() => format!("*{domain}"),
        _ => host.to_owned(),
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
    let mut addresses = vec![match whole_url(description, &description.base_url) {
        Some(setting) => Address {
            host: None,
            settings: vec![setting.name.clone()],
            secrets: secrets_in(&named),
        },
        None => Address {
            host: Some(host_of(&description.base_url)),
            settings: vec!["base_url".to_owned()],
            secrets: secrets_in(&named),
        },
    }];
    if let Some(Auth::OAuth(oauth)) = auth {
        let secrets = secrets_in(&[&oauth.id, &oauth.secret]);
        let host = Some(host_of(&oauth.at));
        addresses.push(Address { host, settings: vec!["token_url".to_owned()], secrets });
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
