//! Runs, and what people may do with them.

use super::{RunStep, cut_reason, word_of};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tradewind_engine::runs::{self, KEY_BYTES_MAX, Run};
use tradewind_engine::texts::cut;
use tradewind_engine::time::Timestamp;
use utoipa::ToSchema;

/// A page of runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunList {
    /// The newest first.
    pub runs: Vec<RunSummary>,
    /// Given as `before`, it asks for the next page; nothing when this was the last.
    pub next: Option<String>,
    /// Those of this page that are left out, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOut>,
}

/// What a list leaves out because it cannot be read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeftOut {
    /// Written by a newer Tradewind, which goes on with them.
    pub newer: usize,
    /// Damaged: see the log for their ids.
    pub damaged: usize,
}

impl LeftOut {
    /// Nothing where nothing is left out.
    pub(crate) fn of((newer, damaged): (usize, usize)) -> Option<Self> {
        (newer + damaged > 0).then_some(Self { newer, damaged })
    }
}

/// A workflow working on one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunSummary {
    /// The run.
    pub id: String,
    /// The workflow.
    pub workflow: String,
    /// The version that the run started with and ends with.
    pub version: u32,
    /// The event that started it.
    pub event: String,
    /// The connection that the event came through.
    pub connection: Option<String>,
    /// The business key: what `once_per` gave, or the event's id.
    pub key: String,
    /// Raised only when somebody asks for the same work again.
    pub generation: u32,
    /// The provider's test mode.
    pub test: bool,
    /// Where it stands.
    pub state: RunState,
    /// How often it was taken up again by a person.
    pub taken_up: u32,
    /// What went wrong.
    pub failure: Option<Failure>,
    /// What it waits for, where it does. Of a loop of which all that is open waits, what ends first: in the list
    /// of runs that wait, and there alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Wait>,
    /// The event that cancelled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<String>,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it reached its present end.
    pub ended_at: Option<Timestamp>,
    /// When its data was removed.
    pub redacted_at: Option<Timestamp>,
}

/// What a run waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Wait {
    /// The step that waits.
    pub step: String,
    /// What it does: `wait`, `approval` where people decide, or `concurrency` where other runs are before it.
    pub action: String,
    /// The event that it waits for, such as `shipment.shipped`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// The messages of an approval that did not go out, each by its step, such as `ask[ops]`: whoever they were for
    /// has no link.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<String>,
}

/// A run with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunDetail {
    /// The run.
    pub run: RunSummary,
    /// The fields of `trigger` that the workflow refers to; nothing once they were removed.
    pub trigger: Value,
    /// All steps in the order of the workflow, those of `on_failure` where they were reached.
    pub steps: Vec<RunStep>,
    /// Where it stands among the runs that it waits for, where it waits for its turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// What a person can do next, for people.
    pub hint: String,
    /// What a person can do next, for programs.
    pub can: Vec<RunAction>,
}

/// Where a run stands that waits for its turn (`concurrency`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Turn {
    /// How many runs of its key are at work.
    pub at_work: usize,
    /// How many may be at the same time.
    pub max: u32,
    /// How many wait before it.
    pub before: usize,
}

/// What a person can do with a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunAction {
    /// Take it up again at the step that stopped it.
    Replay,
    /// The same, accepting that the step may happen twice.
    ForceReplay,
    /// Say what became of the step that parked it.
    Resolve,
    /// Stop it.
    Cancel,
    /// Say yes or no to what it asks.
    Approve,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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

/// Which runs are looked for: those in a state, or those that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SoughtState {
    /// Active and failing ones that wait for a time, an event or people.
    Waiting,
    /// [`RunState::Active`].
    Active,
    /// [`RunState::Failing`].
    Failing,
    /// [`RunState::Succeeded`].
    Succeeded,
    /// [`RunState::Failed`].
    Failed,
    /// [`RunState::Parked`].
    Parked,
    /// [`RunState::Cancelled`].
    Cancelled,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// The step.
    pub step: String,
    /// What was said.
    pub reason: String,
    /// How many times it was tried.
    pub attempts: u32,
    /// What a person can do about it.
    pub kind: FailureKind,
}

