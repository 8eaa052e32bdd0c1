//! A step that does something at a provider.

use super::super::durations::DELAY_MAX;
use super::super::values::{choice, duration, expression};
use super::super::{ATTEMPTS_MAX, ActionStep, Retry, TIMEOUT_DEFAULT, TIMEOUT_MAX};
use crate::effects::OnUnknown;
use crate::expressions::Template;
use crate::problems::Problem;
use crate::yaml::fields::{Fields, mismatch, text};
use crate::yaml::{Node, Yaml};

/// The action of a step with `uses`.
pub(super) fn action(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<ActionStep> {
    let with = fields.value("with").map(|node| with(node, problems));
    let retry = fields.value("retry").and_then(|node| retry(node, problems));
    let timeout = duration(fields, "timeout", TIMEOUT_MAX, problems);
    let on_unknown = choice(
        fields,
        "on_unknown",
        &[("hold", OnUnknown::Hold), ("retry", OnUnknown::Retry)],
        problems,
    );
    let still = expression(fields, "only_if_still", problems);
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
        asks: false,
        still,
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
    fields.refuse_others(&["attempts", "over"], problems);
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
