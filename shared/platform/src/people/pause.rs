//! Letting the runs of a workflow stand still, and go on.

use super::acting::{Acting, NotDone, not_found};
use crate::jobs::work_or_store;
use tradewind_engine::definitions::{DefinitionsChange, WorkflowHead};
use tradewind_engine::ids::{JobId, WorkflowId};
use tradewind_engine::jobs::{Job, JobWork};
use tradewind_engine::time::after;

/// Lets the runs of a workflow stand still, or go on. New events are taken meanwhile. A workflow whose
/// file is gone still has its runs.
pub async fn pause(ports: &Acting, workflow: &WorkflowId, paused: bool) -> Result<(), NotDone> {
    let current = ports.definitions.current().await?;
    let head = current.workflows.iter().find(|head| head.id == *workflow);
    let head = head.ok_or_else(|| not_found("workflow", &workflow.0))?;
    let head = WorkflowHead { paused, ..head.clone() };
    let change = DefinitionsChange {
        from_revision: current.revision,
        heads: vec![head],
        ..DefinitionsChange::default()
    };
    if !ports.definitions.change(&change).await? {
        return Err(NotDone::Changed);
    }
    ports.deployed.refresh();
    if paused { Ok(()) } else { wake_runs(ports, workflow).await }
}

/// Not at once: until then, workers may still take the pause from memory.
async fn wake_runs(ports: &Acting, workflow: &WorkflowId) -> Result<(), NotDone> {
    let now = ports.clock.now();
    let not_before = after(now, ports.deployed.current_for());
    let work = JobWork::WakeRuns { workflow: workflow.clone(), not_before };
    let job = Job::new(JobId(format!("job_{}", ports.ids.random_hex())), work, now);
    Ok(work_or_store(&ports.advancing(), job).await?)
}
