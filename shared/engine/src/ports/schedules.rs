//! How far schedules have come.

use super::Unavailable;
use crate::ids::WorkflowId;
use crate::time::Timestamp;
use async_trait::async_trait;

/// Which due times were published.
#[async_trait]
pub trait Schedules: Send + Sync {
    /// The newest due time of the workflow that was published, as far as was noted.
    async fn fired(&self, workflow: &WorkflowId) -> Result<Option<Timestamp>, Unavailable>;
    /// Notes that one was, in place of the one that was noted before. False: another one stands there,
    /// and nothing is noted.
    async fn note_fired(
        &self,
        workflow: &WorkflowId,
        due: Timestamp,
        before: Option<Timestamp>,
    ) -> Result<bool, Unavailable>;
}
