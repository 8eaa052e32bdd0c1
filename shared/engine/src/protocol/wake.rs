//! The queue message that says "look at this path of this run". It carries no data.

use crate::ids::{RunId, StepPath};
use crate::stored::StoredForm;
use serde::{Deserialize, Serialize};

/// The newest version of the message.
pub const WAKE_VERSION: u32 = 2;
/// That of one that is about a step: whoever does not know of others goes on with it.
const WAKE_VERSION_PLAIN: u32 = 1;

/// Look at this path of this run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WakeUp {
    /// Version of this form: at most [`WAKE_VERSION`].
    pub v: u32,
    /// The run.
    pub run: RunId,
    /// The step.
    pub path: StepPath,
    /// Set in dead letters: what was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<WakeKind>,
    /// Set in dead letters: the fence that the step had; another one means that the letter is old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<u32>,
}

/// What a dead letter stands for. Sent back to its queue, it asks for a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WakeKind {
    /// The step failed.
    Failed,
    /// The step is parked.
    Parked,
}

impl StoredForm for WakeUp {
    const KIND: &'static str = "wake-up";
    const VERSION: u32 = WAKE_VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}

impl WakeUp {
    /// Look at `path` of `run`.
    pub fn new(run: &RunId, path: &StepPath) -> Self {
        let (run, path) = (run.clone(), path.clone());
        Self { v: WAKE_VERSION_PLAIN, run, path, kind: None, fence: None }
    }

    /// Whether `other` is about the same step and not newer.
    pub fn covers(&self, other: &Self) -> bool {
        self.run == other.run && self.path == other.path && other.fence <= self.fence
    }
}
