//! What an event means for a step that waits for one, whoever finds the other.

use crate::deployed::Compiled;
use crate::dispatch::selected;
use crate::flow::accepted_at;
use serde_json::{Map, Value, json};
use tradewind_engine::events::Event;
use tradewind_engine::ids::{EventId, RunId, StepPath};
use tradewind_engine::marks::{Mark, MarkKey, Marked};
use tradewind_engine::protocol::Command;
use tradewind_engine::runs::Run;
use tradewind_engine::time::Timestamp;

/// What an event means for a step.
pub(crate) enum Heard {
    /// It goes on, and gives this.
    Clear(Value),
    /// Whether it is meant cannot be told, for this reason.
    Unclear(String),
}

impl From<Heard> for Result<Value, String> {
    fn from(heard: Heard) -> Self {
        match heard {
            Heard::Clear(output) => Ok(output),
            Heard::Unclear(reason) => Err(reason),
        }
    }
}

/// The member of the step's output that is the event.
const EVENT: &str = "event";

/// What the event means for the step; nothing where it is not meant. What was accepted before the run's own
/// event is not, nor what was accepted after the time of the wait: its end may come late.
pub(crate) fn heard(
    compiled: &Compiled,
    run: &Run,
    path: &StepPath,
    event: &Event,
) -> Option<Heard> {
    let step = compiled.workflow.step(path)?;
    let wait = step.event_wait()?;
    if event.id == run.event || event.accepted_at < accepted_at(run) {
        return None;
    }
    let work = run.steps.get(path).and_then(|step| step.work.flow_work());
    if work.and_then(|work| work.until).is_some_and(|until| until < event.accepted_at) {
        return None;
    }
    let members = compiled.workflow.event_members(step);
    let asked = wait.condition.iter().flat_map(|condition| condition.references());
    let asks_for_raw = asked.filter_map(|path| path.strip_prefix("event.")).any(is_raw);
    let seen = match asks_for_raw || members.iter().any(|member| is_raw(member)) {
        true => event.trigger(),
        false => event.trigger_without_raw(),
    };
    if let Some(condition) = &wait.condition {
        match condition.holds(&compiled.scope(run).with_event(&seen)) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => return Some(Heard::Unclear(unclear(&event.id, &format!("if: {error}")))),
        }
    }
    let paths: Vec<String> = members.iter().map(|member| trigger_path(member)).collect();
    let kept = selected(&seen, paths.iter().map(String::as_str));
    Some(Heard::Clear(json!({ EVENT: kept })))
}

/// What a step gives for which no event came in time.
pub(crate) fn nothing_heard() -> Value {
    Value::Object(Map::from_iter([(EVENT.to_owned(), Value::Null)]))
}

/// Why it cannot be told whether an event is meant.
pub(crate) fn unclear(event: &EventId, reason: &str) -> String {
    format!("event {event} came, and was not counted: {reason}")
}

/// By this mark the event names the step that went on by it.
pub(crate) fn went_on(run: &RunId, path: &StepPath, event: &EventId, now: Timestamp) -> Command {
    let of = Marked::Step { run: run.clone(), path: path.clone(), until: now };
    Command::Mark(Mark::new(MarkKey::went_on(event), of))
}

fn is_raw(member: &str) -> bool {
    member == "raw" || member.starts_with("raw.")
}

/// The event as a workflow sees it that it starts.
fn trigger_path(member: &str) -> String {
    if member.is_empty() { "trigger".to_owned() } else { format!("trigger.{member}") }
}
