//! Where a connection's calls go, as far as its settings tell.

use crate::connections::SECRET_MARK;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use tradewind_connectors::provider::{Address, Provider};
use tradewind_engine::hosts::{AllowedHosts, Blocked, judge};
use tradewind_engine::problems::Problem;
use tradewind_engine::project::Connection;

/// Where some of a connection's calls go.
pub(super) enum Target {
    /// There, which the setting of that name says, or the provider where no setting is named.
    Url(String, Option<String>),
    /// Wherever a secret says, within what is allowed.
    InSecret,
    /// Nowhere: no setting says it.
    Unknown,
}

/// Where those calls go.
pub(super) fn target(address: &Address, settings: &Map<String, Value>) -> Target {
    for name in &address.settings {
        match setting(settings, name) {
            Found::Text(url) => return Target::Url(url.to_owned(), Some(name.clone())),
            Found::Secret => return Target::InSecret,
            Found::Nothing => {}
        }
    }
    standard(address, settings)
}

/// The provider's own address, with settings in the place of their names.
fn standard(address: &Address, settings: &Map<String, Value>) -> Target {
    let Some(host) = &address.host else { return Target::Unknown };
    let Some((before, rest)) = host.split_once('{') else {
        return Target::Url(format!("https://{host}"), None);
    };
    let Some((name, after)) = rest.split_once('}') else { return Target::Unknown };
    match setting(settings, name) {
        Found::Text(text) => {
            Target::Url(format!("https://{before}{text}{after}"), Some(name.to_owned()))
        }
        Found::Secret => Target::InSecret,
        Found::Nothing => Target::Unknown,
    }
}

enum Found<'a> {
    Text(&'a str),
    Secret,
    Nothing,
}

/// The setting of that name; a dot leads into a nested one. What stands within a secret is not known.
fn setting<'a>(settings: &'a Map<String, Value>, name: &str) -> Found<'a> {
    let mut names = name.split('.');
    let mut value = names.next().and_then(|first| settings.get(first));
    loop {
        match (value, names.next()) {
            (Some(one), _) if one.get(SECRET_MARK).is_some() => return Found::Secret,
            // A key file that was filled in as a whole: its members are its own.
            (Some(Value::String(_)), Some(_)) => return Found::Secret,
            (Some(Value::String(text)), None) => return Found::Text(text),
            (Some(one), Some(name)) => value = one.get(name),
            _ => return Found::Nothing,
        }
    }
}

/// What the guard would refuse for certain, at the place of the setting that leads there.
pub(super) fn refused(
    connection: &Connection,
    provider: &Provider,
    settings: &Map<String, Value>,
    allowed: &AllowedHosts,
) -> Vec<Problem> {
    let recipient = provider.recipient();
    let odd = address_settings(provider).filter(|name| {
        // It would be passed over, and the provider itself be called.
        matches!(settings.get(*name), Some(one) if !one.is_string() && one.get(SECRET_MARK).is_none())
    });
    let mut problems: Vec<Problem> = odd.map(|name| no_text(connection, name)).collect();
    let targets = provider.addresses.iter().filter_map(|address| match target(address, settings) {
        Target::Url(url, name) => Some((url, name)),
        Target::InSecret | Target::Unknown => None,
    });
    let blocked = targets
        .filter_map(|(url, name)| Some((name, judge(&url, &recipient, allowed).err()?)))
        .map(|(name, blocked)| problem(connection, name.as_deref(), blocked));
    problems.extend(blocked);
    problems
}

/// The settings that name an address, but for those within a key file.
fn address_settings(provider: &Provider) -> impl Iterator<Item = &str> {
    let names = provider.addresses.iter().flat_map(|address| &address.settings);
    let names: BTreeSet<&str> =
        names.map(String::as_str).filter(|name| !name.contains('.')).collect();
    names.into_iter()
}

fn no_text(connection: &Connection, setting: &str) -> Problem {
    let message = format!("connection {}, {setting}: this has to be a text", connection.name);
    Problem::new("type_mismatch", connection.place_of(setting), message)
        .with_help("write an address such as https://api.example.com")
}

/// `setting`: the one that leads there; nothing where the file of a provider of the project's own does.
fn problem(connection: &Connection, setting: Option<&str>, blocked: Blocked) -> Problem {
    let Blocked { reason, what, help } = blocked;
    let named = setting.map_or_else(String::new, |setting| format!(", {setting}"));
    let message = format!("connection {}{named}: {}: {what}", connection.name, reason.code());
    let first = setting.map(|setting| setting.split('.').next().unwrap_or(setting));
    let place = first.map_or(connection.place, |first| connection.place_of(first));
    Problem::new("url_blocked", place, message).with_help(help)
}
