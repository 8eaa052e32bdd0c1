//! What is too long for a row that is written often or listed: inputs and outputs of runs, data and
//! bodies of events. Each stands in a row of its own; a mark with its digest takes its place.
//!
//! Invariant: a part is written once, before or with the row that names it, and never changes. The
//! database itself removes the parts of whatever is redacted or removed.

use super::batch::Cx;
use super::errors::Fault;
use super::times::to_column;
use ring::digest::{SHA256, digest};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value, json};
use tradewind_engine::digests::hex;
use tradewind_engine::events::Event;
use tradewind_engine::runs::Run;
use tradewind_engine::unmapped::UNMAPPED;

/// A longer value is a part, in bytes of JSON as they are estimated.
const VALUE_BYTES_MAX: usize = 16 * 1024;
/// So many bytes of outputs stay in the row of their run together.
const OUTPUTS_BYTES_MAX: usize = 32 * 1024;
/// Where they are more, those above this are parts.
const OUTPUT_BYTES_MIN: usize = 512;
/// The only key of a mark. No event, input or output is an object of this one key.
const MARK: &str = "$part";
/// How the mark in the place of a body begins; base64 knows no such character.
const RAW_MARK: &str = "$part:";

/// Something long, ready to be stored.
pub(super) struct Part {
    owner: String,
    name: String,
    body: String,
}

impl Part {
    fn of(owner: &str, body: String) -> Self {
        let name = hex(&digest(&SHA256, body.as_bytes()).as_ref()[..16]);
        Self { owner: owner.to_owned(), name, body }
    }

    fn mark(&self) -> Value {
        json!({ MARK: self.name })
    }

    /// Inserts it; one that is there already is the same.
    pub(super) fn insert(&self, cx: &Cx<'_>) -> Result<(), Fault> {
        let mut statement = cx.connection.prepare_cached(
            "INSERT INTO parts (owner, name, at, bytes, body) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (owner, name) DO NOTHING",
        )?;
        let bytes = i64::try_from(self.body.len()).unwrap_or(i64::MAX);
        let at = to_column(cx.now);
        statement.execute(params![self.owner, self.name, at, bytes, self.body])?;
        Ok(())
    }
}

/// The event as it travels and is listed, and what was too long for that.
pub(super) fn split_event(event: &Event) -> Result<Option<(Event, Vec<Part>)>, Fault> {
    let raw = event.raw.as_ref().filter(|raw| raw.len() > VALUE_BYTES_MAX);
    // What is known of a delivery that could not be read is short, and is listed.
    let data = event.name != UNMAPPED && members_are_long(&event.data);
    if raw.is_none() && !data {
        return Ok(None);
    }
    let (mut short, mut parts) = (event.clone(), Vec::new());
    if let Some(raw) = short.raw.take_if(|raw| raw.len() > VALUE_BYTES_MAX) {
        let part = Part::of(event.id.as_str(), raw);
        short.raw = Some(format!("{RAW_MARK}{}", part.name));
        parts.push(part);
    }
    if data {
        let part = Part::of(event.id.as_str(), serde_json::to_string(&short.data)?);
        short.data = Map::from_iter([(MARK.to_owned(), json!(part.name))]);
        parts.push(part);
    }
    Ok(Some((short, parts)))
}

/// Whether something of the event stands elsewhere.
pub(super) fn is_split_event(event: &Event) -> bool {
    raw_mark(event).is_some() || data_mark(event).is_some()
}

