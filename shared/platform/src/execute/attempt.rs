//! One attempt at a claimed step: what it is made of.

use super::executing::Executing;
use tradewind_engine::ids::StepPath;
use tradewind_engine::ports::Receipt;
use tradewind_engine::runs::{Run, StepRecord};

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

    /// The record of the step.
    pub(super) fn step(&self) -> Option<&StepRecord> {
        self.run.steps.get(self.path)
    }
}
