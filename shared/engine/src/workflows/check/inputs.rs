//! Checking a `with` against the schema of its action's input.

use super::schemas::{Member, Shape, name_of};
use crate::expressions::{Content, Template, TemplateNode};
use crate::problems::Problem;
use serde_json::Value;

/// Reports missing and unknown fields and literals of a wrong type.
pub(super) fn check(with: &Template, schema: &Value, problems: &mut Vec<Problem>) {
    node(with.root(), &Shape::of(schema), "with", problems);
}

fn node(template: &TemplateNode, shape: &Shape<'_>, path: &str, problems: &mut Vec<Problem>) {
    let kind = match &template.content {
        // What it comes to is known when it runs.
        Content::Whole(_) => return,
        Content::Mixed(_) => "string",
        Content::Literal(value) => kind_of(value),
        Content::List(_) => "array",
        Content::Map(_) => "object",
    };
    if !shape.takes(kind) {
        let message = format!("`{path}` must be {}, but is {}", shape.kinds(), name_of(kind));
        let problem = Problem::new("type_mismatch", template.place, message);
        let quotable = shape.takes("string") && ["integer", "number", "boolean"].contains(&kind);
        problems.push(if quotable { problem.with_help("put it in quotes") } else { problem });
        return;
    }
    match &template.content {
        Content::Literal(Value::String(text)) => {
            if let Some(choices) = shape.refuses_text(text) {
                let message = format!("`{path}` must be one of {}", choices.join(", "));
                let problem = Problem::new("unknown_value", template.place, message);
                problems.push(problem.with_nearest(text, choices));
            }
        }
        Content::List(items) => {
            let Some(shape) = shape.items() else { return };
            for (index, item) in items.iter().enumerate() {
                node(item, &shape, &format!("{path}[{index}]"), problems);
            }
        }
        Content::Map(_) => map(template, shape, path, problems),
        _ => {}
    }
}

fn map(template: &TemplateNode, shape: &Shape<'_>, path: &str, problems: &mut Vec<Problem>) {
    let Content::Map(entries) = &template.content else { return };
    for (key, place, entry) in entries {
        match shape.member(key) {
            Member::Found(shape) => node(entry, &shape, &member_path(path, key), problems),
            Member::Missing(names) => {
                let message = format!("`{path}` has no field `{key}`");
                let problem = Problem::new("unknown_field", *place, message);
                let listed = problem.with_help(format!("the fields are {}", names.join(", ")));
                problems.push(listed.with_nearest(key, names));
            }
            Member::Anything | Member::InAList | Member::NotAMap => {}
        }
    }
    for name in shape.required() {
        if !entries.iter().any(|(key, ..)| key == name) {
            let message = format!("`{path}` needs the field `{name}`");
            problems.push(Problem::new("missing_field", template.place, message));
        }
    }
}

fn member_path(path: &str, key: &str) -> String {
    if path == "with" { key.to_owned() } else { format!("{path}.{key}") }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
