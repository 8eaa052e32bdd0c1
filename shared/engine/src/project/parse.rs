//! From tradewind.yaml to a project.

use super::settings::{self, Setting};
use super::{Alerts, Connection, History, Project};
use crate::hosts::{Reason, is_loopback, web_address};
use crate::ids::ConnectionName;
use crate::problems::{Place, Problem};
use crate::schedules::no_zone;
use crate::workflows::parse_duration;
use crate::yaml::fields::{Fields, text};
use crate::yaml::{self, Entry, Node, Yaml};
use std::collections::BTreeMap;
use url::Url;

/// The longest time history can be kept.
const KEEP_DAYS_MAX: u32 = 400;

impl Project {
    /// Reads tradewind.yaml, or says everything that is wrong with it.
    pub fn parse(source: &str) -> Result<Self, Vec<Problem>> {
        let node = yaml::parse(source)?;
        let mut problems = Vec::new();
        let project = project(&node, &mut problems).unwrap_or_default();
        problems.sort_by_key(|problem| problem.place);
        if problems.is_empty() { Ok(project) } else { Err(problems) }
    }
}

fn project(node: &Node, problems: &mut Vec<Problem>) -> Option<Project> {
    if matches!(node.value, Yaml::Null) {
        return None;
    }
    let fields = Fields::of(node, "tradewind.yaml", problems)?;
    let keys = ["connections", "alerts", "timezone", "public_url", "history"];
    fields.refuse_others(&keys, problems);
    let connections = fields.value("connections").map(|node| connections(node, problems));
    let connections = connections.unwrap_or_default();
    let alerts = fields.value("alerts").and_then(|node| alerts(node, &connections, problems));
    let history = fields.value("history").and_then(|node| history(node, problems));
    Some(Project {
        public_url: public_url(&fields, problems),
        timezone: timezone(&fields, problems),
        connections,
        alerts,
        history: history.unwrap_or_default(),
    })
}

fn connections(node: &Node, problems: &mut Vec<Problem>) -> BTreeMap<ConnectionName, Connection> {
    match &node.value {
        Yaml::Null => BTreeMap::new(),
        Yaml::Map(entries) => entries
            .iter()
            .filter_map(|entry| connection(entry, problems))
            .map(|connection| (connection.name.clone(), connection))
            .collect(),
        _ => {
            let message = "`connections` must be a map of names to connections";
            problems.push(Problem::new("type_mismatch", node.place, message));
            BTreeMap::new()
        }
    }
}

fn connection(entry: &Entry, problems: &mut Vec<Problem>) -> Option<Connection> {
    let name = entry.key.as_str();
    let first = name.starts_with(|c: char| c.is_ascii_lowercase());
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !first || !name.chars().all(rest) || name.len() > 100 {
        let message = "the name of a connection is small letters, digits and `_`, and begins with \
            a letter";
        problems.push(Problem::new("id_invalid", entry.place, message));
    }
    let fields = Fields::of(&entry.value, &format!("the connection `{name}`"), problems)?;
    let provider_node = fields.value("provider");
    if provider_node.is_none() {
        let message = format!("the connection `{name}` needs the key `provider`");
        problems.push(Problem::new("missing_key", entry.place, message));
    }
    let settings: Vec<(String, Setting)> = fields
        .entries()
        .iter()
        .filter(|entry| entry.key != "provider")
        .filter_map(|entry| {
            let setting = settings::setting(&entry.value, &entry.key, problems)?;
            Some((entry.key.clone(), setting))
        })
        .collect();
    let provider = text(provider_node?, "provider", problems)?.into();
    let mut places = BTreeMap::new();
    note_places("", fields.entries(), &mut places);
    Some(Connection { name: name.into(), provider, settings, places, place: entry.place })
}

/// Notes where each key stands, also those within others: `verify.secret`, `webhook_secret.1`.
fn note_places(above: &str, entries: &[Entry], places: &mut BTreeMap<String, Place>) {
    for entry in entries {
        let key = format!("{above}{}", entry.key);
        note_places_within(&key, &entry.value, places);
        places.insert(key, entry.place);
    }
}

