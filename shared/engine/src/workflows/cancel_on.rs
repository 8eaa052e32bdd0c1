//! `cancel_on`: the events that end a run of the workflow.

use super::event_by_key::{EventByKey, event_by_key};
use crate::problems::Problem;
use crate::yaml::fields::{Fields, mismatch};
use crate::yaml::{Node, Yaml};

/// The most events that end a run.
pub const CANCEL_ON_MAX: usize = 10;

/// The events of `cancel_on`.
pub(super) fn cancel_on(node: &Node, problems: &mut Vec<Problem>) -> Vec<EventByKey> {
    let Yaml::List(nodes) = &node.value else {
        problems.push(mismatch(node, "cancel_on", "a list"));
        return Vec::new();
    };
    if nodes.is_empty() {
        problems.push(Problem::new("missing_key", node.place, "`cancel_on` needs an event"));
    }
    if let Some(node) = nodes.get(CANCEL_ON_MAX) {
        let message = format!("`cancel_on` holds at most {CANCEL_ON_MAX} events");
        problems.push(Problem::new("too_many_events", node.place, message));
    }
    nodes.iter().filter_map(|node| one(node, problems)).collect()
}

fn one(node: &Node, problems: &mut Vec<Problem>) -> Option<EventByKey> {
    let fields = Fields::of(node, "an entry of `cancel_on`", problems)?;
    fields.refuse_others(&["event", "from", "key"], problems);
    event_by_key(&fields, "the end of a run cancels no other", problems)
}
