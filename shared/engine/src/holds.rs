//! Holds: events of one key that wait to be one run (`debounce`, `batch`).
//!
//! An event joins the hold of its key by a write on the condition that nobody has written it since it was read.
//! Once it is due the hold is closed: from then on nothing joins it, so that whoever starts its run, however
//! often, starts the same one. Whoever comes meanwhile finishes it first and begins another.
//!
//! Invariant: a hold is removed only after its run exists and each of its events says so, and what says that it
//! is in another run is in no second one.

use crate::digests::hex;
use crate::events::{Decision, Event, Folding, Verdict};
use crate::ids::{ConnectionName, EventId, RunId, StepPath, WorkflowId};
use crate::protocol::{WAKE_VERSION, WakeUp};
use crate::runs::run_id;
use crate::stored::StoredForm;
use crate::time::{Timestamp, after};
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The version of the stored form of a hold.
pub const HOLD_VERSION: u32 = 1;
/// So many events are held for one run at most.
pub const HELD_MAX: usize = 1_000;
/// What is held for one run is not added to once it gives the run so many bytes.
pub const HELD_BYTES_MAX: usize = 2 * 1024 * 1024;
/// A debounced run starts after so many times its length at the latest.
pub const DEBOUNCES_MAX: u32 = 10;
/// And events are held for so long at most: their data is not removed before a day has passed.
pub const HELD_FOR_MAX: Duration = Duration::from_secs(12 * 60 * 60);
/// The path by which a wake-up is about a hold; no step is called so.
const WAKE_PATH: &str = "$hold";
const PREFIX: &str = "hold_";

/// How events become one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldKind {
    /// The newest is worked on, once none has come for a while.
    Debounce,
    /// All of them are worked on.
    Batch,
}

/// For how long events are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldTerms {
    /// What becomes of them.
    pub kind: HoldKind,
    /// From the newest on (debounce), or from the first (batch).
    pub length: Duration,
    /// So many at most.
    pub max: usize,
}

/// Where events are held that belong together: a digest, for the value may be somebody's address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HoldKey(pub String);

/// Events that wait to be one run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hold {
    /// Version of this form: [`HOLD_VERSION`].
    pub v: u32,
    /// Where it stands.
    pub key: HoldKey,
    /// The workflow.
    pub workflow: WorkflowId,
    /// The connection that its events came through.
    pub connection: Option<ConnectionName>,
    /// What they have in common, where something is asked for.
    pub value: Option<String>,
    /// What becomes of them.
    pub kind: HoldKind,
    /// The event that began it.
    pub first: EventId,
    /// When it began.
    pub first_at: Timestamp,
    /// When its run is to start.
    pub due_at: Timestamp,
    /// Its events, as they came.
    pub events: Vec<Held>,
    /// Raised by every write.
    pub fence: u64,
    /// Its run is being started, and nothing joins it any more.
    pub closed: bool,
}

/// An event in a hold. Its data stays where the event is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Held {
    /// The event.
    pub event: EventId,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// The version of the workflow that took it.
    pub version: u32,
    /// How many bytes it gives the run.
    pub bytes: u64,
}

/// What an event finds that comes to its hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrival {
    /// The hold to be written in place of the one that was read.
    Join(Hold),
    /// It is in the hold already.
    Known,
    /// The hold takes nothing more: it is to be finished first.
    Finish,
}

/// What whoever looks after a hold finds.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// It is not due before then.
    Early(Timestamp),
    /// The closed hold to be written in place of the one that was read.
    Close(Hold),
    /// It is closed: its run is to start.
    Start,
}