/// What a person can do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// Refused for good, or no tries left: repair the cause and replay.
    Failed,
    /// It may have happened: find out and resolve.
    UnknownOutcome,
    /// Credentials, a connection or a secret: repair and replay.
    NeedsRepair,
}

/// Take a failed or parked run up again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayRun {
    /// Accept that the step may happen twice, where the provider may have forgotten the first try.
    #[serde(default)]
    pub force: bool,
    /// Take up the one item of a loop that stopped at this step; without it, all items that stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// Say what became of the step that parked a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveRun {
    /// The step.
    pub step: String,
    /// What became of it.
    pub outcome: Outcome,
    /// With `happened`: what the step gave, where later steps need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
}

/// Say yes or no to what a run asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveRun {
    /// The step that asks, where several do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Yes, or no.
    pub approved: bool,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It happened.
    Happened,
    /// It did not happen: it is done now.
    DidNot,
    /// It is not needed.
    Skip,
}

impl From<&Run> for RunSummary {
    fn from(run: &Run) -> Self {
        Self {
            id: run.id.0.clone(),
            workflow: run.workflow.0.clone(),
            version: run.version,
            event: run.event.0.clone(),
            connection: run.connection.as_ref().map(|connection| connection.0.clone()),
            key: cut(&run.key, KEY_BYTES_MAX),
            generation: run.generation,
            test: run.test,
            state: run.state.into(),
            taken_up: run.resumed,
            failure: run.failure.as_ref().map(Failure::from),
            waits: Wait::of(run),
            cancelled_by: run.cancelled_by.as_ref().map(|event| event.0.clone()),
            created_at: run.created_at,
            ended_at: run.ended_at,
            redacted_at: run.redacted_at,
        }
    }
}

impl Wait {
    /// What the record waits for, where it does.
    pub(crate) fn of(record: &Run) -> Option<Self> {
        record.waiting_step().map(|(path, step)| Self {
            step: path.0.clone(),
            action: word_of(&step.work),
            event: None,
            // Whoever waits in line is told when it is its turn; its time is that of a look.
            until: step.next_at.filter(|_| !step.waits_in_line()),
            untold: record.untold(path).map(|(message, _)| message.0.clone()).collect(),
        })
    }
}

impl SoughtState {
    /// The state; nothing for runs that wait.
    pub(crate) fn state(self) -> Option<runs::RunState> {
        Some(match self {
            Self::Waiting => return None,
            Self::Active => runs::RunState::Active,
            Self::Failing => runs::RunState::Failing,
            Self::Succeeded => runs::RunState::Succeeded,
            Self::Failed => runs::RunState::Failed,
            Self::Parked => runs::RunState::Parked,
            Self::Cancelled => runs::RunState::Cancelled,
        })
    }
}

impl From<&runs::Failure> for Failure {
    fn from(failure: &runs::Failure) -> Self {
        Self {
            step: failure.step.0.clone(),
            reason: cut_reason(&failure.reason),
            attempts: failure.attempts,
            kind: match failure.kind {
                runs::FailureKind::Failed => FailureKind::Failed,
                runs::FailureKind::UnknownOutcome => FailureKind::UnknownOutcome,
                runs::FailureKind::NeedsRepair => FailureKind::NeedsRepair,
            },
        }
    }
}

impl From<runs::RunState> for RunState {
    fn from(state: runs::RunState) -> Self {
        match state {
            runs::RunState::Active => Self::Active,
            runs::RunState::Failing => Self::Failing,
            runs::RunState::Succeeded => Self::Succeeded,
            runs::RunState::Failed => Self::Failed,
            runs::RunState::Parked => Self::Parked,
            runs::RunState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<RunState> for runs::RunState {
    fn from(state: RunState) -> Self {
        match state {
            RunState::Active => Self::Active,
            RunState::Failing => Self::Failing,
            RunState::Succeeded => Self::Succeeded,
            RunState::Failed => Self::Failed,
            RunState::Parked => Self::Parked,
            RunState::Cancelled => Self::Cancelled,
        }
    }
}
