//! Refused deliveries, for people to see: the sender was told, but nobody here was.

use super::Unavailable;
use crate::time::Timestamp;
use async_trait::async_trait;

/// A delivery that was refused: of its content, only what is wrong with it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedDelivery {
    /// When.
    pub at: Timestamp,
    /// The provider in the path; empty where the path names no endpoint.
    pub provider: String,
    /// The connection in the path.
    pub connection: String,
    /// Why, as a stable word.
    pub code: String,
    /// Why, in a sentence.
    pub reason: String,
    /// The path as it was asked for, without its query; empty in records of before there was one.
    pub path: String,
    /// What a person should do about it; empty in records of before there was one.
    pub cure: String,
    /// That the sender will soon stop sending, or has, where many were refused in a row.
    pub warning: Option<String>,
}

/// The newest refused deliveries. Anybody can have deliveries refused, so only some are kept.
#[async_trait]
pub trait Refusals: Send + Sync {
    /// Keeps one.
    async fn note(&self, refused: RefusedDelivery) -> Result<(), Unavailable>;
    /// The newest first, at most `limit`.
    async fn list(&self, limit: usize) -> Result<Vec<RefusedDelivery>, Unavailable>;
}
