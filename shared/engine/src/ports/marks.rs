//! Finding the marks of runs, steps and events; leaving and removing one are commands of the journal.

use super::Unavailable;
use crate::marks::{Mark, MarkKey};
use async_trait::async_trait;

/// The marks.
#[async_trait]
pub trait Marks: Send + Sync {
    /// All marks below a key, every one seen that was left before.
    async fn marks(&self, key: &MarkKey) -> Result<Vec<Mark>, Unavailable>;
}
