//! The settings of a connection, checked against the provider's schema.

use super::addresses;
use super::placement::check_placement;
use crate::connections::SECRET_MARK;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tradewind_connectors::catalog::Catalog;
use tradewind_connectors::provider::Provider;
use tradewind_engine::definitions::StoredConnection;
use tradewind_engine::hosts::AllowedHosts;
use tradewind_engine::ids::ProviderId;
use tradewind_engine::problems::Problem;
use tradewind_engine::project::{Connection, Setting};

/// Settings that every provider has: its address, and a limit of one's own.
const COMMON: [&str; 2] = ["base_url", "rate_limit"];

/// What is around a project: who there is, the environment of whoever applies it, and what the operator
/// allowed.
pub(super) struct Around<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) env: &'a BTreeMap<String, String>,
    pub(super) allowed: &'a AllowedHosts,
    /// Providers of the project's own whose files are wrong, which was told.
    pub(super) broken: &'a BTreeSet<ProviderId>,
}

/// The connection as it is kept: environment filled in, secrets by name.
pub(super) fn stored_connection(
    connection: &Connection,
    around: &Around<'_>,
) -> Result<StoredConnection, Vec<Problem>> {
    let Around { catalog, env, allowed, broken } = around;
    let Some(provider) = catalog.provider(connection.provider.as_str()) else {
        if broken.contains(&connection.provider) {
            return Err(Vec::new());
        }
        let message = format!("there is no provider {}", connection.provider);
        let known = catalog.providers.iter().map(|provider| provider.id.as_str());
        let problem = Problem::new("unknown_provider", connection.place_of("provider"), message);
        return Err(vec![problem.with_nearest(connection.provider.as_str(), known)]);
    };
    let mut problems = check_names(connection, provider);
    let mut settings = Map::new();
    for (name, setting) in &connection.settings {
        match value(setting, env) {
            Ok(value) => {
                settings.insert(name.clone(), value);
            }
            Err(variable) => problems.push(not_set(connection, name, &variable)),
        }
    }
    problems.extend(check_placement(connection, provider));
    problems.extend(addresses::refused(connection, provider, &settings, allowed));
    if problems.is_empty() {
        Ok(StoredConnection { provider: connection.provider.clone(), settings, former: None })
    } else {
        Err(problems)
    }
}

fn check_names(connection: &Connection, provider: &Provider) -> Vec<Problem> {
    let schema = (provider.settings)();
    let known: Vec<&str> = schema["properties"]
        .as_object()
        .map(|properties| properties.keys().map(String::as_str).collect())
        .unwrap_or_default();
    let mut problems = Vec::new();
    for (name, _) in &connection.settings {
        if !known.contains(&name.as_str()) && !COMMON.contains(&name.as_str()) {
            let message =
                format!("connection {}: {} has no setting {name}", connection.name, provider.id);
            let problem = Problem::new("unknown_key", connection.place_of(name), message);
            problems.push(problem.with_nearest(name, known.iter().copied().chain(COMMON)));
        }
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    for name in required.filter(|name| connection.setting(name).is_none()) {
        let message =
            format!("connection {}: {} needs the setting {name}", connection.name, provider.id);
        problems.push(Problem::new("missing_field", connection.place, message));
    }
    problems
}

fn value(setting: &Setting, env: &BTreeMap<String, String>) -> Result<Value, String> {
    Ok(match setting {
        Setting::Text(text) => Value::String(text.clone()),
        Setting::Integer(number) => json!(number),
        Setting::Bool(bool) => Value::Bool(*bool),
        Setting::Env(variable) => {
            Value::String(env.get(variable).ok_or_else(|| variable.clone())?.clone())
        }
        Setting::Secret(name) => json!({ SECRET_MARK: name }),
        Setting::List(several) => {
            Value::Array(several.iter().map(|one| value(one, env)).collect::<Result<_, _>>()?)
        }
        Setting::Map(fields) => {
            let fields = fields.iter().map(|(key, one)| Ok((key.clone(), value(one, env)?)));
            Value::Object(fields.collect::<Result<_, String>>()?)
        }
    })
}

fn not_set(connection: &Connection, setting: &str, variable: &str) -> Problem {
    let message = format!("connection {}, {setting}: ${variable} is not set", connection.name);
    let problem = Problem::new("env_missing", connection.place_of(setting), message);
    problem.with_help(format!("set the environment variable {variable}"))
}
