//! The schedule of a workflow, as it holds from an apply on.
//!
//! Invariant: whatever else of a workflow is changed, its schedule goes on: no due time is lost or done twice.

use tradewind_engine::definitions::WorkflowHead;
use tradewind_engine::schedules::{Schedule, ZONE_DEFAULT};
use tradewind_engine::time::Timestamp;
use tradewind_engine::workflows::Workflow;

/// The schedule of the workflow. One that is new, or was not at work, begins now.
pub(super) fn held(
    workflow: &Workflow,
    timezone: Option<&str>,
    before: Option<&WorkflowHead>,
    now: Timestamp,
) -> Option<Schedule> {
    let written = workflow.trigger.schedule.as_ref()?;
    let tz = written.tz.as_deref().or(timezone).unwrap_or(ZONE_DEFAULT);
    let next = Schedule { times: written.times.clone(), tz: tz.to_owned(), since: now };
    let at_work = before.filter(|head| head.enabled && !head.deleted && workflow.enabled);
    let same = at_work.and_then(|head| head.schedule.as_ref()).filter(|before| {
        let since = before.since;
        **before == Schedule { since, ..next.clone() }
    });
    Some(same.cloned().unwrap_or(next))
}