impl HoldKey {
    /// Where a workflow holds such events. Those of a provider's test mode are held by themselves.
    pub fn of(workflow: &WorkflowId, kind: HoldKind, event: &Event, value: Option<&str>) -> Self {
        let mut digest = Context::new(&SHA256);
        let connection = event.connection.as_ref().map_or("", |one| one.as_str());
        let kind = match kind {
            HoldKind::Debounce => "debounce",
            HoldKind::Batch => "batch",
        };
        let test = if event.test { "test" } else { "" };
        for part in [workflow.as_str(), connection, kind, test, value.unwrap_or_default()] {
            // The length first, so that no two different lists run together.
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        Self(format!("{PREFIX}{}", hex(&digest.finish().as_ref()[..16])))
    }

    /// The message that says "look at this hold": in the place of a run stands its key. Whoever does not know of
    /// holds would look for that run in vain, and give the message up.
    pub fn wake(&self) -> WakeUp {
        let (run, path) = (RunId(self.0.clone()), StepPath(WAKE_PATH.to_owned()));
        WakeUp { v: WAKE_VERSION, ..WakeUp::new(&run, &path) }
    }

    /// The hold that a message of the flow queue is about.
    pub fn in_wake(wake: &WakeUp) -> Option<Self> {
        (wake.path.as_str() == WAKE_PATH).then(|| Self(wake.run.0.clone()))
    }
}

impl Hold {
    /// What an event finds that comes to where this hold was read; `begin` says what is held there where
    /// there is none.
    pub fn arrive(
        current: Option<&Self>,
        begin: impl FnOnce() -> Self,
        held: Held,
        terms: &HoldTerms,
        now: Timestamp,
    ) -> Arrival {
        let mut hold = match current {
            None => begin(),
            Some(hold) if hold.holds(&held.event) => return Arrival::Known,
            Some(hold) if !hold.takes(&held, terms) => return Arrival::Finish,
            Some(hold) => hold.clone(),
        };
        hold.events.push(held);
        hold.fence += 1;
        let end = match terms.kind {
            HoldKind::Debounce => {
                let longest = terms.length.saturating_mul(DEBOUNCES_MAX).min(HELD_FOR_MAX);
                after(now, terms.length).min(after(hold.first_at, longest))
            }
            HoldKind::Batch => after(hold.first_at, terms.length),
        };
        hold.due_at = if hold.is_full(terms) { now.min(end) } else { end };
        Arrival::Join(hold)
    }

    /// What whoever looks after it finds.
    pub fn look(&self, now: Timestamp) -> Look {
        if self.closed {
            return Look::Start;
        }
        if self.due_at > now {
            return Look::Early(self.due_at);
        }
        Look::Close(Self { closed: true, fence: self.fence + 1, ..self.clone() })
    }

    /// Whether it is the very state of the hold that was read: another hold of the same key, which began after
    /// this one was removed, never is.
    pub fn stamp(&self) -> String {
        format!("{}@{}#{}", self.first, self.first_at.as_nanosecond(), self.fence)
    }

    /// The run's business key: of each hold it is another.
    pub fn business_key(&self) -> String {
        let Self { first, first_at, .. } = self;
        match &self.value {
            Some(value) => format!("{value} since {first} at {first_at}"),
            None => format!("since {first} at {first_at}"),
        }
    }

    /// The run that it becomes.
    pub fn run(&self) -> RunId {
        run_id(&self.workflow, self.connection.as_ref(), &self.business_key(), 0)
    }

    /// Whether the event is still to be in the run of this hold, by what is recorded of it. An event that came
    /// twice may have been in a hold that was finished before this one began.
    pub fn is_for_it(&self, verdicts: &[Verdict]) -> bool {
        let own = verdicts.iter().filter(|verdict| verdict.workflow == self.workflow);
        let run = self.run();
        own.into_iter().any(|verdict| match &verdict.decision {
            Decision::Held(holding) => holding.hold == self.key,
            Decision::Run(in_run) => *in_run == run,
            Decision::Folded(folding) => folding.run == run,
            _ => false,
        })
    }

    /// What is decided of an event of the run, of whose events `newest` is the newest.
    pub fn decision(&self, event: &EventId, newest: &EventId) -> Decision {
        let run = self.run();
        if self.kind == HoldKind::Batch || event == newest {
            return Decision::Run(run);
        }
        Decision::Folded(Folding { into: newest.clone(), run })
    }

    fn holds(&self, event: &EventId) -> bool {
        self.events.iter().any(|held| held.event == *event)
    }

    /// A batch takes events by one version alone: what each gives its run is counted, and made, by that.
    fn takes(&self, held: &Held, terms: &HoldTerms) -> bool {
        let is_of_its_version = || self.events.iter().all(|one| one.version == held.version);
        let fits = terms.kind == HoldKind::Debounce || is_of_its_version();
        fits && !self.closed && !self.is_full(terms)
    }

    fn bytes(&self) -> u64 {
        self.events.iter().map(|held| held.bytes).sum()
    }

    fn is_full(&self, terms: &HoldTerms) -> bool {
        self.events.len() >= terms.max.min(HELD_MAX) || self.bytes() >= HELD_BYTES_MAX as u64
    }
}

impl Held {
    /// Which of two is the newer: events may come out of order.
    pub fn place(&self) -> (Timestamp, &EventId) {
        (self.accepted_at, &self.event)
    }
}

impl StoredForm for Hold {
    const KIND: &'static str = "hold";
    const VERSION: u32 = HOLD_VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}
