//! A workflow, as far as the protocol has to know it: where a run goes after a step.

use super::retry::RetryCurve;
use crate::ids::StepPath;
use crate::runs::{ItemEnd, Items, Run, StepPlan};
use crate::time::Timestamp;
use serde_json::Value;

/// Where a run goes after a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Advance {
    /// How the items of a branch ended that it leaves behind, the one that it worked on first.
    pub ended_items: Vec<ItemEnd>,
    /// Steps that it passes on the way, since the last of these items.
    pub passed: Vec<Passed>,
    /// What is worked on next.
    pub next: Next,
}

/// A step that a run passes: nobody has to work on it.
#[derive(Clone, Debug, PartialEq)]
pub enum Passed {
    /// It is not needed, for this reason.
    Skipped(StepPlan, String),
    /// It was decided, and gave this.
    Decided(StepPlan, Value),
}

/// What is worked on next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// This step.
    Step(StepPlan),
    /// Nothing until then: this step waits.
    Wait(StepPlan, Timestamp),
    /// Nothing until the branches of this loop have ended.
    Loop(StepPlan, Items),
    /// Nothing: the run ends, or the branch.
    End,
    /// Nothing: the run is cancelled.
    Cancel,
}

impl Advance {
    /// There, past nothing.
    pub fn to(next: Next) -> Self {
        Self { ended_items: Vec::new(), passed: Vec::new(), next }
    }
}

/// The workflow, as far as the protocol has to know it.
pub trait Flow: Send + Sync {
    /// Where a new run goes first.
    fn beginning(&self, run: &Run, now: Timestamp) -> Advance;
    /// Where the run goes after `path`, whose record in `run` is still the one before its end.
    fn advance(&self, run: &Run, path: &StepPath, ended: Ended<'_>, now: Timestamp) -> Advance;
    /// Whether the run goes on when this step fails: past the step, or past the item of the loop that it
    /// belongs to.
    fn continues_on_error(&self, path: &StepPath) -> bool;
    /// The first step below `on_failure`.
    fn first_on_failure(&self) -> Option<StepPlan>;
    /// How often and how far apart the step is tried.
    fn retry_curve(&self, path: &StepPath) -> RetryCurve;
}

/// How a step ended, as the steps after it see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ended<'a> {
    /// It gave this.
    Done(&'a Value),
    /// It was not needed.
    Skipped,
    /// It failed, and the run goes on.
    Failed,
}
