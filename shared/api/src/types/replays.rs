//! Replays of many runs.

use serde::{Deserialize, Serialize};
use tradewind_engine::jobs::{Job, JobRefusal, JobState, ReplayRuns};
use tradewind_engine::runs;
use tradewind_engine::time::Timestamp;
use utoipa::ToSchema;

/// Take all failed and parked runs up again that were started in a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartReplay {
    /// Only those of this workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Only those in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<StoppedState>,
    /// Only those that were started then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Only those that were started before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Accept that a step may happen twice, where its provider may have forgotten the first try.
    #[serde(default)]
    pub force: bool,
    /// Only count them.
    #[serde(default)]
    pub dry_run: bool,
}

/// A state in which a run waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StoppedState {
    /// A permanent answer, bad data, or no tries left.
    Failed,
    /// Only a person can know or repair.
    Parked,
}

/// A replay of many runs. It covers what had stopped when it was asked for, and goes on by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Replay {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: ReplayState,
    /// Which runs are taken up, and how.
    pub runs: StartReplay,
    /// How many were taken up; with `dry_run`, how many would be.
    pub replayed: u64,
    /// How many could not be taken up.
    pub refused: u64,
    /// The first of these.
    pub refusals: Vec<ReplayRefusal>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was last worked on.
    pub updated_at: Timestamp,
}

/// Where a replay of many runs stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplayState {
    /// It goes on.
    Open,
    /// All runs were seen to.
    Done,
    /// As many runs were seen to as one replay may; ask again for the rest.
    Full,
}

/// A run that could not be taken up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReplayRefusal {
    /// The run.
    pub run: String,
    /// Why.
    pub reason: String,
}

impl Replay {
    pub(crate) fn new(job: Job, runs: ReplayRuns) -> Self {
        let state = match job.state {
            JobState::Open => ReplayState::Open,
            JobState::Done => ReplayState::Done,
            JobState::Full => ReplayState::Full,
        };
        Self {
            id: job.id.0,
            state,
            runs: StartReplay::from(runs),
            replayed: job.done,
            refused: job.refused,
            refusals: job.refusals.into_iter().map(ReplayRefusal::from).collect(),
            created_at: job.created_at,
            updated_at: job.updated_at,
        }
    }
}

impl From<ReplayRuns> for StartReplay {
    fn from(runs: ReplayRuns) -> Self {
        let ReplayRuns { workflow, state, since, until, force, dry_run } = runs;
        let state = match state {
            Some(runs::RunState::Failed) => Some(StoppedState::Failed),
            Some(runs::RunState::Parked) => Some(StoppedState::Parked),
            _ => None,
        };
        Self { workflow: workflow.map(|id| id.0), state, since, until, force, dry_run }
    }
}

impl From<StoppedState> for runs::RunState {
    fn from(state: StoppedState) -> Self {
        match state {
            StoppedState::Failed => Self::Failed,
            StoppedState::Parked => Self::Parked,
        }
    }
}

impl From<JobRefusal> for ReplayRefusal {
    fn from(refusal: JobRefusal) -> Self {
        Self { run: refusal.run.0, reason: refusal.reason }
    }
}
