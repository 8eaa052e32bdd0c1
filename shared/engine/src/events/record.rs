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
    Held(HeldIn),
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
pub struct HeldIn {
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
    /// Whether the workflow has begun something with the event: nothing that is decided later undoes that.
    pub fn has_begun(&self) -> bool {
        matches!(self, Self::Run(_) | Self::Held(_) | Self::Folded(_))
    }

    /// Whether it says nothing of a run that the event starts.
    fn is_aside(&self) -> bool {
        matches!(self, Self::Cancelled(_) | Self::Awaited)
    }

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
    /// The first record of an event stays, but for what is begun with the event later; except that one with an error
    /// makes way for the next, and so does that of a delivery which was not read yet. What was removed does not come
    /// back.
    pub fn makes_way(&self) -> bool {
        let unmapped = self.event.unmapped();
        let is_error = |verdict: &Verdict| matches!(verdict.decision, Decision::Error(_));
        self.redacted_at.is_none()
            && (unmapped.is_some_and(|unmapped| unmapped.read_as.is_none())
                || self.verdicts.iter().any(is_error))
    }

    /// What is to be kept in its place once `next` was decided; nothing where this one stays. What a workflow
    /// has begun with the event stays as it is here: whoever decided may have looked before that. What one began
    /// later, when the event came again, is told beside it, also where it had not taken the event before.
    pub fn replaced_by(&self, next: &Self) -> Option<Self> {
        if !self.makes_way() {
            return self.with_begun(next);
        }
        let begun: Vec<&Verdict> =
            self.verdicts.iter().filter(|verdict| verdict.decision.has_begun()).collect();
        let is_told_of = |verdict: &&Verdict| {
            verdict.decision.is_aside()
                || begun.iter().all(|begun| begun.workflow != verdict.workflow)
        };
        let others = next.verdicts.iter().filter(is_told_of);
        let verdicts = begun.iter().copied().chain(others).cloned().collect();
        let event = Event { v: next.event.v.max(self.event.v), ..next.event.clone() };
        Some(Self { event, verdicts, redacted_at: next.redacted_at })
    }

    /// With what workflows have begun by `next` that have begun nothing here; nothing where there is no such, or
    /// where the data was removed: such a record is done with, and may be gone before that run. The event is as old
    /// as it is, however often it comes.
    fn with_begun(&self, next: &Self) -> Option<Self> {
        let has_begun = |workflow: &WorkflowId| {
            let mut own = self.verdicts.iter().filter(|verdict| verdict.workflow == *workflow);
            own.any(|verdict| verdict.decision.has_begun())
        };
        let is_new =
            |verdict: &&Verdict| verdict.decision.has_begun() && !has_begun(&verdict.workflow);
        let begun: Vec<&Verdict> = next.verdicts.iter().filter(is_new).collect();
        if begun.is_empty() || self.redacted_at.is_some() {
            return None;
        }
        let stays = |verdict: &&Verdict| {
            verdict.decision.is_aside()
                || begun.iter().all(|begun| begun.workflow != verdict.workflow)
        };
        let own = self.verdicts.iter().filter(stays);
        // What a workflow made of the event stands before what it did aside.
        let verdicts = begun.iter().copied().chain(own).cloned().collect();
        let event = Event {
            v: next.event.v.max(self.event.v),
            accepted_at: self.event.accepted_at,
            revision: self.event.revision,
            // A store may not have read the data of the one that it has; it is the same.
            ..next.event.clone()
        };
        Some(Self { event, verdicts, redacted_at: None })
    }

    /// Whether a workflow holds it still: its data stays until the run has begun that this leads to.
    pub fn is_held(&self) -> bool {
        self.verdicts.iter().any(|verdict| matches!(verdict.decision, Decision::Held(_)))
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
