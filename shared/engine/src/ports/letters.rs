//! Keeping dead letters.

use super::Unavailable;
use crate::letters::DeadLetter;
use crate::protocol::WakeUp;
use async_trait::async_trait;

/// The dead letters of all queues.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// The newest first, at most `limit`.
    async fn list(&self, limit: usize) -> Result<Vec<DeadLetter>, Unavailable>;
    /// The letter; `None` when it is not there.
    async fn letter(&self, id: &str) -> Result<Option<DeadLetter>, Unavailable>;
    /// Removes the letter, because what it tells of was seen to; false when it is not there.
    async fn dismiss(&self, id: &str) -> Result<bool, Unavailable>;
    /// Sends the letter back to its queue; false when it is not there.
    async fn redrive(&self, id: &str) -> Result<bool, Unavailable>;
    /// Removes this letter and older ones of the same step, because the run was taken up again
    /// otherwise. A newer letter tells of what has happened since: it stays.
    async fn settle_letter(&self, letter: &WakeUp) -> Result<(), Unavailable>;
}
