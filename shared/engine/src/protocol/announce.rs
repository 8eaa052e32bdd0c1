//! The end of a run is an event like any other, so that alerting can be a workflow.

use crate::events::{EVENT_VERSION_PLAIN, Event};
use crate::ids::EventId;
use crate::runs::{Run, RunState};
use serde_json::{Map, json};

/// The event of a run that succeeded.
pub const RUN_SUCCEEDED: &str = "run.succeeded";

/// The event of a run's end: its id is made of run, `resumed` and state, so repeating it does no harm.
/// `None` while the run goes on, and for CANCELLED.
pub fn end_event(run: &Run) -> Option<Event> {
    let name = match run.state {
        RunState::Succeeded => RUN_SUCCEEDED,
        RunState::Failed => "run.failed",
        RunState::Parked => "run.parked",
        RunState::Active | RunState::Failing | RunState::Cancelled => return None,
    };
    let failure = run.failure.as_ref();
    let mut data = Map::new();
    data.insert(
        "run".to_owned(),
        json!({
            "id": run.id,
            "workflow": run.workflow,
            "state": run.state,
            "key": run.key,
            "event": run.event,
            "step": failure.map(|failure| &failure.step),
            "reason": failure.map(|failure| &failure.reason),
        }),
    );
    Some(Event {
        v: EVENT_VERSION_PLAIN,
        id: EventId(format!("{}.{}.{}", run.id, run.resumed, run.state.as_str())),
        name: name.to_owned(),
        connection: None,
        provider: None,
        topic: None,
        accepted_at: run.ended_at.unwrap_or(run.created_at),
        revision: run.revision,
        test: run.test,
        data,
        raw: None,
        run: Some(run.id.clone()),
        emitted: None,
        notes: Vec::new(),
    })
}
