//! Keeping holds, and saying of an event what became of it when its hold ended.

use super::{Place, Unavailable};
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
    /// Where those stand, by their keys, that were to be looked after before that moment: the oldest first, at
    /// most `limit`, behind `from` where it is given. Whether they can be read is not asked.
    async fn due_holds(
        &self,
        before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Vec<Place>, Unavailable>;
    /// The hold that was met there is looked after then, unless it has been written since or a newer tradewind
    /// wrote it. Neither what it says nor its state changes.
    async fn postpone_hold(&self, met: &Place, until: Timestamp) -> Result<(), Unavailable>;
    /// The verdict takes the place of the one by which the workflow held the event; where there is none such,
    /// nothing is changed.
    async fn settle_event(&self, event: &EventId, verdict: &Verdict) -> Result<(), Unavailable>;
}
