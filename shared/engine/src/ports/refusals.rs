//! Keeping refused deliveries.

use super::Unavailable;
use crate::refusals::RefusedDelivery;
use async_trait::async_trait;

/// The newest refused deliveries. Anybody can have deliveries refused, so only some are kept.
#[async_trait]
pub trait Refusals: Send + Sync {
    /// Keeps one.
    async fn record_refusal(&self, refused: RefusedDelivery) -> Result<(), Unavailable>;
    /// The newest first, at most `limit`.
    async fn list(&self, limit: usize) -> Result<Vec<RefusedDelivery>, Unavailable>;
}
