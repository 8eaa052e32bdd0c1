//! What the engine needs from a runtime. Memory, SQLite and AWS serve these traits, and one contract
//! suite holds for all of them.
//!
//! Invariant: every port call may fail with [`Unavailable`], and any call may have taken effect
//! although it failed; callers are written so that repeating it is safe.

use crate::stored::Unreadable;

mod audit;
mod backlog;
mod bus;
mod clock;
mod definitions;
mod events;
mod files;
mod http;
mod jobs;
mod journal;
mod letters;
mod limits;
mod outbox;
mod pages;
mod refusals;
mod runs;
mod secrets;
mod tokens;

pub use self::audit::{Audit, KEY_HELD_FOR, KeyUse, Replies};
pub use self::backlog::Backlog;
pub use self::bus::Bus;
pub use self::clock::{Clock, Ids};
pub use self::definitions::Definitions;
pub use self::events::Events;
pub use self::files::{FileChange, FileError, Files};
pub use self::http::{BODY_BYTES_MAX, Http, HttpError, HttpRequest, HttpResponse};
pub use self::jobs::Jobs;
pub use self::journal::{Interrupted, Journal, Receipt};
pub use self::letters::DeadLetters;
pub use self::limits::Limits;
pub use self::outbox::Outbox;
pub use self::pages::{Hidden, Page, Place};
pub use self::refusals::Refusals;
pub use self::runs::{Expiry, RunFilter, Runs};
pub use self::secrets::{SecretText, Secrets};
pub use self::tokens::{Token, TokenKey, Tokens};

/// A store, queue or bus that did not answer. Whether the call took effect is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct Unavailable {
    /// Which service, such as `store`.
    pub service: &'static str,
    /// What it said.
    pub reason: String,
}

/// The service that is not here yet, as far as this process is concerned: the next version of it.
const NEWER: &str = "a newer tradewind";
/// A store that answers, but holds something that cannot be read.
const DAMAGED: &str = "damaged store";

impl Unavailable {
    /// Whether it waits for a newer tradewind, which wrote what is asked for. Nothing is wrong then,
    /// and nothing is to be done here.
    pub fn is_newer(&self) -> bool {
        self.service == NEWER
    }

    /// Whether what is asked for is there and cannot be read here: asking again at once is vain.
    pub fn is_unreadable(&self) -> bool {
        self.is_newer() || self.service == DAMAGED
    }

    /// A message or form of a version that this process does not know.
    pub fn newer(reason: impl Into<String>) -> Self {
        Self { service: NEWER, reason: reason.into() }
    }

    fn sentence(&self) -> String {
        let Self { service, reason } = self;
        match *service {
            NEWER => reason.clone(),
            DAMAGED => format!("store is unavailable: {reason}"),
            service => format!("{service} is unavailable: {reason}"),
        }
    }
}

impl From<Unreadable> for Unavailable {
    fn from(unreadable: Unreadable) -> Self {
        let reason = unreadable.to_string();
        match unreadable {
            Unreadable::Newer { .. } => Self::newer(reason),
            Unreadable::Damaged { .. } => Self { service: DAMAGED, reason },
        }
    }
}
