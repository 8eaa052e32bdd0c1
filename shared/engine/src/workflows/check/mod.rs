//! Checking a workflow against what there is: events, connections, actions and their schemas.

mod batched;
mod cancelling;
mod expected;
mod fresh;
mod outputs;
mod references;

use self::batched::Batched;
use self::expected::Expecting;
use super::{
    ActionStep, EmitStep, Holding, Step, StepKind, TriggerSchedule, Vocabulary, WaitFor, Workflow,
};
use crate::events::is_own;
use crate::expressions::Template;
use crate::ids::{ConnectionName, ProviderId};
use crate::problems::{Place, Problem};
use crate::schedules::no_zone;
use crate::schemas::check_fit;
use serde_json::json;
use std::collections::BTreeMap;

/// Everything that is wrong with a workflow in a project with these connections.
pub fn check(
    workflow: &Workflow,
    vocabulary: &dyn Vocabulary,
    connections: &BTreeMap<ConnectionName, ProviderId>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let expecting = Expecting::of(workflow, vocabulary, &mut problems);
    let vocabulary: &dyn Vocabulary = &expecting;
    let of_batch = workflow.holding.as_ref().is_some_and(Holding::is_batch);
    let batched = of_batch.then(|| Batched::new(vocabulary, &workflow.trigger.event));
    let in_steps: &dyn Vocabulary = match &batched {
        Some(batched) => batched,
        None => vocabulary,
    };
    let project = Project { workflow, vocabulary: in_steps, connections };
    project.trigger(&mut problems);
    project.cancel_on(&mut problems);
    project.slot_key(&mut problems);
    problems.extend(waits_in_a_batch(workflow));
    for step in workflow.all_steps() {
        project.step(step, &mut problems);
    }
    references::check(workflow, vocabulary, in_steps, &mut problems);
    problems.sort_by_key(|problem| problem.place);
    // The `if` of an approval is that of the steps as well that tell of it.
    problems.dedup();
    problems
}

struct Project<'a> {
    workflow: &'a Workflow,
    vocabulary: &'a dyn Vocabulary,
    connections: &'a BTreeMap<ConnectionName, ProviderId>,
}

