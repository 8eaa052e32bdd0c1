//! From YAML to steps.

use super::durations::DELAY_MAX;
use super::values::{expression, name};
use super::{
    ATTEMPTS_MAX, ActionStep, NAME_CHARACTERS_MAX, OnError, Retry, STEPS_MAX, Step, StepKind,
    TIMEOUT_DEFAULT, TIMEOUT_MAX, parse_duration,
};
use crate::effects::OnUnknown;
use crate::expressions::Template;
use crate::ids::StepPath;
use crate::problems::{Place, Problem};
use crate::yaml::fields::{Fields, mismatch, text};
use crate::yaml::{Node, Yaml};
use std::collections::HashMap;
use std::time::Duration;

const KEYS: [&str; 10] =
    ["id", "name", "if", "on_error", "uses", "via", "with", "retry", "timeout", "on_unknown"];
const PLANNED: [&str; 6] = ["wait", "choose", "for_each", "emit", "approval", "only_if_still"];

/// The steps of a file that were seen so far.
#[derive(Default)]
pub(super) struct StepList {
    count: usize,
    ids: HashMap<String, Place>,
}

/// The steps of a workflow; each has an id.
pub(super) fn ordinary(node: &Node, list: &mut StepList, problems: &mut Vec<Problem>) -> Vec<Step> {
    let nodes = nodes_of(node, "steps", list, problems);
    if nodes.is_empty() && matches!(node.value, Yaml::List(_) | Yaml::Null) {
        problems.push(Problem::new("missing_key", node.place, "a workflow needs a step"));
    }
    let steps = nodes.iter().filter_map(|node| {
        let fields = Fields::of(node, "a step", problems)?;
        let has_id = fields.required("id", problems).is_some();
        let id = id(&fields, list, problems);
        let path = id.unwrap_or_default().into();
        step(&fields, path, problems).filter(|_| has_id)
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
    let steps = nodes.iter().enumerate().filter_map(|(index, node)| {
        let fields = Fields::of(node, "a step", problems)?;
        let path = match id(&fields, list, problems) {
            Some(id) => format!("on_failure.{id}"),
            None => format!("on_failure[{index}]"),
        };
        step(&fields, path.into(), problems)
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
    let before = list.count;
    list.count += nodes.len();
    if before <= STEPS_MAX && list.count > STEPS_MAX {
        let place = nodes.get(STEPS_MAX - before).map_or(node.place, |node| node.place);
        let message = format!("a workflow has at most {STEPS_MAX} steps");
        problems.push(Problem::new("too_many_steps", place, message));
    }
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

fn step(fields: &Fields<'_>, path: StepPath, problems: &mut Vec<Problem>) -> Option<Step> {
    fields.refuse_others(&KEYS, &PLANNED, problems);
    let name = name(fields, problems);
    let condition = expression(fields, "if", problems);
    let on_error = choice(
        fields,
        "on_error",
        &[("fail", OnError::Fail), ("continue", OnError::Continue)],
        problems,
    );
    if PLANNED.iter().take(5).any(|kind| fields.value(kind).is_some()) {
        return None;
    }
    let action = action(fields, problems)?;
    Some(Step {
        path,
        name,
        condition,
        on_error: on_error.unwrap_or(OnError::Fail),
        kind: StepKind::Action(action),
        place: fields.place,
    })
}

fn action(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<ActionStep> {
    let with = fields.value("with").map(|node| with(node, problems));
    let retry = fields.value("retry").and_then(|node| retry(node, problems));
    let timeout = duration(fields, "timeout", TIMEOUT_MAX, problems);
    let on_unknown = choice(
        fields,
        "on_unknown",
        &[("hold", OnUnknown::Hold), ("retry", OnUnknown::Retry)],
        problems,
    );
    let uses_node = fields.required("uses", problems);
    let uses = uses_node.and_then(|node| text(node, "uses", problems));
    let via_node = fields.required("via", problems);
    let via = via_node.and_then(|node| text(node, "via", problems));
    Some(ActionStep {
        uses: uses?.into(),
        via: via?.into(),
        with: with.unwrap_or_else(|| Template::empty(fields.place)),
        retry,
        timeout: timeout.unwrap_or(TIMEOUT_DEFAULT),
        on_unknown,
        uses_place: uses_node?.place,
        via_place: via_node?.place,
    })
}

fn with(node: &Node, problems: &mut Vec<Problem>) -> Template {
    if !matches!(node.value, Yaml::Map(_) | Yaml::Null) {
        problems.push(mismatch(node, "with", "a map"));
    }
    if matches!(node.value, Yaml::Null) {
        return Template::empty(node.place);
    }
    Template::compile(node).unwrap_or_else(|found| {
        problems.extend(found);
        Template::empty(node.place)
    })
}

fn retry(node: &Node, problems: &mut Vec<Problem>) -> Option<Retry> {
    let fields = Fields::of(node, "`retry`", problems)?;
    fields.refuse_others(&["attempts", "over"], &[], problems);
    let over = duration(&fields, "over", DELAY_MAX, problems);
    let attempts_node = fields.required("attempts", problems)?;
    let Yaml::Integer(attempts) = attempts_node.value else {
        problems.push(mismatch(attempts_node, "attempts", "a whole number"));
        return None;
    };
    let attempts = u32::try_from(attempts).ok().filter(|n| (1..=ATTEMPTS_MAX).contains(n));
    if attempts.is_none() {
        let message = format!("`attempts` must be 1 to {ATTEMPTS_MAX}");
        problems.push(Problem::new("out_of_range", attempts_node.place, message));
    }
    Some(Retry { attempts: attempts?, over })
}

/// The length of time of a key, if the key is there: from a second to the longest.
pub(super) fn duration(
    fields: &Fields<'_>,
    key: &str,
    longest: Duration,
    problems: &mut Vec<Problem>,
) -> Option<Duration> {
    let node = fields.value(key)?;
    let Some(duration) = node.as_text().and_then(parse_duration) else {
        let negative = node.as_text().is_some_and(|text| text.starts_with('-'));
        let problem = if negative {
            Problem::new("delay_out_of_range", node.place, format!("`{key}` cannot be negative"))
        } else {
            Problem::new("type_mismatch", node.place, format!("`{key}` must be a length of time"))
        };
        problems.push(problem.with_help("write it as in 20s, 30m, 24h or 2d"));
        return None;
    };
    if duration < Duration::from_secs(1) || duration > longest {
        let longest = match longest.as_secs() {
            seconds if seconds % 86_400 == 0 => format!("{} d", seconds / 86_400),
            seconds => format!("{seconds} s"),
        };
        let message = format!("`{key}` must be 1 s–{longest}");
        problems.push(Problem::new("delay_out_of_range", node.place, message));
    }
    Some(duration)
}

fn choice<T: Copy>(
    fields: &Fields<'_>,
    key: &str,
    choices: &[(&str, T)],
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let written = fields.text(key, problems)?;
    let found = choices.iter().find(|(name, _)| *name == written);
    if found.is_none() {
        let place = fields.value(key).map_or(fields.place, |node| node.place);
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!("`{key}` must be {}", names.join(" or "));
        problems.push(Problem::new("unknown_value", place, message));
    }
    found.map(|(_, value)| *value)
}
