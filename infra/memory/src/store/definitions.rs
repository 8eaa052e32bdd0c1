//! What was applied.

use super::{Kind, Memory, State};
use async_trait::async_trait;
use tradewind_engine::definitions::{Current, DefinitionsChange, ProviderFile, WorkflowVersion};
use tradewind_engine::ids::{ProviderId, WorkflowId};
use tradewind_engine::ports::{Definitions, Unavailable};

#[async_trait]
impl Definitions for Memory {
    async fn current(&self) -> Result<Current, Unavailable> {
        self.state().readable_current()
    }

    async fn version(
        &self,
        workflow: &WorkflowId,
        version: u32,
    ) -> Result<Option<WorkflowVersion>, Unavailable> {
        let state = self.state();
        state.unread.check(Kind::Version, &format!("{workflow}@{version}"))?;
        Ok(state.versions.get(&(workflow.clone(), version)).cloned())
    }

    async fn provider_file(
        &self,
        provider: &ProviderId,
        digest: &str,
    ) -> Result<Option<ProviderFile>, Unavailable> {
        let key = (provider.clone(), digest.to_owned());
        Ok(self.state().provider_files.get(&key).cloned())
    }

    async fn change(&self, change: &DefinitionsChange) -> Result<bool, Unavailable> {
        let mut state = self.state();
        state.readable_current()?;
        if state.current.revision != change.from_revision {
            return Ok(false);
        }
        state.current.apply_change(change);
        for file in &change.provider_files {
            let key = (file.id.clone(), file.digest.clone());
            state.provider_files.entry(key).or_insert_with(|| file.clone());
        }
        for version in &change.versions {
            let key = (version.id.clone(), version.version);
            state.versions.entry(key).or_insert_with(|| version.clone());
        }
        Ok(true)
    }
}

impl State {
    /// All that holds, or an error where some of it cannot be read: an event must not pass by a
    /// workflow for that.
    fn readable_current(&self) -> Result<Current, Unavailable> {
        self.unread.check(Kind::Project, "")?;
        for head in &self.current.workflows {
            self.unread.check(Kind::Workflow, head.id.as_str())?;
        }
        Ok(self.current.clone())
    }
}
