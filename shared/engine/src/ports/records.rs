//! Reading what has been kept: runs, events, and the letters that were given up on.

use super::{Page, Place, Unavailable};
use crate::events::{EVENT_VERSION, Event};
use crate::ids::{EventId, RunId, WorkflowId};
use crate::protocol::WakeUp;
use crate::runs::{Run, RunState};
use crate::stored::StoredForm;
use crate::time::Timestamp;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Which runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Of this workflow.
    pub workflow: Option<WorkflowId>,
    /// In this state.
    pub state: Option<RunState>,
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
    /// Runs that ended before `ended_before` and still hold data: a page of at most `limit` rows
    /// behind that place.
    async fn unredacted(
        &self,
        ended_before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Page<Run, Place>, Unavailable>;
    /// Removes runs that ended, and events that were accepted, before that time, with all that
    /// belongs to them, and whatever else has had its time, at most `limit`; returns how many. An
    /// event with a run that stays is kept, and so is what a newer tradewind wrote.
    async fn purge(&self, expiry: &Expiry, limit: usize) -> Result<usize, Unavailable>;
}

/// What a workflow made of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The workflow.
    pub workflow: WorkflowId,
    /// The version that was asked.
    pub version: u32,
    /// What it said.
    pub decision: Decision,
}

/// Whether a workflow takes an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// This run works on it.
    Run(RunId),
    /// Its `if` did not hold, or it was not enabled yet: with the reason.
    NoMatch(String),
    /// Its `if` or `once_per` could not be evaluated: with the reason.
    Error(String),
}

/// An event with what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventRecord {
    /// The event; its data is empty once redacted.
    pub event: Event,
    /// What the workflows that listen to it said. None: nobody listens.
    pub verdicts: Vec<Verdict>,
    /// When its data was removed.
    pub redacted_at: Option<Timestamp>,
}

impl EventRecord {
    /// The first record of an event stays, except that one with an error makes way for the next, and
    /// so does that of a delivery which was not read yet.
    pub fn makes_way(&self) -> bool {
        let unmapped = self.event.unmapped();
        unmapped.is_some_and(|unmapped| unmapped.read_as.is_none())
            || self.verdicts.iter().any(|verdict| matches!(verdict.decision, Decision::Error(_)))
    }

    /// Removes its data.
    pub fn redact(&mut self, now: Timestamp) {
        self.event.data.clear();
        self.event.raw = None;
        // They name keys of the body.
        self.event.notes.clear();
        self.redacted_at.get_or_insert(now);
    }
}

impl StoredForm for EventRecord {
    const KIND: &'static str = "event";
    const VERSION: u32 = EVENT_VERSION;
}

/// The events.
#[async_trait]
pub trait Events: Send + Sync {
    /// The event.
    async fn read(&self, event: &EventId) -> Result<Option<EventRecord>, Unavailable>;
    /// The newest first, at most `limit`, those accepted before `before`'s where it is given; none
    /// where that one is gone.
    async fn list(
        &self,
        before: Option<&EventId>,
        limit: usize,
    ) -> Result<Page<EventRecord, EventId>, Unavailable>;
    /// Events that were accepted before `accepted_before` and still hold data, without a run that
    /// does: a page of at most `limit` rows behind that place.
    async fn unredacted(
        &self,
        accepted_before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Page<EventId, Place>, Unavailable>;
    /// Removes the data of the event; no error when it is not there.
    async fn redact(&self, event: &EventId, now: Timestamp) -> Result<(), Unavailable>;
}

/// The queue that events wait in for being dispatched.
pub const DISPATCH_QUEUE: &str = "dispatch";

impl StoredForm for DeadLetter {
    const KIND: &'static str = "dead letter";
    const VERSION: u32 = 1;
}

/// A message that was given up on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its id.
    pub id: String,
    /// The queue that it goes back to: an action's id, or [`DISPATCH_QUEUE`].
    pub queue: String,
    /// The message: a wake-up, an event, or what could not be read.
    pub body: String,
    /// Why it was given up on.
    pub reason: String,
    /// When it was given up.
    pub at: Timestamp,
}

/// The dead letters of all queues.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// The newest first, at most `limit`.
    async fn list(&self, limit: usize) -> Result<Vec<DeadLetter>, Unavailable>;
    /// The letter; `None` when it is not there.
    async fn letter(&self, id: &str) -> Result<Option<DeadLetter>, Unavailable>;
    /// Removes the letter, because what it tells of was seen to; false when it is not there.
    async fn dismiss(&self, id: &str) -> Result<bool, Unavailable>;
    /// Sends the letter back to its queue; false when it is not there.
    async fn redrive(&self, id: &str) -> Result<bool, Unavailable>;
    /// Removes this letter and older ones of the same step, because the run was taken up again
    /// otherwise. A newer letter tells of what has happened since: it stays.
    async fn settle(&self, letter: &WakeUp) -> Result<(), Unavailable>;
}
