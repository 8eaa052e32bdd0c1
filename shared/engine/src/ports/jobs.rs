//! Keeping jobs.

use super::Unavailable;
use crate::ids::JobId;
use crate::jobs::Job;
use async_trait::async_trait;

/// The jobs.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Keeps a new job; the first of an id stays.
    async fn add(&self, job: &Job) -> Result<(), Unavailable>;
    /// The job.
    async fn read(&self, job: &JobId) -> Result<Option<Job>, Unavailable>;
    /// Those that are open, the oldest first, at most `limit`.
    async fn open(&self, limit: usize) -> Result<Vec<Job>, Unavailable>;
    /// Keeps the job, whose revision is one more than it was when it was read. False: somebody else
    /// has saved it since, or it is not there, and nothing is kept.
    async fn save(&self, job: &Job) -> Result<bool, Unavailable>;
    /// The newest first, at most `limit`.
    async fn list(&self, limit: usize) -> Result<Vec<Job>, Unavailable>;
}
