//! What the engine needs from a runtime. Memory, SQLite and AWS serve these traits, and one contract
//! suite holds for all of them.
//!
//! Invariant: every port call may fail with [`Unavailable`], and any call may have taken effect
//! although it failed; callers are written so that repeating it is safe.

mod audit;
mod backlog;
mod bus;
mod clock;
mod definitions;
mod events;
mod files;
mod fresh_reads;
mod holds;
mod http;
mod jobs;
mod journal;
mod letters;
mod limits;
mod links;
mod mail;
mod marks;
mod outbox;
mod pages;
mod refusals;
mod runs;
mod schedules;
mod secrets;
mod slots;
mod tokens;
mod unavailable;

pub use self::audit::{Audit, KEY_HELD_FOR, KeyUse, Replies};
pub use self::backlog::Backlog;
pub use self::bus::Bus;
pub use self::clock::{Clock, Ids};
pub use self::definitions::Definitions;
pub use self::events::Events;
pub use self::files::{FileChange, FileError, Files};
pub use self::fresh_reads::{FreshRead, FreshReads, NotRead};
pub use self::holds::Holds;
pub use self::http::{BODY_BYTES_MAX, Http, HttpError, HttpRequest, HttpResponse};
pub use self::jobs::Jobs;
pub use self::journal::{Interrupted, Journal, Receipt};
pub use self::letters::DeadLetters;
pub use self::limits::Limits;
pub use self::links::LinkKeys;
pub use self::mail::{Mail, MailEncryption, MailEnd, MailLack, MailLogin, MailStage};
pub use self::marks::Marks;
pub use self::outbox::Outbox;
pub use self::pages::{Hidden, Page, Place};
pub use self::refusals::Refusals;
pub use self::runs::{Expiry, RunFilter, Runs};
pub use self::schedules::Schedules;
pub use self::secrets::{SecretText, Secrets};
pub use self::slots::Slots;
pub use self::tokens::{Token, TokenKey, Tokens};
pub use self::unavailable::Unavailable;
