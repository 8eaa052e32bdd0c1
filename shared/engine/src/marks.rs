//! Marks: by them a run that an event may cancel, or a step that waits for an event, and that event find each
//! other, whichever comes first.
//!
//! Both leave a mark below one key, made of the workflow, the event's name and the value that both have in
//! common, and look there for the other afterwards.
//!
//! Invariant: a mark is left before the other is looked for, so that of two that come at once at least one
//! finds the other. A mark decides nothing: the run's record does.

use crate::definitions::Listening;
use crate::digests::hex;
use crate::ids::{EventId, RunId, StepPath, WorkflowId};
use crate::stored::StoredForm;
use crate::time::Timestamp;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

/// The newest version of the stored form of a mark.
pub const MARK_VERSION: u32 = 2;
/// That of one that is not of a step: whoever does not know of others goes on with it.
const MARK_VERSION_PLAIN: u32 = 1;

/// Where marks stand that belong together: a digest, for the value may be somebody's address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MarkKey(pub String);

/// What a run, a step or an event left behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Version of this form: at most [`MARK_VERSION`].
    pub v: u32,
    /// Where it stands.
    pub key: MarkKey,
    /// Whose it is.
    pub of: Marked,
}

/// Whose mark it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Marked {
    /// Of a run that such an event is to cancel.
    Run {
        /// The run.
        run: RunId,
        /// The event that starts it: a run of that id which another event has started is not meant.
        started_by: EventId,
        /// Events count that were accepted then or later.
        since: Timestamp,
    },
    /// Of a step that waits for such an event; below the key of an event itself, of one that went on by it.
    Step {
        /// The run, or the branch.
        run: RunId,
        /// The step.
        path: StepPath,
        /// Until when it waits; when it went on.
        until: Timestamp,
    },
    /// Of such an event.
    Event {
        /// The event.
        event: EventId,
        /// When it was accepted.
        accepted_at: Timestamp,
    },
}

impl MarkKey {
    /// The key of this value for what a workflow listens to.
    pub fn of(workflow: &WorkflowId, listening: &Listening, value: &str) -> Self {
        let mut digest = Context::new(&SHA256);
        let from = listening.from.as_ref().map_or("", |from| from.as_str());
        for part in [workflow.as_str(), &listening.event, from, &listening.key, value] {
            // The length first, so that no two different lists run together.
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        Self(hex(&digest.finish().as_ref()[..16]))
    }

    /// Where the steps stand that went on by an event.
    pub fn went_on(event: &EventId) -> Self {
        let mut digest = Context::new(&SHA256);
        digest.update(b"went on by ");
        digest.update(event.as_str().as_bytes());
        Self(hex(&digest.finish().as_ref()[..16]))
    }
}

impl Mark {
    /// The mark of this run, step or event.
    pub fn new(key: MarkKey, of: Marked) -> Self {
        let v = match of {
            Marked::Step { .. } => MARK_VERSION,
            Marked::Run { .. } | Marked::Event { .. } => MARK_VERSION_PLAIN,
        };
        Self { v, key, of }
    }

    /// What tells it from others below its key.
    pub fn id(&self) -> String {
        match &self.of {
            Marked::Run { run, started_by, .. } => format!("RUN#{run}#{started_by}"),
            Marked::Step { run, path, .. } => format!("STEP#{run}#{path}"),
            Marked::Event { event, .. } => format!("EVENT#{event}"),
        }
    }

    /// The run whose mark it is: it goes with it.
    pub fn run(&self) -> Option<&RunId> {
        match &self.of {
            Marked::Run { run, .. } | Marked::Step { run, .. } => Some(run),
            Marked::Event { .. } => None,
        }
    }

    /// The moment that it is about.
    pub fn at(&self) -> Timestamp {
        match self.of {
            Marked::Run { since, .. } => since,
            Marked::Step { until, .. } => until,
            Marked::Event { accepted_at, .. } => accepted_at,
        }
    }
}

impl StoredForm for Mark {
    const KIND: &'static str = "mark";
    const VERSION: u32 = MARK_VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}
