//! Where accepted events go.

use super::Unavailable;
use crate::events::Event;
use async_trait::async_trait;

/// The event bus.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Makes all events durable; a 2xx may be given after it. On an error any of them may be.
    async fn publish(&self, events: &[Event]) -> Result<(), Unavailable>;
}
