//! The record of a run.

use super::step::StepRecord;
use crate::ids::{ConnectionName, EventId, RunId, StepPath, WorkflowId};
use crate::stored::StoredForm;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The version of the stored form of a run.
pub const RUN_VERSION: u32 = 1;

/// A workflow working on one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Version of this form: [`RUN_VERSION`].
    pub v: u32,
    /// Made of workflow, connection, key and generation.
    pub id: RunId,
    /// The workflow.
    pub workflow: WorkflowId,
    /// The version of the workflow that the run started with and ends with.
    pub version: u32,
    /// The event that started it.
    pub event: EventId,
    /// The connection that the event came through.
    pub connection: Option<ConnectionName>,
    /// The business key: what `once_per` gave, or the event's id.
    pub key: String,
    /// Raised only when somebody asks for the same work again.
    pub generation: u32,
    /// The provider's test mode.
    pub test: bool,
    /// Where it stands.
    pub state: RunState,
    /// How often it was taken up again by a person.
    #[serde(rename = "gen")]
    pub resumed: u32,
    /// The fields of `trigger` that the workflow refers to; null once redacted.
    pub input: Value,
    /// What became of the steps that were reached.
    pub steps: BTreeMap<StepPath, StepRecord>,
    /// What FAILING, FAILED and PARKED are about.
    pub failure: Option<Failure>,
    /// The dead letter of this FAILED or PARKED has been sent.
    pub dead_lettered: bool,
    /// Its end is not announced: a run that was started by the end of another run.
    pub quiet: bool,
    /// How many times it moved on.
    pub hops: u32,
    /// When the sweeper looks at it; `None` when nothing is left to do.
    pub check_at: Option<Timestamp>,
    /// When it was started.
    pub created_at: Timestamp,
    /// The revision of what was applied that the receiver of its event knew of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// When it reached its present end.
    pub ended_at: Option<Timestamp>,
    /// When its data was removed.
    pub redacted_at: Option<Timestamp>,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Its steps are being worked on.
    Active,
    /// A step has failed; the steps below `on_failure` are being worked on.
    Failing,
    /// All is done.
    Succeeded,
    /// A permanent answer, bad data, or no tries left.
    Failed,
    /// Only a person can know or repair.
    Parked,
    /// A person stopped it.
    Cancelled,
}

/// What went wrong, for people and for `on_failure` steps.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Failure {
    /// The step.
    pub step: StepPath,
    /// What was said, without secrets.
    pub reason: String,
    /// How many times it was tried.
    pub attempts: u32,
    /// What a person can do about it.
    pub kind: FailureKind,
}

/// What a person can do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// Refused for good, or no tries left: repair the cause and replay.
    Failed,
    /// It may have happened: find out and resolve.
    UnknownOutcome,
    /// Credentials, a connection or a secret: repair and replay.
    NeedsRepair,
}

impl RunState {
    /// Nothing more happens unless somebody asks for it.
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Active | Self::Failing)
    }

    /// Ends that a person has to see.
    pub fn needs_a_person(self) -> bool {
        matches!(self, Self::Failed | Self::Parked)
    }

    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Failing => "failing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Parked => "parked",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Run {
    /// Whether the step may be worked on while the run stands as it does.
    pub fn works_on(&self, path: &StepPath) -> bool {
        match self.state {
            RunState::Active => !path.is_on_failure(),
            RunState::Failing => path.is_on_failure(),
            _ => false,
        }
    }
}

impl StoredForm for Run {
    const KIND: &'static str = "run";
    const VERSION: u32 = RUN_VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}
