//! A step that was just claimed, and what may be done with the claim besides recording an outcome.
//!
//! Invariant: a claim that led to nothing because a store did not answer is given back; left alone,
//! it would look as if a call might have been made.

use super::Claiming;
use crate::Handled;
use crate::newer;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::definitions::Current;
use tradewind_engine::ids::StepPath;
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::protocol::{give_back, park_unreadable};
use tradewind_engine::runs::{Run, StepRecord};
use tradewind_engine::time::{Timestamp, after};

/// When a step is looked at again that could not be looked at now.
const AFTER_OUTAGE: Duration = Duration::from_secs(15);
/// The same where a newer tradewind has to come first.
const AFTER_NEWER: Duration = Duration::from_secs(60);

/// A step that was just claimed.
pub(crate) struct Claimed<'a> {
    pub(crate) ports: &'a Claiming,
    /// The message that asked for it.
    pub(crate) receipt: &'a Receipt,
    /// The run as the claim left it.
    pub(crate) run: Box<Run>,
    /// The step.
    pub(crate) path: StepPath,
}

impl Claimed<'_> {
    /// The record of the step.
    pub(crate) fn step(&self) -> Option<&StepRecord> {
        self.run.steps.get(&self.path)
    }

    /// Whether somebody else may have claimed the step by then.
    pub(crate) fn has_ended(&self, now: Timestamp) -> bool {
        self.step().and_then(|step| step.lease_until).is_none_or(|until| until <= now)
    }

    /// What holds now. That a workflow is paused is not believed out of memory: whoever let it go on has
    /// woken its steps already, and one that is put back now would stand still until the sweeper comes by.
    pub(crate) async fn current(&self) -> Result<Arc<Current>, Unavailable> {
        let deployed = &self.ports.deployed;
        let current = deployed.current().await?;
        match self.is_paused(&current) {
            true => deployed.current_since(self.ports.clock.now()).await,
            false => Ok(current),
        }
    }

    /// Whether the runs of its workflow stand still.
    pub(crate) fn is_paused(&self, current: &Current) -> bool {
        current.workflows.iter().any(|head| head.id == self.run.workflow && head.paused)
    }

    /// Parks the step: its workflow's version cannot be read.
    pub(crate) async fn park_unreadable(&self) -> Result<Handled, Unavailable> {
        let run = &self.run;
        let reason = format!("version {} of {} cannot be read", run.version, run.workflow);
        let now = self.ports.clock.now();
        self.settle(&park_unreadable(run, &self.path, now, &reason)).await
    }

    /// Nothing was done.
    pub(crate) async fn give_back(
        &self,
        unavailable: &Unavailable,
    ) -> Result<Handled, Unavailable> {
        let (run, path) = (&*self.run, &self.path);
        let pause = if unavailable.is_newer() {
            newer::log_once(unavailable);
            AFTER_NEWER
        } else {
            tracing::warn!(run.id = %run.id, step.id = %path, error = %unavailable.logged(),
                "a claim is given back");
            AFTER_OUTAGE
        };
        let now = self.ports.clock.now();
        self.settle(&give_back(run, path, now, after(now, pause))).await
    }
}
