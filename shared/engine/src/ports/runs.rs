//! Keeping runs.

use super::{Page, Place, Unavailable};
use crate::ids::{EventId, RunId, WorkflowId};
use crate::runs::{Run, RunState};
use crate::time::Timestamp;
use async_trait::async_trait;

/// Which runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Of this workflow.
    pub workflow: Option<WorkflowId>,
    /// In this state.
    pub state: Option<RunState>,
    /// Only those that may wait for a time, an event, people or their turn: see [`Run::may_wait`].
    pub is_waiting: bool,
    /// Of this event.
    pub event: Option<EventId>,
    /// Started before this run, in the order of the list: for the next page. None where it is gone.
    pub before: Option<RunId>,
    /// At most so many.
    pub limit: usize,
}

/// What has had its time: whatever is older than this is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// Runs, events, letters that belong to no run, jobs that are not open, and the audit log.
    pub history: Timestamp,
    /// Letters of the dispatch queue: they hold an event with its data, which sending it back needs.
    pub events_given_up: Timestamp,
    /// Answers to repeated requests.
    pub replies: Timestamp,
}

/// The runs.
#[async_trait]
pub trait Runs: Send + Sync {
    /// The run.
    async fn read(&self, run: &RunId) -> Result<Option<Run>, Unavailable>;
    /// The newest first.
    async fn list(&self, filter: &RunFilter) -> Result<Page<Run, RunId>, Unavailable>;
    /// Runs whose `check_at` is not after `now`, the oldest first: a page of at most `limit` rows
    /// behind that place.
    async fn due(
        &self,
        now: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Page<Run, Place>, Unavailable>;
    /// A run that cannot be read and that was met at this place is due again at `until` instead. The
    /// run itself stays as it is, and so does one that was changed since.
    async fn postpone_check(&self, met: &Place, until: Timestamp) -> Result<(), Unavailable>;
    /// Runs that ended before `ended_before` and still hold data, without the branches of their loops: a page
    /// of at most `limit` rows behind that place.
    async fn unredacted(
        &self,
        ended_before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Page<Run, Place>, Unavailable>;
    /// The branches of the run's loops, those of the loops within them as well, in any order.
    async fn branches(&self, run: &RunId) -> Result<Vec<RunId>, Unavailable>;
    /// Removes runs that ended, and events that were accepted, before that time, with all that
    /// belongs to them, and whatever else has had its time, at most `limit`; returns how many. A branch
    /// goes with its run alone. An event with a run that stays is kept, and so is what a newer tradewind
    /// wrote, and the run of such a branch.
    async fn purge(&self, expiry: &Expiry, limit: usize) -> Result<usize, Unavailable>;
}
