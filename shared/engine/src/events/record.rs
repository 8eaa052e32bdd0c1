//! An event with what became of it.

use super::{
    EVENT_VERSION, EVENT_VERSION_AWAITED, EVENT_VERSION_EMITTED, EVENT_VERSION_PLAIN, Event,
};
use crate::holds::HoldKey;
use crate::ids::{EventId, RunId, WorkflowId};
use crate::stored::StoredForm;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

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

/// Whether a workflow takes an event. A record with it has [`Decision::version`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// This run works on it.
    Run(RunId),
    /// It cancelled these runs.
    Cancelled(Vec<RunId>),
    /// It is held, to be one run with others.
    Held(Holding),
    /// Its run works on a newer event in its place.
    Folded(Folding),
    /// Runs of it wait for such an event, or may come to. Those that went on by it left a mark below
    /// [`MarkKey::went_on`](crate::marks::MarkKey::went_on).
    Awaited,
    /// Its `if` did not hold, or it was not enabled yet: with the reason.
    NoMatch(String),
    /// Its `if` or `once_per` could not be evaluated: with the reason.
    Error(String),
}

/// An event is held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Holding {
    /// Where.
    pub hold: HoldKey,
    /// Until when, as it stood when the event came: what comes later may move it.
    pub until: Timestamp,
}

/// A newer event stands for this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Folding {
    /// The newer one.
    pub into: EventId,
    /// The run that works on that.
    pub run: RunId,
}

impl Decision {
    /// The version of a record with it: whoever knows only what is older leaves that alone.
    pub fn version(&self) -> u32 {
        match self {
            Self::Run(_) | Self::NoMatch(_) | Self::Error(_) => EVENT_VERSION_PLAIN,
            Self::Cancelled(_) => EVENT_VERSION_EMITTED,
            Self::Awaited => EVENT_VERSION_AWAITED,
            Self::Held(_) | Self::Folded(_) => EVENT_VERSION,
        }
    }
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

    /// What the workflow said of it.
    pub fn verdict(&self, workflow: &WorkflowId) -> Option<&Verdict> {
        let mut own = self.verdicts.iter().filter(|verdict| verdict.workflow == *workflow);
        own.find(|verdict| !matches!(verdict.decision, Decision::Cancelled(_)))
    }

    /// The verdict takes the place of the one by which the workflow held the event. False: there is none such.
    pub fn settle(&mut self, settled: &Verdict) -> bool {
        let mut held = self.verdicts.iter_mut().filter(|verdict| {
            verdict.workflow == settled.workflow && matches!(verdict.decision, Decision::Held(_))
        });
        let Some(verdict) = held.next() else { return false };
        *verdict = settled.clone();
        true
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
