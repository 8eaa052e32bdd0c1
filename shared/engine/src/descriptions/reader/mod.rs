//! From a file to a description: its top.

mod actions;
mod answers;
mod auth;
mod keys;
mod own;
mod patterns;
mod requests;
mod settings;
mod trigger;
mod verify;

use self::keys::TextList;
use super::limits::{ACTIONS_MAX, EXPRESSIONS_MAX, FILE_BYTES_MAX};
use super::template::{members, part};
use super::{Description, FORMAT, Parts};
use crate::expressions::{Expression, Missing, bare_expression};
use crate::ids::ProviderId;
use crate::problems::{Place, Problem};
use crate::workflows::{DELAY_MAX, read_choice, read_duration};
use crate::yaml::fields::{Fields, mismatch, text};
use crate::yaml::{self, Entry, Node, Yaml};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// The code of a file of a newer format.
pub(super) const FORMAT_NEWER: &str = "format_newer";

const KEYS: [&str; 16] = [
    "format",
    "provider",
    "title",
    "documentation",
    "settings",
    "base_url",
    "hosts",
    "auth",
    "headers",
    "limit",
    "concurrency",
    "wait",
    "actions",
    "trigger",
    "parts",
    "maps",
];

/// The most calls at once, or in one length of time, that a file can name.
const CALLS_MAX: i64 = 100_000;

/// What is wrong so far, and how many expressions there are.
#[derive(Default)]
pub(crate) struct Reader {
    pub(crate) problems: Vec<Problem>,
    pub(crate) expressions: usize,
}

/// What a draft leaves to a person.
const LEFT: &str = "TODO";

/// The places that a person has not seen to; comments are for whoever reads the file.
fn left(source: &str) -> impl Iterator<Item = Problem> {
    let lines = source.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#'));
    lines.filter_map(|(number, line)| {
        let column = line.find(LEFT)?;
        let count = |number: usize| u32::try_from(number + 1).unwrap_or(u32::MAX);
        let place = Place { line: count(number), column: count(line[..column].chars().count()) };
        let problem = Problem::new("todo_left", place, "this is left for you to say");
        Some(problem.with_help("the vendor's page says it; take the word TODO out"))
    })
}

/// Reads a file, or says everything that is wrong with it.
pub(super) fn read(source: &str) -> Result<Description, Vec<Problem>> {
    let node = yaml::parse(source)?;
    // What a newer format means by its keys, and how large it may be, is not known here.
    if let Some(problem) = newer(&node) {
        return Err(vec![problem]);
    }
    if source.len() > FILE_BYTES_MAX {
        let message = format!("the file is larger than {} KB", FILE_BYTES_MAX / 1024);
        return Err(vec![Problem::new("file_too_large", Place::START, message)]);
    }
    let mut reader = Reader::default();
    let description = description(&node, &mut reader);
    reader.problems.extend(left(source));
    if reader.expressions > EXPRESSIONS_MAX {
        let message = format!("the file has more than {EXPRESSIONS_MAX} expressions");
        reader.problem("too_many", Place::START, message);
    }
    reader.problems.sort_by_key(|problem| problem.place);
    match description {
        Some(description) if reader.problems.is_empty() => Ok(description),
        _ => Err(reader.problems),
    }
}

/// The format that a file names.
pub(super) fn format_of(source: &str) -> Option<u32> {
    format(&yaml::parse(source).ok()?).map(|(found, _)| found)
}

fn format(node: &Node) -> Option<(u32, Place)> {
    let Yaml::Map(entries) = &node.value else { return None };
    let format = &entries.iter().find(|entry| entry.key == "format")?.value;
    match format.value {
        Yaml::Integer(found) => Some((u32::try_from(found).ok()?, format.place)),
        _ => None,
    }
}

fn newer(node: &Node) -> Option<Problem> {
    let (found, place) = format(node).filter(|(found, _)| *found > FORMAT)?;
    let message = format!(
        "this file has format {found}: it is written for a newer tradewind; this one knows format {FORMAT}"
    );
    Some(Problem::new(FORMAT_NEWER, place, message).with_help("use a newer tradewind"))
}

