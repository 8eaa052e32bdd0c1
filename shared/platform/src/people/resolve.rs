//! Saying what became of a step that only a person can know.

use super::acting::{
    Acting, NotDone, carry_out, ensure_goes_on, find_run, not_found, settle_letter,
};
use super::branches::{record_with, tell_above};
use crate::doers::doers;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::protocol::{self, Resolution};
use tradewind_engine::runs::Run;

/// Says what became of the step that parked the run.
pub async fn resolve(
    ports: &Acting,
    run: &RunId,
    path: &StepPath,
    resolution: Resolution,
) -> Result<Run, NotDone> {
    let root = find_run(ports, run).await?;
    let run = record_with(&*ports.runs, root.clone(), path).await?;
    if run.branch.is_some() {
        ensure_goes_on(&root)?;
    }
    let compiled = ports.deployed.version(&run.workflow, run.version).await?;
    let compiled = compiled.ok_or_else(|| not_found("version", &run.workflow.0))?;
    let doers = doers(&ports.catalog.actions, &ports.deployed, &run).await?;
    let now = ports.clock.now();
    let commands = protocol::resolve(&run, doers, path, resolution, &*compiled, now)?;
    let after = carry_out(&*ports.journal, &*ports.clock, &run, commands).await?;
    settle_letter(&*ports.dead_letters, &run).await?;
    Box::pin(tell_above(&ports.advancing(), after)).await
}
