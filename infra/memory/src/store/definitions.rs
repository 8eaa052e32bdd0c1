//! What was applied.

use super::Memory;
use async_trait::async_trait;
use tradewind_engine::ids::WorkflowId;
use tradewind_engine::ports::{
    Current, Definitions, DefinitionsChange, Unavailable, WorkflowVersion,
};

#[async_trait]
impl Definitions for Memory {
    async fn current(&self) -> Result<Current, Unavailable> {
        Ok(self.state().current.clone())
    }

    async fn version(
        &self,
        workflow: &WorkflowId,
        version: u32,
    ) -> Result<Option<WorkflowVersion>, Unavailable> {
        Ok(self.state().versions.get(&(workflow.clone(), version)).cloned())
    }

    async fn change(&self, change: &DefinitionsChange) -> Result<bool, Unavailable> {
        let mut state = self.state();
        if state.current.revision != change.from_revision {
            return Ok(false);
        }
        state.current.make(change);
        for version in &change.versions {
            let key = (version.id.clone(), version.version);
            state.versions.entry(key).or_insert_with(|| version.clone());
        }
        Ok(true)
    }
}
