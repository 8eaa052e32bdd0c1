//! What steps give, and so the shape of what refers to it.

use super::super::fresh::schema_of_now;
use super::super::{Loop, Step, StepKind, Vocabulary, Workflow};
use crate::expressions::{Content, Expression};
use crate::schemas::{Shape, member_shape};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// What an `emit` gives.
static EMIT_OUTPUT: LazyLock<Value> = LazyLock::new(
    || json!({ "type": "object", "properties": { "event_id": { "type": "string" } } }),
);
/// What an approval gives: [`Question::output`](crate::runs::Question::output).
static APPROVAL_OUTPUT: LazyLock<Value> = LazyLock::new(|| {
    let text = json!({ "type": ["string", "null"] });
    json!({
        "type": "object",
        "properties": {
            "approved": { "type": "boolean" },
            "decision": { "type": "string", "enum": ["approved", "declined", "expired"] },
            "by": text,
            "at": text,
        },
        "additionalProperties": false,
    })
});
/// What is known of every step that comes before.
static STATUS: LazyLock<Value> = LazyLock::new(|| {
    let words = ["succeeded", "failed", "skipped"];
    json!({ "type": "object", "properties": { "status": { "type": "string", "enum": words } } })
});
/// What is open.
static ANYTHING: LazyLock<Value> = LazyLock::new(|| json!({}));

/// The schema of what a step gives besides its status; nothing where that is all.
pub(super) fn output_of<'a>(step: &Step, vocabulary: &'a dyn Vocabulary) -> Option<&'a Value> {
    match &step.kind {
        StepKind::Action(action) => {
            let own = vocabulary.step_output(step);
            Some(own.or_else(|| vocabulary.action_output(&action.uses)).unwrap_or(&ANYTHING))
        }
        StepKind::Emit(_) => Some(&EMIT_OUTPUT),
        StepKind::ForEach(_) => Some(&LOOP_OUTPUT),
        StepKind::Approval(_) => Some(&APPROVAL_OUTPUT),
        StepKind::Choose(_) | StepKind::Wait(_) => None,
    }
}

/// The shape of an expression that is nothing but a path; nothing where it is not known.
pub(super) fn shape_of<'a>(
    expression: &Expression,
    workflow: &Workflow,
    vocabulary: &'a dyn Vocabulary,
) -> Option<Shape<'a>> {
    shape_at(expression.references().get(expression.source())?, workflow, vocabulary)
}

/// The shape of what stands at a path; nothing where it is not known.
pub(super) fn shape_at<'a>(
    path: &str,
    workflow: &Workflow,
    vocabulary: &'a dyn Vocabulary,
) -> Option<Shape<'a>> {
    let (schema, members) = schema_at(path, workflow, vocabulary)?;
    member_shape(schema, members.into_iter())
}

/// What a path begins with, and the members that are left of it.
fn schema_at<'a, 'b>(
    path: &'b str,
    workflow: &Workflow,
    vocabulary: &'a dyn Vocabulary,
) -> Option<(Shape<'a>, Vec<&'b str>)> {
    let mut members = path.split('.');
    let schema = match members.next()? {
        "trigger" => vocabulary.event_schema(&workflow.trigger.event)?,
        "now" => schema_of_now(vocabulary)?,
        "steps" => {
            let id = members.next()?;
            let step = workflow.all_steps().find(|step| step.id() == Some(id))?;
            match step.event_wait() {
                Some(wait) => {
                    members.next().filter(|member| *member == "event")?;
                    vocabulary.event_schema(&wait.awaited.event)?
                }
                None => match members.clone().next() {
                    Some("status") => &STATUS,
                    _ => output_of(step, vocabulary)?,
                },
            }
        }
        name => {
            let mut loops = workflow.all_steps().filter_map(Step::loops);
            let one = loops.find(|one| one.name == name)?;
            // Where two loops call their items the same, it depends on the place.
            if loops.any(|other| other.name == name) {
                return None;
            }
            let shape = item_shape(one, workflow, vocabulary)?;
            return Some((shape, members.collect()));
        }
    };
    Some((Shape::of(schema), members.collect()))
}

/// The shape of the items of a loop, where its list is nothing but a path.
pub(super) fn item_shape<'a>(
    one: &Loop,
    workflow: &Workflow,
    vocabulary: &'a dyn Vocabulary,
) -> Option<Shape<'a>> {
    let Content::Whole(list) = &one.items.root().content else { return None };
    shape_of(list, workflow, vocabulary)?.items()
}

/// What a loop gives: [`Items::output`](crate::runs::Items::output).
static LOOP_OUTPUT: LazyLock<Value> = LazyLock::new(|| {
    let number = json!({ "type": "integer" });
    let failure = json!({
        "type": "object",
        "properties": { "step": { "type": "string" }, "reason": { "type": "string" } },
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": {
            "done": number,
            "failed": number,
            "skipped": number,
            "failures": { "type": "array", "items": failure },
        },
        "additionalProperties": false,
    })
});
