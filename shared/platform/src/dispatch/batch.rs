//! What the run of a batch is made of: of each event what its steps refer to.

use super::seen::selected;
use crate::deployed::Compiled;
use serde_json::Value;
use tradewind_engine::events::Event;

/// What one event gives the run, as it stands below `trigger.events`.
pub(super) fn part_of(compiled: &Compiled, event: &Event) -> Value {
    let workflow = &compiled.workflow;
    let trigger = match workflow.batch_reads_raw() {
        true => event.trigger(),
        false => event.trigger_without_raw(),
    };
    match workflow.batch_references() {
        Some(paths) => selected(&trigger, paths.iter().map(String::as_str)),
        None => trigger,
    }
}

/// How many bytes it gives it.
pub(super) fn bytes_of(compiled: &Compiled, event: &Event) -> u64 {
    let part = part_of(compiled, event);
    serde_json::to_vec(&part).map_or(0, |bytes| bytes.len() as u64)
}