/// Puts back what was too long; false where it was removed.
pub(super) fn restore_event(connection: &Connection, event: &mut Event) -> Result<bool, Fault> {
    let owner = event.id.clone();
    if let Some(name) = data_mark(event) {
        match find_part(connection, owner.as_str(), name)? {
            Some(body) => event.data = serde_json::from_str(&body)?,
            None => return Ok(false),
        }
    }
    if let Some(name) = raw_mark(event) {
        match find_part(connection, owner.as_str(), name)? {
            Some(body) => event.raw = Some(body),
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// Moves what is too long for the run's row to rows of its own.
pub(super) fn split_run(cx: &Cx<'_>, run: &mut Run) -> Result<(), Fault> {
    let owner = run.id.0.clone();
    if bytes_of(&run.input, VALUE_BYTES_MAX) > VALUE_BYTES_MAX {
        replace_value(cx, &owner, &mut run.input)?;
    }
    let outputs = || run.steps.values().filter_map(|step| step.output.as_ref());
    let all: usize = outputs().map(|output| bytes_of(output, VALUE_BYTES_MAX)).sum();
    let longest = if all > OUTPUTS_BYTES_MAX { OUTPUT_BYTES_MIN } else { VALUE_BYTES_MAX };
    for output in run.steps.values_mut().filter_map(|step| step.output.as_mut()) {
        if bytes_of(output, longest) > longest {
            replace_value(cx, &owner, output)?;
        }
    }
    Ok(())
}

/// Whether something of the run stands elsewhere.
pub(super) fn is_split_run(run: &Run) -> bool {
    let mut outputs = run.steps.values().filter_map(|step| step.output.as_ref());
    mark_in(&run.input).is_some() || outputs.any(|output| mark_in(output).is_some())
}

/// Puts back what was too long.
pub(super) fn restore_run(connection: &Connection, run: &mut Run) -> Result<(), Fault> {
    let owner = run.id.0.clone();
    let outputs = run.steps.values_mut().filter_map(|step| step.output.as_mut());
    for value in std::iter::once(&mut run.input).chain(outputs) {
        if let Some(name) = mark_in(value) {
            let body = find_part(connection, &owner, name)?;
            let body = body.ok_or_else(|| Fault::PartMissing(owner.clone()))?;
            *value = serde_json::from_str(&body)?;
        }
    }
    Ok(())
}

/// Removes parts of before that time whose event was never recorded: a message that was given up on
/// may have been the only one to name them.
pub(super) fn remove_orphans(
    connection: &Connection,
    before: i64,
    at_most: i64,
) -> Result<usize, Fault> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM parts WHERE seq IN (
             SELECT seq FROM parts AS part WHERE at < ?1
             AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = part.owner)
             AND NOT EXISTS (SELECT 1 FROM events WHERE events.id = part.owner)
             AND NOT EXISTS (SELECT 1 FROM messages WHERE queue = 'dispatch'
                             AND instr(messages.body, part.owner))
             AND NOT EXISTS (SELECT 1 FROM dead_letters WHERE queue = 'dispatch'
                             AND instr(dead_letters.body, part.owner))
             ORDER BY at LIMIT ?2)",
    )?;
    Ok(statement.execute([before, at_most])?)
}

fn replace_value(cx: &Cx<'_>, owner: &str, value: &mut Value) -> Result<(), Fault> {
    let part = Part::of(owner, serde_json::to_string(value)?);
    part.insert(cx)?;
    *value = part.mark();
    Ok(())
}

fn find_part(connection: &Connection, owner: &str, name: &str) -> Result<Option<String>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT body FROM parts WHERE owner = ?1 AND name = ?2")?;
    Ok(statement.query_row([owner, name], |row| row.get(0)).optional()?)
}

fn mark_in(value: &Value) -> Option<&str> {
    sole(value.as_object()?)
}

fn data_mark(event: &Event) -> Option<&str> {
    sole(&event.data)
}

fn raw_mark(event: &Event) -> Option<&str> {
    event.raw.as_ref()?.strip_prefix(RAW_MARK)
}

fn sole(members: &Map<String, Value>) -> Option<&str> {
    if members.len() == 1 { members.get(MARK)?.as_str() } else { None }
}

fn members_are_long(members: &Map<String, Value>) -> bool {
    let mut bytes = 0;
    members.iter().any(|(key, value)| {
        bytes += key.len() + bytes_of(value, VALUE_BYTES_MAX);
        bytes > VALUE_BYTES_MAX
    })
}

/// About how long the value is as JSON; not looked through further once it is longer than `enough`.
fn bytes_of(value: &Value, enough: usize) -> usize {
    let mut bytes = 0;
    let add = |bytes: &mut usize, value: &Value| {
        *bytes += bytes_of(value, enough.saturating_sub(*bytes)) + 1;
        *bytes > enough
    };
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => {
            items.iter().any(|item| add(&mut bytes, item));
            bytes + 2
        }
        Value::Object(members) => {
            members.iter().any(|(key, member)| {
                bytes += key.len() + 3;
                add(&mut bytes, member)
            });
            bytes + 2
        }
        _ => 8,
    }
}
