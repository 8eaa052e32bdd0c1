//! The write protocol: claim, effect, complete, send, acknowledge.
//!
//! It decides; a runtime carries out. Every decision is an ordered list of [`Command`]s, and a
//! runtime may apply any prefix of the list atomically, or every command on its own. Why nothing is
//! lost: a message is acknowledged only after the next one exists, so the message itself is the
//! outbox. Why nothing is done twice: every consumer is guarded by a conditional [`Write`], so any
//! message may arrive any number of times. Why nothing is stuck: the sweeper finds every run that is
//! not terminal and sends its wake-ups again.
//!
//! Invariant: no switches. The model check and the simulator perturb the world around this code,
//! never the code.

mod announce;
mod apply;
mod arrive;
mod branches;
mod claims;
mod command;
mod conclude;
mod doers;
mod emit;
mod flow;
mod follow;
mod hear;
mod made;
mod people;
mod redact;
mod reports;
mod retry;
mod start;
mod sweep;
mod turns;
mod wake;
mod write;

#[cfg(test)]
mod tests;

pub use announce::{RUN_SUCCEEDED, end_event};
pub use apply::Refused;
pub use arrive::{Arrival, Work, claim, decide_call, on_refused, redriven};
pub use branches::{
    BranchWake, NewBranch, cancelled_branch, new_branch, on_branch, stopped_branches, unfit_branch,
};
pub use command::{Command, Committed};
pub use conclude::{EndedAttempt, Outcome, conclude, give_back, on_lost_claim, park_unreadable};
pub use doers::Doers;
pub use emit::{NewEvent, NotEmitted, emission};
pub use flow::{Advance, Ended, Flow, Next, Passed};
pub use follow::{letter, wake_all};
pub use hear::{hear, on_heard};
pub use people::{
    Objection, Resolution, cancel, decide, is_dispensable, is_resolvable, on_cancelled, replay,
    resolve,
};
pub use reports::{
    AfterBranch, OfBranch, Report, is_to_be_told, on_known, record_branch, reported,
};
pub use retry::{RetryCurve, next_try};
pub use start::{NewRun, new_run, on_existing, start};
pub use sweep::sweep;
pub use turns::{leave_slot, let_in_write, on_let_in};
pub use wake::{WAKE_VERSION, WakeKind, WakeUp};
pub use write::{AfterFailure, Arrived, Change, Write};

use std::time::Duration;

/// The times of the protocol, in the order that keeps it safe: an attempt ends before the process
/// that makes it is ended, that before the lease, and a lease before the message shows again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// How long a process may work on one message before it is ended from outside, as functions in
    /// the cloud are.
    pub timeout: Duration,
    /// How long a claim holds.
    pub lease: Duration,
    /// How long a received message stays hidden.
    pub visibility: Duration,
}

impl Times {
    /// The times for production.
    pub const STANDARD: Self = Self {
        timeout: Duration::from_secs(60),
        lease: Duration::from_secs(90),
        visibility: Duration::from_secs(360),
    };
}

/// A lease counts as ended only so long after its time, because clocks differ.
pub const LEASE_GRACE: Duration = Duration::from_secs(5);
/// How long after its last write, or after its next due time, the sweeper looks at a run.
pub const CHECK_AFTER: Duration = Duration::from_secs(15 * 60);
/// The same where nothing but the branches of a loop is worked on, and their wake-ups were sent twice.
pub const BRANCHES_CHECK_AFTER: Duration = Duration::from_secs(6 * 60 * 60);
/// A message that arrives so shortly before its time is held, not acknowledged.
pub const EARLY: Duration = Duration::from_secs(60);
/// The provider's memory of a key is trusted until so long before its end.
pub const KEY_WINDOW_MARGIN: Duration = Duration::from_secs(5 * 60);
/// How often a provider is asked about an unknown outcome before a person is.
pub const ASKS_MAX: u32 = 8;
/// A run that moved on so often is going in circles.
pub const HOPS_MAX: u32 = 1_000;
/// Crashes that a message may cause before it is given up on; retries are counted in the run.
pub const RECEIVES_MAX: u32 = 10;
