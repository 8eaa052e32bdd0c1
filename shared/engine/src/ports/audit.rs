//! Who changed what, and the answers already given to repeated requests.

use super::Unavailable;
use crate::time::Timestamp;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// One change made through the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// When.
    pub at: Timestamp,
    /// Who: the name of the token.
    pub actor: String,
    /// What, such as `run.replay`.
    pub action: String,
    /// On what, such as a run's id.
    pub subject: String,
    /// Details without secrets or personal data.
    pub detail: String,
}

/// The audit log.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Adds a line.
    async fn note(&self, line: AuditLine) -> Result<(), Unavailable>;
    /// The newest first, at most `limit`.
    async fn list(&self, limit: usize) -> Result<Vec<AuditLine>, Unavailable>;
}

/// An answer that was given under an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Digest of the request.
    pub request: String,
    /// Status.
    pub status: u16,
    /// Body.
    pub body: String,
}

/// Answers by idempotency key.
#[async_trait]
pub trait Replies: Send + Sync {
    /// The answer already given.
    async fn read(&self, key: &str) -> Result<Option<Reply>, Unavailable>;
    /// Keeps an answer; the first stays.
    async fn keep(&self, key: &str, reply: Reply, now: Timestamp) -> Result<(), Unavailable>;
}
