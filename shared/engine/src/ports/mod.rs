//! What the engine needs from a runtime. Memory and SQLite serve these traits, AWS is to
//! follow, and one contract suite holds for all of them.
//!
//! Invariant: every port call may fail with [`Unavailable`], and any call may have taken effect
//! although it failed; callers are written so that repeating it is safe.

mod audit;
mod bus;
mod clock;
mod definitions;
mod files;
mod http;
mod jobs;
mod journal;
mod limits;
mod outbox;
mod records;
mod refusals;
mod secrets;
mod tokens;

pub use self::audit::{Audit, AuditLine, Begun, KEY_HELD_FOR, Replies, Reply};
pub use self::bus::Bus;
pub use self::clock::{Clock, Ids};
pub use self::definitions::{
    Current, DEFINITIONS_VERSION, Definitions, DefinitionsChange, StoredAlerts, StoredConnection,
    StoredProject, WorkflowHead, WorkflowVersion,
};
pub use self::files::{FileChange, FileError, Files};
pub use self::http::{BODY_BYTES_MAX, Http, HttpError, HttpRequest, HttpResponse};
pub use self::jobs::{
    JOB_VERSION, Job, JobCursor, JobRefusal, JobState, JobWork, Jobs, ReplayRuns,
};
pub use self::journal::{Interrupted, Journal, Receipt};
pub use self::limits::{Admission, Allowance, CallEnd, Caller, Limits, Standing};
pub use self::outbox::{Outbox, OutboxEntry};
pub use self::records::{
    DISPATCH_QUEUE, DeadLetter, DeadLetters, Decision, EventRecord, Events, Expiry, RunFilter,
    Runs, Verdict,
};
pub use self::refusals::{Refusals, RefusedDelivery};
pub use self::secrets::{SecretText, Secrets};
pub use self::tokens::{Token, TokenKey, Tokens};

/// A store, queue or bus that did not answer. Whether the call took effect is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{service} is unavailable: {reason}")]
pub struct Unavailable {
    /// Which service, such as `store`.
    pub service: &'static str,
    /// What it said.
    pub reason: String,
}