fn note_places_within(key: &str, node: &Node, places: &mut BTreeMap<String, Place>) {
    match &node.value {
        Yaml::Map(entries) => note_places(&format!("{key}."), entries, places),
        Yaml::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let key = format!("{key}.{index}");
                note_places_within(&key, item, places);
                places.insert(key, item.place);
            }
        }
        _ => {}
    }
}

fn alerts(
    node: &Node,
    connections: &BTreeMap<ConnectionName, Connection>,
    problems: &mut Vec<Problem>,
) -> Option<Alerts> {
    let fields = Fields::of(node, "`alerts`", problems)?;
    fields.refuse_others(&["via", "to"], problems);
    let to = fields.text("to", problems).map(str::to_owned);
    let via_node = fields.required("via", problems)?;
    let via: ConnectionName = text(via_node, "via", problems)?.into();
    if !connections.contains_key(&via) {
        let message = format!("there is no connection `{via}`");
        let names = connections.keys().map(ConnectionName::as_str);
        let problem = Problem::new("unknown_connection", via_node.place, message);
        problems.push(problem.with_nearest(via.as_str(), names));
    }
    Some(Alerts { via, to, place: via_node.place })
}

fn public_url(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<String> {
    let written = fields.text("public_url", problems)?;
    match public_address(written) {
        Ok(url) => Some(url.as_str().trim_end_matches('/').to_owned()),
        Err(why) => {
            let place = fields.value("public_url").map_or(Place::START, |node| node.place);
            let problem = Problem::new("url_invalid", place, format!("`public_url` {why}"));
            let help = "write it as in https://automation.example.com; a path may follow, where a proxy takes one";
            problems.push(problem.with_help(help));
            None
        }
    }
}

/// The address that others put their own paths behind.
fn public_address(text: &str) -> Result<Url, String> {
    let url = web_address(text).map_err(|blocked| match blocked.reason {
        Reason::Userinfo => {
            "names a user or a password: whoever is given a link would learn them".to_owned()
        }
        Reason::Scheme => "must begin with https://".to_owned(),
        _ => format!("cannot be understood: {}", blocked.what),
    })?;
    match url.host() {
        // On this machine for a try.
        Some(host) if url.scheme() != "https" && !is_loopback(&host) => {
            Err("must begin with https://".to_owned())
        }
        None => Err("names no host".to_owned()),
        _ if url.query().is_some() || url.fragment().is_some() => {
            Err("ends with a query or a fragment: nothing can follow behind these".to_owned())
        }
        _ => Ok(url),
    }
}

fn timezone(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<String> {
    let zone = fields.text("timezone", problems)?;
    let place = fields.value("timezone").map_or(Place::START, |node| node.place);
    problems.extend(no_zone(zone, place));
    Some(zone.to_owned())
}

fn history(node: &Node, problems: &mut Vec<Problem>) -> Option<History> {
    let fields = Fields::of(node, "`history`", problems)?;
    fields.refuse_others(&["keep", "redact_after"], problems);
    let default = History::default();
    let keep_days = days(&fields, "keep", problems);
    let redact_after_days = days(&fields, "redact_after", problems);
    let keep_days = keep_days.unwrap_or(default.keep_days);
    // Nothing is left to redact once a run is forgotten.
    let redact_after_days = redact_after_days.unwrap_or(default.redact_after_days).min(keep_days);
    Some(History { keep_days, redact_after_days })
}

fn days(fields: &Fields<'_>, key: &str, problems: &mut Vec<Problem>) -> Option<u32> {
    let node = fields.value(key)?;
    let seconds = node.as_text().and_then(parse_duration).map(|duration| duration.as_secs());
    let Some(seconds) = seconds.filter(|seconds| seconds % 86_400 == 0) else {
        let message = format!("`{key}` must be a number of days, as in 90d");
        problems.push(Problem::new("type_mismatch", node.place, message));
        return None;
    };
    let days = u32::try_from(seconds / 86_400).ok();
    let days = days.filter(|days| (1..=KEEP_DAYS_MAX).contains(days));
    if days.is_none() {
        let message = format!("`{key}` must be 1d to {KEEP_DAYS_MAX}d");
        problems.push(Problem::new("out_of_range", node.place, message));
    }
    days
}
