//! From a file to a workflow: its top and its trigger.

use super::cancel_on::cancel_on;
use super::concurrency::concurrency;
use super::holding::holding;
use super::schedule;
use super::steps::{self, StepList, check_own_name};
use super::values::{expression, name};
use super::{Trigger, Workflow};
use crate::events::is_own;
use crate::ids::WorkflowId;
use crate::problems::Problem;
use crate::schedules::SCHEDULE_FIRED;
use crate::yaml::fields::{Fields, text};
use crate::yaml::{self, Node};

const KEYS: [&str; 10] = [
    "name",
    "enabled",
    "trigger",
    "if",
    "debounce",
    "batch",
    "concurrency",
    "cancel_on",
    "steps",
    "on_failure",
];
const TRIGGER_KEYS: [&str; 4] = ["event", "from", "once_per", "schedule"];

impl Workflow {
    /// Reads a workflow, or says everything that is wrong with it.
    pub fn parse(id: &WorkflowId, source: &str) -> Result<Self, Vec<Problem>> {
        let node = yaml::parse(source)?;
        let mut problems = Vec::new();
        let workflow = workflow(id, &node, &mut problems);
        problems.sort_by_key(|problem| problem.place);
        match workflow {
            Some(workflow) if problems.is_empty() => Ok(workflow),
            _ => Err(problems),
        }
    }
}

/// Nothing only where a problem says why.
fn workflow(id: &WorkflowId, node: &Node, problems: &mut Vec<Problem>) -> Option<Workflow> {
    let fields = Fields::of(node, "a workflow", problems)?;
    fields.refuse_others(&KEYS, &[], problems);
    let name = name(&fields, problems);
    let enabled = fields.boolean("enabled", problems).unwrap_or(true);
    let trigger_node = fields.required("trigger", problems);
    let trigger = trigger_node.and_then(|node| trigger(node, problems));
    let condition = expression(&fields, "if", problems);
    let holding = holding(&fields, trigger.as_ref(), problems);
    let concurrency = fields.value("concurrency").map(|node| concurrency(node, problems));
    let cancel_on = fields.value("cancel_on").map(|node| cancel_on(node, problems));
    let mut list = StepList::default();
    let steps = fields.required("steps", problems);
    let steps = steps.map(|node| steps::ordinary(node, &mut list, problems));
    let on_failure = fields.value("on_failure");
    let on_failure = on_failure.map(|node| steps::after_failure(node, &mut list, problems));
    Some(Workflow {
        id: id.clone(),
        name,
        enabled,
        trigger: trigger?,
        condition,
        holding,
        concurrency: concurrency.flatten(),
        cancel_on: cancel_on.unwrap_or_default(),
        steps: steps?,
        on_failure: on_failure.unwrap_or_default(),
    })
}

fn trigger(node: &Node, problems: &mut Vec<Problem>) -> Option<Trigger> {
    let fields = Fields::of(node, "`trigger`", problems)?;
    fields.refuse_others(&TRIGGER_KEYS, &[], problems);
    if let Some(schedule) = fields.value("schedule") {
        return schedule::scheduled(&fields, schedule, problems);
    }
    let once_per = expression(&fields, "once_per", problems);
    let from = fields.text("from", problems);
    let event_node = fields.required("event", problems)?;
    let event = text(event_node, "event", problems)?;
    if event == SCHEDULE_FIRED {
        let message = "what is due is no event to wait for";
        let problem = Problem::new("unknown_event", event_node.place, message);
        problems
            .push(problem.with_help("write `schedule: { cron: … }` or `schedule: { every: … }`"));
        return None;
    }
    if is_own(event) {
        check_own_name(event, event_node.place, problems);
        if let Some(node) = fields.value("from") {
            let message = "an event of your own comes from no connection";
            let problem = Problem::new("unknown_key", node.place, message);
            problems.push(problem.with_help("leave `from` out: a step with `emit` makes it"));
        }
    } else if fields.value("from").is_none() && !event.starts_with("run.") {
        let message = "the key `from` is missing";
        let problem = Problem::new("missing_key", fields.place, message);
        problems.push(problem.with_help("name the connection the event comes from"));
    }
    Some(Trigger {
        event: event.to_owned(),
        schedule: None,
        from: from.map(Into::into),
        once_per,
        place: event_node.place,
        from_place: fields.value("from").map_or(fields.place, |from| from.place),
    })
}
