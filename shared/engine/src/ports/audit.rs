//! Who changed what, and the answers already given to repeated requests.

use super::Unavailable;
use crate::audit::{AuditLine, Reply};
use crate::time::Timestamp;
use async_trait::async_trait;
use std::time::Duration;

/// The audit log.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Adds a line.
    async fn append_line(&self, line: AuditLine) -> Result<(), Unavailable>;
    /// The newest first, at most `limit`.
    async fn list(&self, limit: usize) -> Result<Vec<AuditLine>, Unavailable>;
}

/// How a request with an `Idempotency-Key` begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// It is the first: the key is held for it until its answer is kept, it is released, or
    /// [`KEY_HELD_FOR`] has passed.
    New,
    /// The first is still being answered.
    InProgress,
    /// The answer was given already; it may be the answer to another request.
    Answered(Reply),
}

/// How long a request holds its key, at most: longer than answering one takes.
pub const KEY_HELD_FOR: Duration = Duration::from_secs(60);

/// Answers by idempotency key.
#[async_trait]
pub trait Replies: Send + Sync {
    /// Holds the key for one request. Of many at the same time one is new.
    async fn reserve_key(&self, key: &str, now: Timestamp) -> Result<KeyUse, Unavailable>;
    /// Keeps an answer; the first stays. The key is held no more.
    async fn store_reply(&self, key: &str, reply: Reply, now: Timestamp)
    -> Result<(), Unavailable>;
    /// The key is held no more for the request that began then, because its answer is not kept.
    async fn release(&self, key: &str, begun_at: Timestamp) -> Result<(), Unavailable>;
}
