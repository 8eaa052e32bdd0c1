//! What answers prove: success, rules, reasons and waits.

use super::{Fields, Node, Reader, Yaml};
use crate::descriptions::limits::{REASONS_MAX, RULES_MAX};
use crate::descriptions::{Reason, Rule, Success, TextForm, Verdict, Wait, WaitUnit, WaitValue};
use crate::problems::Problem;
use crate::yaml::fields::mismatch;

const WAITS_MAX: usize = 5;

pub(super) fn success(node: &Node, reader: &mut Reader) -> Success {
    let Some(fields) = Fields::of(node, "`success`", &mut reader.problems) else {
        return Success::default();
    };
    fields.refuse_others(&["status", "if"], &mut reader.problems);
    let statuses = reader.statuses(&fields);
    if let Some(status) = statuses.iter().find(|status| **status > 299) {
        let place = fields.value("status").map_or(node.place, |node| node.place);
        reader.problem("unknown_value", place, format!("{status} is no status of a success"));
    }
    Success { statuses, condition: reader.expression(&fields, "if") }
}

/// The items of a list of at most so many.
fn list<'a>(node: &'a Node, key: &str, most: usize, reader: &mut Reader) -> &'a [Node] {
    let Yaml::List(items) = &node.value else {
        reader.problems.push(mismatch(node, key, "a list"));
        return &[];
    };
    if items.len() > most {
        reader.problem("too_many", node.place, format!("`{key}` has more than {most} entries"));
    }
    items
}

pub(super) fn rules(node: &Node, reader: &mut Reader) -> Vec<Rule> {
    let items = list(node, "judge", RULES_MAX, reader);
    items.iter().filter_map(|item| rule(item, reader)).collect()
}

fn rule(node: &Node, reader: &mut Reader) -> Option<Rule> {
    let fields = Fields::of(node, "a rule of `judge`", &mut reader.problems)?;
    fields.refuse_others(&["status", "if", "then", "proof"], &mut reader.problems);
    let statuses = reader.statuses(&fields);
    let condition = reader.expression(&fields, "if");
    if fields.value("status").is_none() && fields.value("if").is_none() {
        let problem = Problem::new("missing_key", node.place, "this rule fits every answer");
        reader.problems.push(problem.with_help("it needs a `status`, an `if`, or both"));
    }
    let then = fields.required("then", &mut reader.problems);
    let verdict = reader.choice(&fields, "then", &Verdict::ALL);
    let proof = fields.value("proof").and_then(|node| reader.link(node, "proof"));
    let (verdict, verdict_place) = (verdict?, then?.place);
    Some(Rule { place: node.place, statuses, condition, verdict, verdict_place, proof })
}

pub(super) fn reasons(node: &Node, reader: &mut Reader) -> Vec<Reason> {
    let items = list(node, "reason", REASONS_MAX, reader);
    items.iter().filter_map(|item| TextForm::read(item, "reason", reader)).collect()
}

pub(super) fn waits(node: &Node, reader: &mut Reader) -> Vec<Wait> {
    let items = list(node, "wait", WAITS_MAX, reader);
    items.iter().filter_map(|item| wait(item, reader)).collect()
}

fn wait(node: &Node, reader: &mut Reader) -> Option<Wait> {
    if let Some(word) = node.as_text() {
        if word != "retry-after" {
            let problem =
                Problem::new("unknown_value", node.place, format!("there is no wait `{word}`"));
            let help = "write `retry-after`, or a map with `header`, `body` or `const`";
            reader.problems.push(problem.with_help(help));
        }
        return Some(Wait {
            place: node.place,
            statuses: Vec::new(),
            value: WaitValue::RetryAfter,
        });
    }
    let fields = Fields::of(node, "a wait", &mut reader.problems)?;
    fields.refuse_others(&["status", "header", "body", "const", "unit"], &mut reader.problems);
    let statuses = reader.statuses(&fields);
    let named = ["header", "body", "const"].into_iter().filter(|key| fields.value(key).is_some());
    let named: Vec<_> = named.collect();
    let [named] = named[..] else {
        let message = "a wait stands in one of `header`, `body` or `const`";
        reader.problem("not_together", node.place, message);
        return None;
    };
    let units = [("s", WaitUnit::Seconds), ("unix_s", WaitUnit::UnixSeconds)];
    if named == "const" {
        if let Some(unit) = fields.value("unit") {
            let message = "`const` says its unit itself, as in `30s`";
            reader.problem("not_together", unit.place, message);
        }
        let value = WaitValue::Const(reader.duration(&fields, "const")?);
        return Some(Wait { place: node.place, statuses, value });
    }
    fields.required("unit", &mut reader.problems);
    let unit = reader.choice(&fields, "unit", &units);
    let value = if named == "header" {
        let name = reader.plain_text(&fields, "header")?;
        reader.header(&name, fields.value("header").map_or(node.place, |node| node.place));
        WaitValue::Header(name, unit?)
    } else {
        WaitValue::Body(reader.expression(&fields, "body")?, unit?)
    };
    Some(Wait { place: node.place, statuses, value })
}
