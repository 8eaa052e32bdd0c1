//! Keeping events, with what became of them.

use super::{Page, Place, Unavailable};
use crate::events::EventRecord;
use crate::ids::EventId;
use crate::time::Timestamp;
use async_trait::async_trait;

/// The events.
#[async_trait]
pub trait Events: Send + Sync {
    /// The event.
    async fn read(&self, event: &EventId) -> Result<Option<EventRecord>, Unavailable>;
    /// The newest first, at most `limit`, those accepted before `before`'s where it is given; none
    /// where that one is gone.
    async fn list(
        &self,
        before: Option<&EventId>,
        limit: usize,
    ) -> Result<Page<EventRecord, EventId>, Unavailable>;
    /// Events that were accepted before `accepted_before` and still have data, without a run that does and
    /// without a workflow that holds them: a page of at most `limit` rows behind that place.
    async fn unredacted(
        &self,
        accepted_before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Page<EventId, Place>, Unavailable>;
    /// Removes the data of the event, unless a workflow holds it; no error when it is not there.
    async fn redact(&self, event: &EventId, now: Timestamp) -> Result<(), Unavailable>;
}
