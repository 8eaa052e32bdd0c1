//! Bulk work as a stored job, which is done slice by slice.
//!
//! Invariant: a job covers what stood so when it was asked for; what changes later is not its work,
//! so a slice that is done twice does no harm.

use crate::ids::{JobId, RunId, WorkflowId};
use crate::runs::RunState;
use crate::stored::StoredForm;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The version of the stored form of a job.
pub const JOB_VERSION: u32 = 1;

/// The same thing done with many runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Version of this form: [`JOB_VERSION`].
    pub v: u32,
    /// Its id.
    pub id: JobId,
    /// What is done.
    pub work: JobWork,
    /// Where it stands.
    pub state: JobState,
    /// Where it goes on.
    pub cursor: JobCursor,
    /// Runs that it was done with.
    pub done: u64,
    /// Runs that it could not be done with.
    pub refused: u64,
    /// The first of these.
    pub refusals: Vec<JobRefusal>,
    /// How often in a row the next runs could not be seen to, because a store did not answer.
    pub tries: u32,
    /// Until then one process works on it.
    pub leased_until: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When something was last done for it.
    pub updated_at: Timestamp,
    /// How often it was saved.
    pub revision: u64,
}

/// What is done with runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobWork {
    /// FAILED and PARKED runs are taken up again.
    ReplayRuns(ReplayRuns),
    /// The runs of a workflow get their wake-ups, none of them before that time.
    WakeRuns {
        /// The workflow.
        workflow: WorkflowId,
        /// Workers may take the pause from memory until then.
        not_before: Timestamp,
    },
}

/// Which runs are taken up again, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayRuns {
    /// Those of this workflow.
    pub workflow: Option<WorkflowId>,
    /// Those in this state; otherwise FAILED ones, then PARKED ones.
    pub state: Option<RunState>,
    /// Those that were started then or later.
    pub since: Option<Timestamp>,
    /// Those that were started before.
    pub until: Option<Timestamp>,
    /// A second effect is accepted where the provider may have forgotten the first.
    pub force: bool,
    /// They are only counted.
    pub dry_run: bool,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It goes on.
    Open,
    /// All runs were seen to.
    Done,
    /// As many runs were seen to as one job may; there may be more.
    Full,
}

/// Where a job goes on: runs are taken state by state, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobCursor {
    /// With runs in this state.
    pub state: RunState,
    /// With those that were started before this one.
    pub before: Option<RunId>,
}

/// A run that it could not be done with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRefusal {
    /// The run.
    pub run: RunId,
    /// Why.
    pub reason: String,
}

impl Job {
    /// Nothing is done yet.
    pub fn new(id: JobId, work: JobWork, now: Timestamp) -> Self {
        let cursor = JobCursor { state: work.states()[0], before: None };
        Self {
            v: JOB_VERSION,
            id,
            work,
            state: JobState::Open,
            cursor,
            done: 0,
            refused: 0,
            refusals: Vec::new(),
            tries: 0,
            leased_until: None,
            created_at: now,
            updated_at: now,
            revision: 0,
        }
    }
}

impl StoredForm for Job {
    const KIND: &'static str = "job";
    const VERSION: u32 = JOB_VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}

impl JobWork {
    /// The states of the runs that it is done with, in their order.
    pub fn states(&self) -> &'static [RunState] {
        match self {
            Self::WakeRuns { .. } => &[RunState::Active, RunState::Failing],
            Self::ReplayRuns(replay) => match replay.state {
                Some(RunState::Failed) => &[RunState::Failed],
                Some(RunState::Parked) => &[RunState::Parked],
                _ => &[RunState::Failed, RunState::Parked],
            },
        }
    }

    /// The workflow whose runs it is done with, where it is one.
    pub fn workflow(&self) -> Option<&WorkflowId> {
        match self {
            Self::WakeRuns { workflow, .. } => Some(workflow),
            Self::ReplayRuns(replay) => replay.workflow.as_ref(),
        }
    }
}
