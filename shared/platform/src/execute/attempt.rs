//! One attempt at a claimed step.
//!
//! Invariant: a claim that led to no call because a store did not answer is given back; left alone,
//! it would look as if the call might have been made.
//! Invariant: a call is made a second time only where the first did nothing, for other secrets than
//! it was made with.

use super::Executing;
use super::perform::{Performed, perform};
use super::prepare::{Prepared, is_paused, prepare, renewed};
use super::record::{commit, record};
use crate::Handled;
use crate::newer;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::definitions::Current;
use tradewind_engine::effects::ActionError;
use tradewind_engine::ids::StepPath;
use tradewind_engine::ports::{Interrupted, Receipt, Unavailable};
use tradewind_engine::protocol::{
    Change, Command, Committed, EARLY, Outcome, Write, give_back, park_unreadable,
};
use tradewind_engine::runs::Run;
use tradewind_engine::time::after;

/// When a step is looked at again that could not be looked at now.
const LOOK_AGAIN: Duration = Duration::from_secs(15);
/// The same where a newer tradewind has to come first.
const LOOK_AGAIN_FOR_NEWER: Duration = Duration::from_secs(60);

/// Works on a step that was just claimed.
pub(super) async fn work(
    ports: &Executing,
    receipt: &Receipt,
    run: &Run,
    path: &StepPath,
) -> Result<Handled, Unavailable> {
    match attempt(ports, receipt, run, path).await {
        Ok(handled) => Ok(handled),
        Err(unavailable) => {
            let pause = if unavailable.is_newer() {
                newer::log_once(&unavailable);
                LOOK_AGAIN_FOR_NEWER
            } else {
                tracing::warn!(run.id = %run.id, step.id = %path, error = %unavailable,
                    "a claim is given back");
                LOOK_AGAIN
            };
            let now = ports.clock.now();
            let commands = give_back(run, path, now, after(now, pause));
            settle(ports, receipt, run, path, &commands).await
        }
    }
}

/// Carries out what an attempt without an outcome comes to.
async fn settle(
    ports: &Executing,
    receipt: &Receipt,
    run: &Run,
    path: &StepPath,
    commands: &[Command],
) -> Result<Handled, Unavailable> {
    let committed = commit(ports, receipt, run, path, commands).await;
    if let Committed::Refused { .. } = committed.map_err(Interrupted::cause)? {
        // Somebody has changed the run meanwhile: the message sees to that.
        let held = ports.journal.commit(Some(receipt), &[Command::Hold(EARLY)]).await;
        held.map_err(Interrupted::cause)?;
    }
    Ok(Handled::Settled)
}

/// An error means that no call was made.
async fn attempt(
    ports: &Executing,
    receipt: &Receipt,
    run: &Run,
    path: &StepPath,
) -> Result<Handled, Unavailable> {
    let Some(compiled) = ports.deployed.version(&run.workflow, run.version).await? else {
        let reason = format!("version {} of {} cannot be read", run.version, run.workflow);
        let commands = park_unreadable(run, path, ports.clock.now(), &reason);
        return settle(ports, receipt, run, path, &commands).await;
    };
    let current = what_holds(ports, run).await?;
    match prepare(ports, &current, &compiled, run, path).await {
        Err(outcome) => {
            let performed = outcome.into();
            Ok(record(ports, receipt, run, path, &compiled, None, performed).await)
        }
        Ok(prepared) => {
            let reassigned = reassign(ports, run, path, &prepared).await?;
            let run = reassigned.as_ref().unwrap_or(run);
            let performed = perform_renewed(ports, &current, run, path, &prepared).await;
            let implementation = Some(&prepared.implementation);
            Ok(record(ports, receipt, run, path, &compiled, implementation, performed).await)
        }
    }
}

/// What holds now. That a workflow is paused is not believed out of memory: whoever let it go on has
/// woken its steps already, and one that is put back now would stand still until the sweeper comes by.
async fn what_holds(ports: &Executing, run: &Run) -> Result<Arc<Current>, Unavailable> {
    let current = ports.deployed.current().await?;
    match is_paused(&current, run) {
        true => ports.deployed.current_since(ports.clock.now()).await,
        false => Ok(current),
    }
}

/// Makes the call, and once more where its credentials were refused and others hold by now: secrets
/// may come from a cache.
async fn perform_renewed(
    ports: &Executing,
    current: &Current,
    run: &Run,
    path: &StepPath,
    prepared: &Prepared,
) -> Performed {
    let performed = perform(ports, run, path, prepared).await;
    if !matches!(performed.outcome, Outcome::Error(ActionError::NeedsRepair { .. })) {
        return performed;
    }
    let Some(connection) = renewed(ports, current, &prepared.connection).await else {
        return performed;
    };
    tracing::info!(run.id = %run.id, step.id = %path, connection.id = %connection.name,
        "credentials were refused; the call is made once more with new ones");
    perform(ports, run, path, &Prepared { connection, ..prepared.clone() }).await
}

/// The connection went to another provider since the workflow was applied: from here on the step
/// follows the new one's effect class.
async fn reassign(
    ports: &Executing,
    run: &Run,
    path: &StepPath,
    prepared: &Prepared,
) -> Result<Option<Run>, Unavailable> {
    let Some(record) = run.steps.get(path) else { return Ok(None) };
    let implementation = &prepared.implementation;
    let same = record.provider.as_str() == implementation.provider.id
        && record.class == implementation.class;
    if same || prepared.ask {
        return Ok(None);
    }
    let change = Change::Reassign {
        path: path.clone(),
        fence: record.fence,
        provider: implementation.provider.id.into(),
        class: implementation.class,
    };
    let write = Command::Write(Write { run: run.id.clone(), change });
    match ports.journal.commit(None, &[write]).await.map_err(Interrupted::cause)? {
        Committed::Applied(run) => Ok(run.map(|run| *run)),
        Committed::Refused { .. } => Err(Unavailable {
            service: "run",
            reason: "it was changed by somebody else".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests;
