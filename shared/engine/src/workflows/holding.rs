//! `debounce` and `batch`: events that become one run.

use super::values::{bare_expression, duration};
use super::{Loop, Trigger, Workflow};
use crate::expressions::{Content, Expression};
use crate::holds::{HELD_FOR_MAX, HELD_MAX, HoldKind, HoldTerms};
use crate::problems::{Place, Problem};
use crate::yaml::fields::{Fields, mismatch};
use crate::yaml::{Node, Yaml};
use std::collections::BTreeSet;

/// Where the events of a batch stand.
const EVENTS: &str = "trigger.events";

/// How the events of a workflow become one run.
#[derive(Clone, Debug)]
pub struct Holding {
    /// What becomes of them, and when.
    pub terms: HoldTerms,
    /// What events of one run have in common; nothing where all do.
    pub key: Option<Expression>,
    /// Where it stands.
    pub place: Place,
}

impl Holding {
    /// Whether its runs work on all events, below `trigger.events`.
    pub fn is_batch(&self) -> bool {
        self.terms.kind == HoldKind::Batch
    }
}

impl Workflow {
    /// What the steps of a batch refer to of an event, as paths below its own `trigger`; nothing where it may be all
    /// of it, because they refer to the events in another way than by a loop over them.
    pub fn batch_references(&self) -> Option<BTreeSet<String>> {
        let loops = self.all_steps().filter_map(|step| step.loops());
        let names: Vec<&str> =
            loops.filter(|one| is_over_events(one)).map(|one| one.name.as_str()).collect();
        let mut found = BTreeSet::new();
        let is_of_trigger = |path: &String| path.split('.').next() == Some("trigger");
        if self.slot_key().is_some_and(|key| key.references().iter().any(is_of_trigger)) {
            return None;
        }
        for step in self.all_steps() {
            // Its own `if` sees the events as they are.
            let asks = |condition: &Expression| condition.references().iter().any(is_of_trigger);
            let is_over_events =
                step.loops().is_some_and(is_over_events) && !step.condition.iter().any(asks);
            for path in step.references() {
                let (first, rest) = path.split_once('.').unwrap_or((path, ""));
                match first {
                    "trigger" if is_over_events && path == EVENTS => {}
                    "trigger" => return None,
                    name if names.contains(&name) && rest.is_empty() => return None,
                    name if names.contains(&name) => drop(found.insert(format!("trigger.{rest}"))),
                    _ => {}
                }
            }
        }
        Some(found)
    }

    /// Whether the steps of a batch refer to bodies of events as they came.
    pub fn batch_reads_raw(&self) -> bool {
        let of_steps = self.all_steps().flat_map(super::Step::expressions);
        of_steps.chain(self.slot_key()).any(|expression| expression.source().contains("raw"))
    }
}

fn is_over_events(one: &Loop) -> bool {
    matches!(&one.items.root().content, Content::Whole(list) if list.source() == EVENTS)
}

/// What a workflow says of it. `trigger` is there where it could be read.
pub(super) fn holding(
    workflow: &Fields<'_>,
    trigger: Option<&Trigger>,
    problems: &mut Vec<Problem>,
) -> Option<Holding> {
    let (name, node, kind) = match (workflow.value("debounce"), workflow.value("batch")) {
        (None, None) => return None,
        (Some(node), None) => ("debounce", node, HoldKind::Debounce),
        (None, Some(node)) => ("batch", node, HoldKind::Batch),
        (Some(_), Some(batch)) => {
            let message = "a workflow takes `debounce` or `batch`, not both";
            let problem = Problem::new("unknown_key", batch.place, message);
            problems.push(problem.with_help("a batch holds all events, debounce keeps the newest"));
            return None;
        }
    };
    refuse_what_makes_no_sense(name, kind, node, workflow, trigger, problems);
    let fields = Fields::of(node, &format!("`{name}`"), problems)?;
    let keys: &[&str] = match kind {
        HoldKind::Debounce => &["key", "for"],
        HoldKind::Batch => &["key", "for", "max"],
    };
    fields.refuse_others(keys, problems);
    let key = match kind {
        HoldKind::Debounce => fields.required("key", problems),
        HoldKind::Batch => fields.value("key"),
    };
    let key = key.map(|node| bare_expression(node, "key", problems));
    fields.required("for", problems);
    let length = duration(&fields, "for", HELD_FOR_MAX, problems);
    let max = max(&fields, problems);
    let terms = HoldTerms { kind, length: length?, max };
    // One that is written and cannot be read is a problem already.
    let key = match key {
        None => None,
        Some(key) => Some(key?),
    };
    Some(Holding { terms, key, place: node.place })
}

fn max(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> usize {
    let Some(node) = fields.value("max") else { return HELD_MAX };
    let Yaml::Integer(number) = node.value else {
        problems.push(mismatch(node, "max", "a whole number"));
        return HELD_MAX;
    };
    let number = usize::try_from(number).ok().filter(|number| (1..=HELD_MAX).contains(number));
    number.unwrap_or_else(|| {
        let message = format!("`max` must be 1–{HELD_MAX}");
        problems.push(Problem::new("number_out_of_range", node.place, message));
        HELD_MAX
    })
}

fn refuse_what_makes_no_sense(
    name: &str,
    kind: HoldKind,
    node: &Node,
    workflow: &Fields<'_>,
    trigger: Option<&Trigger>,
    problems: &mut Vec<Problem>,
) {
    if let Some(once_per) = trigger.and_then(|trigger| trigger.once_per.as_ref()) {
        let message = format!("`once_per` makes no sense beside `{name}`");
        let problem = Problem::new("unknown_key", once_per.place(), message);
        let help = match kind {
            HoldKind::Debounce => "take `once_per` out: `key` says which events are one run",
            HoldKind::Batch => "take `once_per` out: each event is in one batch by itself",
        };
        problems.push(problem.with_help(help));
    }
    if trigger.is_some_and(|trigger| trigger.schedule.is_some()) {
        let message = format!("`{name}` makes no sense beside `schedule`");
        let problem = Problem::new("unknown_key", node.place, message);
        problems.push(problem.with_help("each due time is one run by itself"));
    }
    if let (HoldKind::Batch, Some(cancel_on)) = (kind, workflow.value("cancel_on")) {
        let message = "`cancel_on` makes no sense beside `batch`";
        let problem = Problem::new("unknown_key", cancel_on.place, message);
        problems.push(problem.with_help("one event has nothing in common with all of a batch"));
    }
}
