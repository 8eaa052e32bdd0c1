//! The steps that one record works on, and what their expressions see: those of a workflow, or those of a loop
//! for the item of a branch.
//!
//! A branch keeps what its steps refer to of the record above in its input ([`BranchInput`]), so that it is
//! complete without it.

use super::decisions::items_of;
use crate::deployed::Compiled;
use crate::dispatch::selected;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tradewind_engine::expressions::Scope;
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{BranchWake, Ended};
use tradewind_engine::runs::{Run, StepRecord};
use tradewind_engine::time::Timestamp;
use tradewind_engine::workflows::{Loop, Step, Workflow};

/// The members of a branch's input.
const TRIGGER: &str = "trigger";
const STEPS: &str = "steps";
const ABOVE: &str = "above";
const ITEMS: &str = "items";

/// The input of a branch.
#[derive(Serialize)]
struct BranchInput {
    /// Of `trigger`, what its steps refer to.
    trigger: Value,
    /// The steps before the loop that its steps refer to.
    steps: Map<String, Value>,
    /// The items of the loops around it, by their names.
    above: Map<String, Value>,
    /// Its own items.
    items: Vec<Value>,
}

/// The steps that one record works on.
pub(super) struct Ground<'a> {
    workflow: &'a Workflow,
    /// The loop whose items they are done with, and its place in the file.
    around: Option<(&'a Loop, &'a StepPath)>,
}

impl<'a> Ground<'a> {
    /// Those of this record; nothing where its loop is not in the workflow.
    pub(super) fn of(compiled: &'a Compiled, run: &Run) -> Option<Self> {
        let workflow = &compiled.workflow;
        let around = match &run.branch {
            None => None,
            Some(branch) => {
                let step = workflow.step(&branch.step)?;
                Some((step.loops()?, &step.path))
            }
        };
        Some(Self { workflow, around })
    }

    /// The steps in their order, or those that come after a failure.
    pub(super) fn steps(&self, on_failure: bool) -> &'a [Step] {
        match self.around {
            Some((one, _)) => &one.steps,
            None if on_failure => &self.workflow.on_failure,
            None => &self.workflow.steps,
        }
    }

    /// The item that the record works on, counted in its whole loop.
    pub(super) fn item(&self, run: &Run) -> u32 {
        run.branch.as_ref().map_or(0, |branch| branch.item())
    }

    /// The path of a step in the run.
    pub(super) fn path(&self, step: &Step, run: &Run, item: u32) -> StepPath {
        match (self.around, &run.branch) {
            (Some((_, pattern)), Some(branch)) => {
                let rest = step.path.as_str().strip_prefix(&format!("{pattern}[]"));
                StepPath(format!("{}[{item}]{}", branch.step, rest.unwrap_or_default()))
            }
            _ => step.path.clone(),
        }
    }

    /// Every step that expressions of the record may refer to: one that was not reached counts as skipped, so
    /// that a default for its output has a meaning.
    pub(super) fn steps_seen(&self, run: &Run) -> Map<String, Value> {
        let mut seen = self.steps_before(run);
        let item = self.item(run);
        for step in self.own_steps() {
            let record = run.steps.get(&self.path(step, run, item));
            let record = record.filter(|record| !record.state.is_open());
            if let (Some(id), Some(record)) = (step.id(), record) {
                seen.insert(id.to_owned(), step_seen(record));
            }
        }
        seen
    }

    /// The same where the record has reached none of its own steps.
    pub(super) fn steps_before(&self, run: &Run) -> Map<String, Value> {
        let above = run.branch.as_ref().and_then(|_| run.input.get(STEPS)?.as_object());
        let mut seen = above.cloned().unwrap_or_default();
        let own = self.own_steps().into_iter().filter_map(Step::id);
        seen.extend(own.map(|id| (id.to_owned(), with_status(None, "skipped"))));
        seen
    }

    /// What expressions see at an item.
    pub(super) fn scope(&self, run: &Run, item: u32, seen: &Map<String, Value>) -> Scope {
        let steps = Value::Object(seen.clone());
        let (Some((one, _)), Some(branch)) = (self.around, &run.branch) else {
            return with_failure(Scope::new(&run.input, &steps), run);
        };
        let mut scope = Scope::new(&run.input[TRIGGER], &steps);
        for (name, item) in run.input[ABOVE].as_object().into_iter().flatten() {
            scope = scope.with_item(name, item);
        }
        let index = item.saturating_sub(branch.first) as usize;
        scope.with_item(&one.name, run.input[ITEMS].get(index).unwrap_or(&Value::Null))
    }

    /// Those that have records here: of a loop among them, the loop alone.
    fn own_steps(&self) -> Vec<&'a Step> {
        let mut all = Vec::new();
        add_of_one_record(self.steps(false), &mut all);
        if self.around.is_none() {
            add_of_one_record(self.steps(true), &mut all);
        }
        all
    }
}

