//! From YAML to steps: what they have in common is read here, and each kind in a file of its own.

mod action;
mod approval;
mod choose;
mod emit;
mod for_each;
mod wait;

pub use approval::APPROVAL_ACTIONS;
pub(super) use emit::check_own_name;

use super::values::{choice, expression, name};
use super::{NAME_CHARACTERS_MAX, OnError, STEPS_MAX, Step, StepKind};
use crate::ids::StepPath;
use crate::problems::{Place, Problem};
use crate::yaml::fields::{Fields, mismatch};
use crate::yaml::{Node, Yaml};
use std::collections::HashMap;

/// What every step may have.
const KEYS: [&str; 4] = ["id", "name", "if", "on_error"];
/// What says which kind of step it is, and the keys that only steps of this kind may have.
const KINDS: [(&str, &[&str]); 6] = [
    ("uses", &["via", "with", "retry", "timeout", "on_unknown", "only_if_still"]),
    ("choose", &[]),
    ("wait", &[]),
    ("for_each", &["steps"]),
    ("emit", &[]),
    ("approval", &[]),
];

/// The steps of a file that were seen so far.
#[derive(Default)]
pub(super) struct StepList {
    count: usize,
    ids: HashMap<String, Place>,
    /// Within how many others the steps stand that are read.
    depth: usize,
    /// What the items of the loops are called that they stand in.
    item_names: Vec<String>,
}

impl StepList {
    /// So many more.
    fn add(&mut self, count: usize, place: Place, problems: &mut Vec<Problem>) {
        let before = self.count;
        self.count += count;
        if before <= STEPS_MAX && self.count > STEPS_MAX {
            let message = format!("a workflow has at most {STEPS_MAX} steps");
            problems.push(Problem::new("too_many_steps", place, message));
        }
    }
}

/// The steps of a workflow; each has an id.
pub(super) fn ordinary(node: &Node, list: &mut StepList, problems: &mut Vec<Problem>) -> Vec<Step> {
    let nodes = nodes_of(node, "steps", list, problems);
    if nodes.is_empty() && matches!(node.value, Yaml::List(_) | Yaml::Null) {
        problems.push(Problem::new("missing_key", node.place, "a workflow needs a step"));
    }
    with_ids(nodes, "", list, problems)
}

/// The steps within another one, below this path; each has an id.
fn within(
    node: &Node,
    key: &str,
    path: &str,
    list: &mut StepList,
    problems: &mut Vec<Problem>,
) -> Vec<Step> {
    let nodes = nodes_of(node, key, list, problems);
    if nodes.is_empty() && matches!(node.value, Yaml::List(_) | Yaml::Null) {
        let message = format!("`{key}` needs a step");
        problems.push(Problem::new("missing_key", node.place, message));
    }
    with_ids(nodes, &format!("{path}."), list, problems)
}

fn with_ids(
    nodes: &[Node],
    before: &str,
    list: &mut StepList,
    problems: &mut Vec<Problem>,
) -> Vec<Step> {
    let steps = nodes.iter().flat_map(|node| {
        let Some(fields) = Fields::of(node, "a step", problems) else { return Vec::new() };
        let has_id = fields.required("id", problems).is_some();
        let id = id(&fields, list, problems).unwrap_or_default();
        let steps = step(&fields, format!("{before}{id}").into(), list, problems);
        if has_id { steps } else { Vec::new() }
    });
    steps.collect()
}

/// The steps that are done after a failure; an id is of use only to the others.
pub(super) fn after_failure(
    node: &Node,
    list: &mut StepList,
    problems: &mut Vec<Problem>,
) -> Vec<Step> {
    let nodes = nodes_of(node, "on_failure", list, problems);
    let steps = nodes.iter().enumerate().flat_map(|(index, node)| {
        let Some(fields) = Fields::of(node, "a step", problems) else { return Vec::new() };
        let path = match id(&fields, list, problems) {
            Some(id) => format!("on_failure.{id}"),
            None => format!("on_failure[{index}]"),
        };
        step(&fields, path.into(), list, problems)
    });
    steps.collect()
}

fn nodes_of<'a>(
    node: &'a Node,
    key: &str,
    list: &mut StepList,
    problems: &mut Vec<Problem>,
) -> &'a [Node] {
    let nodes: &[Node] = match &node.value {
        Yaml::List(nodes) => nodes,
        Yaml::Null => &[],
        _ => {
            problems.push(mismatch(node, key, "a list"));
            &[]
        }
    };
    let first_too_many = nodes.get(STEPS_MAX.saturating_sub(list.count));
    list.add(nodes.len(), first_too_many.map_or(node.place, |node| node.place), problems);
    nodes
}