/// Nothing only where a problem says why.
fn description(node: &Node, reader: &mut Reader) -> Option<Description> {
    let fields = Fields::of(node, "a provider", &mut reader.problems)?;
    fields.refuse_others(&KEYS, &mut reader.problems);
    if let Some(node) = fields.required("format", &mut reader.problems)
        && node.value != Yaml::Integer(i64::from(FORMAT))
    {
        reader.problem("unknown_value", node.place, format!("`format` must be {FORMAT}"));
    }
    let provider_node = fields.required("provider", &mut reader.problems);
    let provider = provider_node.and_then(|node| reader.id(node, "provider"));
    let title = reader.required_text(&fields, "title");
    let documentation = reader.required_link(&fields, "documentation");
    let settings = fields.value("settings").map(|node| settings::settings(node, reader));
    let base_url = fields.required("base_url", &mut reader.problems);
    let base_url = base_url.and_then(|node| patterns::base_url(node, reader));
    let hosts = reader.texts(&fields, "hosts", TextList::Hosts);
    let auth = fields.value("auth").and_then(|node| auth::auth(node, reader));
    let headers = fields.value("headers").map(|node| members(node, "headers", reader));
    let limit = fields.value("limit").and_then(|node| limit(node, reader));
    let concurrency = reader.whole(&fields, "concurrency", 1, CALLS_MAX);
    let wait = fields.value("wait").map(|node| answers::waits(node, reader));
    let actions =
        fields.value("actions").map(|node| actions::actions(node, wait.as_deref(), reader));
    let actions = actions.unwrap_or_default();
    if actions.len() > ACTIONS_MAX {
        let place = fields.value("actions").map_or(fields.place, |node| node.place);
        reader.problem("too_many", place, format!("a provider has at most {ACTIONS_MAX} actions"));
    }
    let trigger = fields.value("trigger").and_then(|node| trigger::trigger(node, reader));
    let parts = fields.value("parts").map(|node| parts(node, reader));
    let (maps, map_places) =
        fields.value("maps").map(|node| maps(node, reader)).unwrap_or_default();
    if fields.value("actions").is_none() && fields.value("trigger").is_none() {
        let problem = Problem::new("missing_key", fields.place, "the provider does nothing");
        reader.problems.push(problem.with_help("it needs `actions`, a `trigger`, or both"));
    }
    Some(Description {
        provider: ProviderId::from(provider?),
        place: provider_node?.place,
        title: title?,
        documentation: documentation?,
        settings: settings.unwrap_or_default(),
        base_url: base_url?,
        hosts: hosts.into_iter().map(|(host, _)| host).collect(),
        auth,
        headers: headers.unwrap_or_default(),
        limit,
        concurrency: concurrency.and_then(|most| u32::try_from(most).ok()),
        actions,
        trigger,
        parts: Parts::of(parts.unwrap_or_default()),
        maps: Value::Object(maps),
        map_places,
    })
}

fn limit(node: &Node, reader: &mut Reader) -> Option<(u32, Duration)> {
    let fields = Fields::of(node, "`limit`", &mut reader.problems)?;
    fields.refuse_others(&["calls", "per"], &mut reader.problems);
    fields.required("calls", &mut reader.problems);
    fields.required("per", &mut reader.problems);
    let calls = reader.whole(&fields, "calls", 1, CALLS_MAX);
    let per = reader.duration(&fields, "per");
    Some((u32::try_from(calls?).ok()?, per?))
}

fn parts(node: &Node, reader: &mut Reader) -> Vec<super::Part> {
    let fields = Fields::of(node, "`parts`", &mut reader.problems);
    let entries = fields.iter().flat_map(Fields::entries);
    let mut parts = Vec::new();
    for entry in entries {
        reader.name(entry, "a part");
        parts.push(part(entry, reader));
    }
    parts
}

/// Tables of words: `maps.payment`.
fn maps(node: &Node, reader: &mut Reader) -> (Map<String, Value>, BTreeMap<String, Place>) {
    let fields = Fields::of(node, "`maps`", &mut reader.problems);
    let (mut maps, mut places) = (Map::new(), BTreeMap::new());
    for entry in fields.iter().flat_map(Fields::entries) {
        reader.name(entry, "a map");
        let what = format!("the map `{}`", entry.key);
        let Some(words) = Fields::of(&entry.value, &what, &mut reader.problems) else { continue };
        let mut map = Map::new();
        for word in words.entries() {
            if !is_scalar(&word.value) {
                let message = format!("`{}` must be one value without an expression", word.key);
                reader.problem("type_mismatch", word.value.place, message);
            }
            map.insert(word.key.clone(), word.value.to_json());
        }
        places.insert(entry.key.clone(), entry.place);
        maps.insert(entry.key.clone(), map.into());
    }
    (maps, places)
}

/// Whether a value is one without members, items or expressions.
fn is_scalar(node: &Node) -> bool {
    match &node.value {
        Yaml::List(_) | Yaml::Map(_) => false,
        Yaml::Text(text) => !text.contains("${{"),
        _ => true,
    }
}
