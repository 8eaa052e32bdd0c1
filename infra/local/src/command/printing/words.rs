//! How times, values and states are said to people.

use super::output::Mood;
use serde_json::Value;
use tradewind_api::types::{LeftOut, RunState, StepState};
use tradewind_engine::texts::cut;
pub(crate) use tradewind_engine::texts::visible as clean;
use tradewind_engine::time::Timestamp;

/// The longest value that stands in a table.
const CELL_CHARACTERS_MAX: usize = 100;

/// The most members of a value that stand in a table.
const PAIRS_MAX: usize = 60;

/// RFC 3339 UTC, to seconds.
pub(crate) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The time, or nothing.
pub(crate) fn maybe_time(moment: Option<Timestamp>) -> String {
    moment.map(time).unwrap_or_default()
}

/// The text as one line that fits into a table.
pub(crate) fn one_line(text: &str) -> String {
    // Cut first: there may be much more of it than is shown.
    cut(&clean(&cut(text, CELL_CHARACTERS_MAX)), CELL_CHARACTERS_MAX)
}

/// A value as `name: value` pairs on one line, the members of members by dots.
pub(crate) fn value(value: &Value) -> String {
    let mut pairs = Vec::new();
    collect(value, String::new(), &mut pairs);
    let shown =
        pairs.iter().take(PAIRS_MAX).map(|(name, text)| labelled(&one_line(name), &one_line(text)));
    let mut shown: Vec<_> = shown.collect();
    if pairs.len() > PAIRS_MAX {
        shown.push(format!("and {} more", pairs.len() - PAIRS_MAX));
    }
    shown.join(", ")
}

/// A value in full, one line for each member, such as the data of an event.
pub(crate) fn lines(value: &Value) -> Vec<String> {
    let mut pairs = Vec::new();
    collect(value, String::new(), &mut pairs);
    let mut lines = Vec::new();
    for (name, text) in pairs {
        if text.contains('\n') {
            lines.push(format!("{name}:"));
            lines.extend(text.lines().map(|line| format!("  | {}", clean(line))));
        } else {
            lines.push(labelled(&name, &clean(&text)));
        }
    }
    lines
}

fn labelled(name: &str, text: &str) -> String {
    if name.is_empty() { text.to_owned() } else { format!("{name}: {text}") }
}

fn collect(value: &Value, name: String, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            let dot = if name.is_empty() { "" } else { "." };
            for (member, value) in members {
                collect(value, format!("{name}{dot}{member}"), pairs);
            }
        }
        Value::Array(items) => {
            for (number, value) in items.iter().enumerate() {
                collect(value, format!("{name}[{number}]"), pairs);
            }
        }
        Value::String(text) => pairs.push((name, text.clone())),
        Value::Bool(true) => pairs.push((name, "yes".to_owned())),
        Value::Bool(false) => pairs.push((name, "no".to_owned())),
        Value::Number(number) => pairs.push((name, number.to_string())),
    }
}

/// A run's state, with its mood.
pub(crate) fn run_state(state: RunState) -> (Mood, &'static str) {
    match state {
        RunState::Active => (Mood::Busy, "active"),
        RunState::Failing => (Mood::Bad, "failing"),
        RunState::Succeeded => (Mood::Good, "succeeded"),
        RunState::Failed => (Mood::Bad, "failed"),
        RunState::Parked => (Mood::Bad, "parked"),
        RunState::Cancelled => (Mood::Quiet, "cancelled"),
    }
}

/// A step's state, with its mood.
pub(crate) fn step_state(state: StepState) -> (Mood, &'static str) {
    match state {
        StepState::Pending => (Mood::Quiet, "not yet"),
        StepState::Ready => (Mood::Busy, "ready"),
        StepState::Running => (Mood::Busy, "running"),
        StepState::Retry => (Mood::Busy, "tried in vain"),
        StepState::Waiting => (Mood::Busy, "waiting"),
        StepState::Looping => (Mood::Busy, "looping"),
        StepState::Unknown => (Mood::Busy, "being found out"),
        StepState::Done => (Mood::Good, "done"),
        StepState::Skipped => (Mood::Quiet, "skipped"),
        StepState::Failed => (Mood::Bad, "failed"),
        StepState::Parked => (Mood::Bad, "parked"),
        StepState::Cancelled => (Mood::Quiet, "cancelled"),
    }
}

/// What a list says about rows that it leaves out.
pub(crate) fn left_out(rows: &LeftOut) -> String {
    let newer = (rows.newer > 0).then(|| {
        format!("{} were written by a newer tradewind, which goes on with them", rows.newer)
    });
    let damaged =
        (rows.damaged > 0).then(|| format!("{} cannot be read: the log names them", rows.damaged));
    let parts: Vec<String> = newer.into_iter().chain(damaged).collect();
    format!("left out: {}", parts.join("; "))
}