fn id(fields: &Fields<'_>, list: &mut StepList, problems: &mut Vec<Problem>) -> Option<String> {
    let id = fields.text("id", problems)?;
    let place = fields.value("id").map_or(fields.place, |id| id.place);
    let first = id.starts_with(|c: char| c.is_ascii_lowercase());
    let rest = id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !first || !rest || id.len() > NAME_CHARACTERS_MAX {
        let message = "an id is small letters, digits and `_`, and begins with a letter";
        problems.push(Problem::new("id_invalid", place, message));
    } else if id == "on_failure" {
        let message = "`on_failure` cannot be the id of a step";
        problems.push(Problem::new("id_invalid", place, message));
    } else if let Some(before) = list.ids.insert(id.to_owned(), place) {
        let message = format!("the id `{id}` is already on line {}", before.line);
        problems.push(Problem::new("duplicate_id", place, message));
    }
    Some(id.to_owned())
}

/// The step, and before it those that it brings along.
fn step(
    fields: &Fields<'_>,
    path: StepPath,
    list: &mut StepList,
    problems: &mut Vec<Problem>,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let step = step_itself(fields, path, &mut steps, list, problems);
    steps.extend(step);
    steps
}

fn step_itself(
    fields: &Fields<'_>,
    path: StepPath,
    before: &mut Vec<Step>,
    list: &mut StepList,
    problems: &mut Vec<Problem>,
) -> Option<Step> {
    let known: Vec<&str> = KINDS
        .iter()
        .flat_map(|(kind, keys)| [*kind].into_iter().chain(keys.iter().copied()))
        .collect();
    fields.refuse_others(&[&KEYS[..], &known].concat(), problems);
    let name = name(fields, problems);
    let condition = expression(fields, "if", problems);
    let on_error = on_error(fields, problems);
    let kind = match kind_of(fields, problems) {
        Some("choose") => {
            if let Some(node) = fields.value("on_error") {
                let message =
                    "`on_error` says nothing of the steps on a route: give it to each of them";
                problems.push(Problem::new("unknown_key", node.place, message));
            }
            let node = fields.required("choose", problems)?;
            StepKind::Choose(choose::routes(node, &path, list, problems)?)
        }
        Some("wait") => StepKind::Wait(wait::wait(fields.required("wait", problems)?, problems)?),
        Some("for_each") => StepKind::ForEach(for_each::for_each(fields, &path, list, problems)?),
        Some("emit") => StepKind::Emit(emit::emit(fields.required("emit", problems)?, problems)?),
        Some("approval") => {
            let (approval, messages) = approval::approval(fields, &path, list, problems)?;
            before.extend(messages);
            StepKind::Approval(approval)
        }
        None if !known.iter().any(|key| fields.value(key).is_some()) => {
            let message = "a step does something: `uses`, `choose`, `wait`, `for_each`, `emit` or `approval` is missing";
            problems.push(Problem::new("missing_key", fields.place, message));
            return None;
        }
        _ => StepKind::Action(action::action(fields, problems)?),
    };
    Some(Step { path, name, condition, on_error, kind, place: fields.place })
}

fn on_error(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> OnError {
    let choices = [("fail", OnError::Fail), ("continue", OnError::Continue)];
    choice(fields, "on_error", &choices, problems).unwrap_or(OnError::Fail)
}

/// Which kind of step it is. Keys of other kinds are problems.
fn kind_of(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<&'static str> {
    let mut kinds = KINDS.iter().filter(|(kind, _)| fields.value(kind).is_some());
    let (kind, _) = kinds.next()?;
    for (other, _) in kinds {
        let place = fields.value(other).map_or(fields.place, |node| node.place);
        let message = format!("a step has `{kind}` or `{other}`, not both");
        problems.push(Problem::new("unknown_key", place, message));
    }
    for (owner, keys) in KINDS.iter().filter(|(owner, _)| owner != kind) {
        for stray in keys.iter().filter_map(|key| fields.value(key).map(|node| (key, node))) {
            let (key, node) = stray;
            let message =
                format!("`{key}` belongs to a step with `{owner}`, and this one has `{kind}`");
            problems.push(Problem::new("unknown_key", node.place, message));
        }
    }
    Some(kind)
}
