//! What an `emit` emits: its key and data, out of the run.

use serde_json::Value;
use tradewind_engine::events::Event;
use tradewind_engine::expressions::{OUTPUT_BYTES_MAX, Scope};
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{NewEvent, emission};
use tradewind_engine::runs::{KEY_BYTES_MAX, Run};
use tradewind_engine::time::Timestamp;
use tradewind_engine::workflows::EmitStep;

/// The event of the step; why there is none.
pub(super) fn emitted(
    emit: &EmitStep,
    (run, path): (&Run, &StepPath),
    scope: &Scope,
    revision: u64,
    now: Timestamp,
) -> Result<Event, String> {
    let key = key(emit, scope)?;
    let data = emit.data.render(scope, &[]).map_err(|error| format!("emit.data: {error}"))?;
    let Value::Object(data) = data else { return Err("emit.data: gives no map".to_owned()) };
    let bytes: usize = data.values().map(|value| value.to_string().len()).sum();
    if bytes > OUTPUT_BYTES_MAX {
        return Err(format!("emit.data: {bytes} bytes, and an event holds {OUTPUT_BYTES_MAX}"));
    }
    let new = NewEvent { name: emit.event.clone(), key, data, revision };
    emission(run, path, new, now).map_err(|why| format!("emit: {why}"))
}

/// A number is the text that it is written as, so that a key is one whoever gives it.
fn key(emit: &EmitStep, scope: &Scope) -> Result<Option<String>, String> {
    let Some(key) = &emit.key else { return Ok(None) };
    let given = key.render(scope, &[]).map_err(|error| format!("emit.key: {error}"))?;
    let key = match given {
        Value::String(text) if !text.is_empty() => text,
        Value::Number(number) => number.to_string(),
        _ => return Err("emit.key: gives neither a text nor a number".to_owned()),
    };
    match key.len() {
        ..=KEY_BYTES_MAX => Ok(Some(key)),
        bytes => Err(format!("emit.key: {bytes} bytes, and a key has at most {KEY_BYTES_MAX}")),
    }
}
