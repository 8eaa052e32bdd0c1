//! Keeping holds, and saying of an event what became of it when its hold ended.

use super::Unavailable;
use crate::events::Verdict;
use crate::holds::{Hold, HoldKey};
use crate::ids::EventId;
use crate::time::Timestamp;
use async_trait::async_trait;

/// The holds.
#[async_trait]
pub trait Holds: Send + Sync {
    /// The hold, every write before seen.
    async fn hold(&self, key: &HoldKey) -> Result<Option<Hold>, Unavailable>;
    /// Keeps the hold in place of the one that was read. False: another one stands there (or none, or one where
    /// none was read), and nothing is kept.
    async fn save_hold(&self, hold: &Hold, read: Option<&Hold>) -> Result<bool, Unavailable>;
    /// Removes the hold, unless another one stands there.
    async fn remove_hold(&self, read: &Hold) -> Result<(), Unavailable>;
    /// Those that were due before that moment, the oldest first, at most `limit`.
    async fn due_holds(&self, before: Timestamp, limit: usize)
    -> Result<Vec<HoldKey>, Unavailable>;
    /// The verdict takes the place of the one by which the workflow held the event; where there is none such,
    /// nothing is changed.
    async fn settle_event(&self, event: &EventId, verdict: &Verdict) -> Result<(), Unavailable>;
}
