//! Deliveries and the events in them.

use super::keys::TextList;
use super::requests;
use super::verify::verify;
use super::{Fields, Node, Reader, Yaml};
use crate::descriptions::limits::TOPICS_MAX;
use crate::descriptions::template::form;
use crate::descriptions::{Enrich, Form, Handshake, Mapping, Since, Trigger};
use crate::problems::Problem;
use crate::yaml::fields::mismatch;
use serde_json::Value;

const KEYS: [&str; 8] = ["answers", "verify", "topic", "id", "test", "items", "events", "enrich"];

/// The most days that something may be old.
const DAYS_MAX: i64 = 400;

pub(super) fn trigger(node: &Node, reader: &mut Reader) -> Option<Trigger> {
    let fields = Fields::of(node, "`trigger`", &mut reader.problems)?;
    fields.refuse_others(&KEYS, &mut reader.problems);
    let answers = fields.value("answers").map(|node| answers(node, reader));
    let verify_node = fields.required("verify", &mut reader.problems);
    let verify = verify_node.and_then(|node| verify(node, reader));
    let topic = fields.value("topic").map(|node| form(node, reader));
    let id = fields.required("id", &mut reader.problems).map(|node| id(node, reader));
    let test = fields.value("test").map(|node| form(node, reader));
    let items = reader.expression(&fields, "items");
    let events = fields.required("events", &mut reader.problems);
    let events = events.map(|node| mappings(node, reader));
    let enrich = fields.value("enrich").and_then(|node| enrich(node, reader));
    Some(Trigger {
        place: node.place,
        answers: answers.unwrap_or_default(),
        verify: verify?,
        topic,
        id: id?,
        test: test.unwrap_or_else(|| Form::literal(Value::Bool(false), node.place)),
        items,
        events: events?,
        enrich,
    })
}

fn id(node: &Node, reader: &mut Reader) -> Vec<Form> {
    match &node.value {
        Yaml::List(items) => items.iter().map(|item| form(item, reader)).collect(),
        _ => vec![form(node, reader)],
    }
}

fn answers(node: &Node, reader: &mut Reader) -> Vec<Handshake> {
    let Yaml::List(items) = &node.value else {
        reader.problems.push(mismatch(node, "answers", "a list"));
        return Vec::new();
    };
    items.iter().filter_map(|item| handshake(item, reader)).collect()
}

fn handshake(node: &Node, reader: &mut Reader) -> Option<Handshake> {
    let fields = Fields::of(node, "an entry of `answers`", &mut reader.problems)?;
    let keys = ["method", "query", "form", "status", "echo"];
    fields.refuse_others(&keys, &mut reader.problems);
    let methods = [("GET", "GET"), ("HEAD", "HEAD"), ("POST", "POST"), ("PUT", "PUT")];
    let method = reader.choice(&fields, "method", &methods).map(str::to_owned);
    let names = |texts: Vec<(String, _)>| texts.into_iter().map(|(name, _)| name).collect();
    let query: Vec<_> = names(reader.texts(&fields, "query", TextList::Words));
    let form: Vec<_> = names(reader.texts(&fields, "form", TextList::Words));
    if query.is_empty() && form.is_empty() {
        let message = "this answers every delivery before it is verified";
        let problem = Problem::new("missing_key", node.place, message);
        reader
            .problems
            .push(problem.with_help("name parameters under `query`, or fields under `form`"));
    }
    fields.required("status", &mut reader.problems);
    let status = reader.whole(&fields, "status", 200, 299);
    let echo = reader.plain_text(&fields, "echo");
    if let Some(echo) = &echo
        && !query.contains(echo)
        && !form.contains(echo)
    {
        let place = fields.value("echo").map_or(node.place, |node| node.place);
        let message =
            format!("`echo` names `{echo}`, which is neither under `query` nor under `form`");
        reader.problem("unknown_value", place, message);
    }
    let status = u16::try_from(status?).ok()?;
    Some(Handshake { place: node.place, method, query, form, status, echo })
}

fn mappings(node: &Node, reader: &mut Reader) -> Vec<Mapping> {
    let Yaml::List(items) = &node.value else {
        reader.problems.push(mismatch(node, "events", "a list"));
        return Vec::new();
    };
    let mappings: Vec<_> = items.iter().filter_map(|item| mapping(item, reader)).collect();
    if mappings.iter().map(|mapping| mapping.topics.len()).sum::<usize>() > TOPICS_MAX {
        reader.problem(
            "too_many",
            node.place,
            format!("a trigger has at most {TOPICS_MAX} topics"),
        );
    }
    mappings
}

fn mapping(node: &Node, reader: &mut Reader) -> Option<Mapping> {
    let fields = Fields::of(node, "an entry of `events`", &mut reader.problems)?;
    let keys = ["topics", "if", "event", "once", "since", "data"];
    fields.refuse_others(&keys, &mut reader.problems);
    let topics = reader.texts(&fields, "topics", TextList::Words);
    let condition = reader.expression(&fields, "if");
    let event_node = fields.required("event", &mut reader.problems);
    let event = event_node.and_then(|node| reader.plain(node, "event"));
    let once = fields.value("once").map(|node| form(node, reader));
    let since = fields.value("since").and_then(|node| since(node, reader));
    let data = fields.required("data", &mut reader.problems).map(|node| form(node, reader));
    Some(Mapping {
        place: node.place,
        topics,
        condition,
        event: event?.to_owned(),
        event_place: event_node?.place,
        once,
        since,
        data: data?,
    })
}

fn since(node: &Node, reader: &mut Reader) -> Option<Since> {
    let fields = Fields::of(node, "`since`", &mut reader.problems)?;
    fields.refuse_others(&["of", "days"], &mut reader.problems);
    let of = reader.required_expression(&fields, "of");
    fields.required("days", &mut reader.problems);
    let days = reader.whole(&fields, "days", 1, DAYS_MAX);
    Some(Since { of: of?, days: u32::try_from(days?).ok()? })
}

fn enrich(node: &Node, reader: &mut Reader) -> Option<Enrich> {
    let fields = Fields::of(node, "`enrich`", &mut reader.problems)?;
    fields.refuse_others(&["get"], &mut reader.problems);
    let path = fields.required("get", &mut reader.problems)?;
    Some(Enrich { place: node.place, path: requests::path(path, "get", reader)? })
}
