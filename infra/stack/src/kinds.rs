//! The kinds of items that share the runs table. What an item's key begins with tells its kind, to the
//! adapters, which make the keys of these words, and to IAM, which compares the keys of a request with
//! what a role may touch.
//!
//! Invariant: no kind's key begins with another's.

use std::fmt::Display;

/// A kind of item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A run, with all that stands below its key: parts, letters, what sandboxes were asked for.
    Run,
    /// An event.
    Event,
    /// A dead letter of no run.
    Letter,
    /// Bulk work.
    Job,
    /// A line of the audit log.
    Audit,
    /// An answer kept for a repeated request.
    Reply,
    /// A refused delivery.
    Refused,
    /// The limits of a connection.
    Limit,
    /// An OAuth access token.
    Token,
    /// How far the schedule of a workflow has come.
    Schedule,
    /// A mark of a run or an event.
    Mark,
    /// Events that are held.
    Hold,
    /// Runs that wait for each other.
    Slot,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Run,
        Self::Event,
        Self::Letter,
        Self::Job,
        Self::Audit,
        Self::Reply,
        Self::Refused,
        Self::Limit,
        Self::Token,
        Self::Schedule,
        Self::Mark,
        Self::Hold,
        Self::Slot,
    ];

    /// The word before the `#` of its keys.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Run => "RUN",
            Self::Event => "EVENT",
            Self::Letter => "LETTER",
            Self::Job => "JOB",
            Self::Audit => "AUDIT",
            Self::Reply => "REPLY",
            Self::Refused => "REFUSED",
            Self::Limit => "LIMIT",
            Self::Token => "TOKEN",
            Self::Schedule => "SCHEDULE",
            Self::Mark => "MARK",
            Self::Hold => "HOLD",
            Self::Slot => "SLOT",
        }
    }

    /// The partition key of the item with this id.
    pub fn key(self, id: impl Display) -> String {
        format!("{}#{id}", self.word())
    }

    /// All of its keys, as IAM's `StringLike` spells it.
    pub fn pattern(self) -> String {
        self.key('*')
    }
}