fn add_of_one_record<'a>(steps: &'a [Step], all: &mut Vec<&'a Step>) {
    for step in steps {
        all.push(step);
        step.routes().iter().for_each(|route| add_of_one_record(&route.steps, all));
    }
}

/// The input of a branch that is to begin; why there is none.
pub(super) fn branch_input(
    compiled: &Compiled,
    parent: &Run,
    wake: &BranchWake,
) -> Result<Value, String> {
    let missing = || "the loop is not in the workflow".to_owned();
    let step = compiled.workflow.step(&wake.step).ok_or_else(missing)?;
    let one = step.loops().ok_or_else(missing)?;
    let known = parent.steps.get(&wake.step).and_then(|step| step.work.items());
    let known = known.ok_or_else(missing)?;
    let items = items_of(one, &compiled.scope(parent))?;
    if items.len() != known.total as usize {
        let (now, total) = (items.len(), known.total);
        return Err(format!("for_each.items: gives {now} items, and gave {total} before"));
    }
    let (first, count) = known.of_branch(wake.number);
    let items = items.into_iter().skip(first as usize).take(count as usize).collect();
    let mut references: BTreeSet<&str> =
        step.within().flat_map(Step::references).map(String::as_str).collect();
    for needed in step.within().flat_map(Step::needs_of_trigger) {
        references.insert(needed);
    }
    let input = BranchInput {
        trigger: selected(trigger_of(parent), references.iter().copied()),
        steps: steps_referred_to(compiled, parent, &references),
        above: items_above(compiled, parent),
        items,
    };
    Ok(json!(input))
}

/// What stands below `trigger`.
pub(crate) fn trigger_of(run: &Run) -> &Value {
    if run.branch.is_some() { &run.input[TRIGGER] } else { &run.input }
}

/// When the event was accepted that started the run.
pub(crate) fn accepted_at(run: &Run) -> Timestamp {
    let accepted_at = trigger_of(run).pointer("/event/accepted_at").and_then(Value::as_str);
    // It is there where the workflow waits for events: `check` refuses that to runs of many events, which have none.
    accepted_at.and_then(|text| text.parse().ok()).unwrap_or(run.created_at)
}

fn steps_referred_to(
    compiled: &Compiled,
    parent: &Run,
    references: &BTreeSet<&str>,
) -> Map<String, Value> {
    let Some(ground) = Ground::of(compiled, parent) else { return Map::new() };
    let ids: BTreeSet<&str> = references
        .iter()
        .filter_map(|path| path.strip_prefix("steps.")?.split('.').next())
        .collect();
    let seen = ground.steps_seen(parent).into_iter();
    seen.filter(|(id, _)| ids.contains(id.as_str())).collect()
}

/// The items that the record above works on, by their names.
fn items_above(compiled: &Compiled, parent: &Run) -> Map<String, Value> {
    let Some(branch) = &parent.branch else { return Map::new() };
    let mut above = parent.input[ABOVE].as_object().cloned().unwrap_or_default();
    if let Some(one) = compiled.workflow.step(&branch.step).and_then(Step::loops) {
        let index = branch.ended_count() as usize;
        let item = parent.input[ITEMS].get(index).cloned().unwrap_or(Value::Null);
        above.insert(one.name.clone(), item);
    }
    above
}

fn with_failure(scope: Scope, run: &Run) -> Scope {
    match &run.failure {
        Some(failure) => scope.with_failure(&json!({
            "step": failure.step,
            "reason": failure.reason,
            "attempts": failure.attempts,
            "run": run.id,
        })),
        None => scope,
    }
}

fn step_seen(step: &StepRecord) -> Value {
    with_status(step.output.as_ref(), step.status())
}

/// A step that ended so, as the steps after it see it.
pub(super) fn ended_seen(ended: Ended<'_>) -> Value {
    match ended {
        Ended::Done(output) => with_status(Some(output), "succeeded"),
        Ended::Skipped => with_status(None, "skipped"),
        Ended::Failed => with_status(None, "failed"),
    }
}

fn with_status(output: Option<&Value>, status: &str) -> Value {
    let mut seen = match output {
        Some(Value::Object(fields)) => fields.clone(),
        _ => Map::new(),
    };
    seen.insert("status".to_owned(), Value::String(status.to_owned()));
    Value::Object(seen)
}
