//! A step that emits an event of the project's own.

use super::super::EmitStep;
use crate::events::{OWN_NAME_BYTES_MAX, is_own_name};
use crate::expressions::{Content, Template};
use crate::problems::{Place, Problem};
use crate::yaml::fields::{Fields, mismatch, text};
use crate::yaml::{Node, Yaml};

/// What a step with `emit` emits.
pub(super) fn emit(node: &Node, problems: &mut Vec<Problem>) -> Option<EmitStep> {
    let fields = Fields::of(node, "`emit`", problems)?;
    fields.refuse_others(&["event", "key", "data"], problems);
    let key = fields.value("key").map(|node| key(node, problems));
    let data = fields.value("data").map(|node| data(node, problems));
    let event_node = fields.required("event", problems)?;
    let event = text(event_node, "event", problems)?;
    check_own_name(event, event_node.place, problems);
    Some(EmitStep {
        event: event.to_owned(),
        key: key.flatten(),
        data: data.flatten().unwrap_or_else(|| Template::empty(fields.place)),
        place: event_node.place,
    })
}

/// Says so where it is no name for an event of the project's own.
pub(in crate::workflows) fn check_own_name(name: &str, place: Place, problems: &mut Vec<Problem>) {
    if is_own_name(name) {
        return;
    }
    let message = format!("`{name}` is no name for an event of your own");
    let help = format!(
        "write `custom.` and words of small letters, digits and `_`, with dots between them, at most \
         {OWN_NAME_BYTES_MAX} characters: custom.vip_order"
    );
    problems.push(Problem::new("event_name_invalid", place, message).with_help(help));
}

fn key(node: &Node, problems: &mut Vec<Problem>) -> Option<Template> {
    if node.as_text().is_none() && !matches!(node.value, Yaml::Integer(_)) {
        problems.push(mismatch(node, "key", "text"));
        return None;
    }
    Template::compile(node).map_err(|found| problems.extend(found)).ok()
}

fn data(node: &Node, problems: &mut Vec<Problem>) -> Option<Template> {
    let template = Template::compile(node).map_err(|found| problems.extend(found)).ok()?;
    // A whole expression may give a map.
    if !matches!(template.root().content, Content::Map(_) | Content::Whole(_)) {
        problems.push(mismatch(node, "data", "a map"));
        return None;
    }
    Some(template)
}
