//! One attempt at a claimed step.
//!
//! Invariant: a claim that led to no call because a store did not answer is given back; left alone,
//! it would look as if the call might have been made.

use super::Executing;
use super::prepare::Ready;
use crate::Handled;
use crate::newer;
use std::time::Duration;
use tradewind_engine::ids::StepPath;
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::protocol::{give_back, park_unreadable};
use tradewind_engine::runs::{Run, StepRecord};
use tradewind_engine::time::after;

/// When a step is looked at again that could not be looked at now.
const AFTER_OUTAGE: Duration = Duration::from_secs(15);
/// The same where a newer tradewind has to come first.
const AFTER_NEWER: Duration = Duration::from_secs(60);

/// An attempt at a step that was just claimed.
pub(super) struct Attempt<'a> {
    pub(super) ports: &'a Executing,
    /// The message that asked for it.
    pub(super) receipt: &'a Receipt,
    /// The run as the claim left it.
    pub(super) run: Box<Run>,
    /// The step.
    pub(super) path: &'a StepPath,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(
        ports: &'a Executing,
        receipt: &'a Receipt,
        run: Box<Run>,
        path: &'a StepPath,
    ) -> Self {
        Self { ports, receipt, run, path }
    }

    /// From the claim to the record.
    pub(super) async fn work(mut self) -> Result<Handled, Unavailable> {
        match self.prepare().await {
            Ok(Ready::Call(compiled, prepared)) => {
                let called = self.call(&prepared).await;
                Ok(self.record(&compiled, Some(&prepared.implementation), called).await)
            }
            Ok(Ready::NoCall(compiled, outcome)) => {
                Ok(self.record(&compiled, None, outcome.into()).await)
            }
            Ok(Ready::Unreadable(reason)) => {
                let now = self.ports.clock.now();
                self.settle(&park_unreadable(&self.run, self.path, now, &reason)).await
            }
            Err(unavailable) => self.give_back(&unavailable).await,
        }
    }

    /// No call was made.
    async fn give_back(&self, unavailable: &Unavailable) -> Result<Handled, Unavailable> {
        let (run, path) = (&*self.run, self.path);
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

    /// The record of the step.
    pub(super) fn step(&self) -> Option<&StepRecord> {
        self.run.steps.get(self.path)
    }
}