impl Project<'_> {
    fn trigger(&self, problems: &mut Vec<Problem>) {
        let trigger = &self.workflow.trigger;
        let names = self.vocabulary.events();
        let known = is_own(&trigger.event) || names.contains(&trigger.event.as_str());
        if !known {
            let message = format!("there is no event `{}`", trigger.event);
            let problem = Problem::new("unknown_event", trigger.place, message);
            problems.push(problem.with_nearest(&trigger.event, names));
        }
        problems.extend(trigger.schedule.as_ref().and_then(unknown_zone));
        let Some(from) = &trigger.from else { return };
        let provider = self.provider(from, trigger.from_place, problems);
        let Some(provider) = provider.filter(|_| known) else { return };
        if !self.vocabulary.emits(provider, &trigger.event) {
            let message = format!(
                "`{from}` is a connection to {provider}, which does not send `{}`",
                trigger.event
            );
            let senders: Vec<_> = self
                .connections
                .iter()
                .filter(|(_, provider)| self.vocabulary.emits(provider, &trigger.event))
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            let problem = Problem::new("event_not_sent", trigger.from_place, message);
            problems.push(if senders.is_empty() {
                problem
            } else {
                problem.with_help(format!("it comes from {}", senders.join(", ")))
            });
        }
    }

    fn step(&self, step: &Step, problems: &mut Vec<Problem>) {
        match &step.kind {
            StepKind::Action(action) => self.action(action, problems),
            StepKind::Wait(WaitFor::Moment(moment)) => self.moment(moment, problems),
            StepKind::Wait(WaitFor::Event(wait)) => self.event_wait(wait, problems),
            StepKind::ForEach(one) => self.items(&one.items, problems),
            StepKind::Emit(emit) => self.emit(emit, problems),
            StepKind::Approval(approval) => self.question(&approval.question, problems),
            StepKind::Wait(WaitFor::Duration(_)) | StepKind::Choose(_) => {}
        }
    }

    fn slot_key(&self, problems: &mut Vec<Problem>) {
        let Some(key) = self.workflow.slot_key() else { return };
        let Some(found) = outputs::shape_of(key, self.workflow, self.vocabulary) else { return };
        if !["string", "number", "integer"].iter().any(|kind| found.takes(kind)) {
            let (source, kinds) = (key.source(), found.kinds());
            let message = format!("`key` must be a text or a number, but `{source}` is {kinds}");
            problems.push(Problem::new("type_mismatch", key.place(), message));
        }
    }

    fn moment(&self, moment: &Template, problems: &mut Vec<Problem>) {
        let shape_of =
            |expression: &_| outputs::shape_of(expression, self.workflow, self.vocabulary);
        check_fit(moment.root(), "until", &json!({ "type": "string" }), &shape_of, problems);
    }

    fn items(&self, items: &Template, problems: &mut Vec<Problem>) {
        let shape_of =
            |expression: &_| outputs::shape_of(expression, self.workflow, self.vocabulary);
        check_fit(items.root(), "items", &json!({ "type": "array" }), &shape_of, problems);
    }

    fn question(&self, question: &Template, problems: &mut Vec<Problem>) {
        let shape_of =
            |expression: &_| outputs::shape_of(expression, self.workflow, self.vocabulary);
        check_fit(question.root(), "question", &json!({ "type": "string" }), &shape_of, problems);
    }

    fn emit(&self, emit: &EmitStep, problems: &mut Vec<Problem>) {
        if self.workflow.trigger.event.starts_with("run.") {
            let message = "a run that was started by a `run.…` event emits none";
            let help = "do here what is to be done, or emit where the run itself is";
            problems.push(Problem::new("emit_not_here", emit.place, message).with_help(help));
        }
        let shape_of =
            |expression: &_| outputs::shape_of(expression, self.workflow, self.vocabulary);
        if let Some(key) = &emit.key {
            let schema = json!({ "type": ["string", "integer", "number"] });
            check_fit(key.root(), "key", &schema, &shape_of, problems);
        }
        check_fit(emit.data.root(), "data", &json!({ "type": "object" }), &shape_of, problems);
    }

    fn action(&self, action: &ActionStep, problems: &mut Vec<Problem>) {
        if let Some(still) = &action.still {
            problems.extend(self.not_read_afresh(still));
        }
        let known = self.vocabulary.actions().contains(&action.uses.as_str());
        if !known {
            let message = format!("there is no action `{}`", action.uses);
            let problem = Problem::new("unknown_action", action.uses_place, message);
            let names = self.vocabulary.actions();
            problems.push(problem.with_nearest(action.uses.as_str(), names));
        }
        let provider = self.provider(&action.via, action.via_place, problems);
        if !known {
            return;
        }
        if let Some(provider) = provider.filter(|p| !self.vocabulary.serves(&action.uses, p)) {
            let message = format!(
                "`{}` is a connection to {provider}, which cannot do `{}`",
                action.via, action.uses
            );
            let able = self.vocabulary.providers_of(&action.uses).join(", ");
            let problem = Problem::new("action_not_served", action.via_place, message);
            problems.push(problem.with_help(format!("providers that can: {able}")));
        }
        if let Some(schema) = self.vocabulary.action_input(&action.uses) {
            let shape_of =
                |expression: &_| outputs::shape_of(expression, self.workflow, self.vocabulary);
            check_fit(action.with.root(), "with", schema, &shape_of, problems);
        }
    }

    fn provider(
        &self,
        connection: &ConnectionName,
        place: Place,
        problems: &mut Vec<Problem>,
    ) -> Option<&ProviderId> {
        let provider = self.connections.get(connection);
        if provider.is_none() {
            let message = format!("there is no connection `{connection}` in tradewind.yaml");
            let names = self.connections.keys().map(ConnectionName::as_str);
            let problem = Problem::new("unknown_connection", place, message);
            problems.push(problem.with_nearest(connection.as_str(), names));
        }
        provider
    }
}

fn unknown_zone(schedule: &TriggerSchedule) -> Option<Problem> {
    no_zone(schedule.tz.as_ref()?, schedule.tz_place)
}

/// A run of many events has no event of its own, after which another one would have to come.
fn waits_in_a_batch(workflow: &Workflow) -> Vec<Problem> {
    let is_batch = workflow.holding.as_ref().is_some_and(Holding::is_batch);
    let waiting = workflow.all_steps().filter(|step| is_batch && step.event_wait().is_some());
    let message = "a run with `batch` cannot wait for an event";
    let problem = |step: &Step| Problem::new("wait_not_here", step.place, message);
    let help =
        "emit an event for each of `trigger.events`, and wait in the workflow that listens to it";
    waiting.map(|step| problem(step).with_help(help)).collect()
}
