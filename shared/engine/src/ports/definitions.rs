//! Keeping what was applied.

use super::Unavailable;
use crate::definitions::{Current, DefinitionsChange, ProviderFile, WorkflowVersion};
use crate::ids::{ProviderId, WorkflowId};
use async_trait::async_trait;

/// What was applied.
#[async_trait]
pub trait Definitions: Send + Sync {
    /// What holds now.
    async fn current(&self) -> Result<Current, Unavailable>;
    /// One version of a workflow.
    async fn version(
        &self,
        workflow: &WorkflowId,
        version: u32,
    ) -> Result<Option<WorkflowVersion>, Unavailable>;
    /// The file of a provider of the project's own, by its digest.
    async fn provider_file(
        &self,
        provider: &ProviderId,
        digest: &str,
    ) -> Result<Option<ProviderFile>, Unavailable>;
    /// How often what holds was changed, where every change passes through this very value: as long as
    /// it stays the same, what was read still holds. It is raised after the change can be read, whatever
    /// became of whoever asked for it. `None`: others may change it as well.
    fn changes(&self) -> Option<u64> {
        None
    }
    /// Makes the change unless the revision has moved on; returns whether it was made.
    async fn change(&self, change: &DefinitionsChange) -> Result<bool, Unavailable>;
}
