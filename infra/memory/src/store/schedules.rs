//! How far schedules have come.

use super::Memory;
use async_trait::async_trait;
use tradewind_engine::ids::WorkflowId;
use tradewind_engine::ports::{Schedules, Unavailable};
use tradewind_engine::time::Timestamp;

#[async_trait]
impl Schedules for Memory {
    async fn fired(&self, workflow: &WorkflowId) -> Result<Option<Timestamp>, Unavailable> {
        Ok(self.state().fired.get(workflow).copied())
    }

    async fn note_fired(
        &self,
        workflow: &WorkflowId,
        due: Timestamp,
        before: Option<Timestamp>,
    ) -> Result<bool, Unavailable> {
        let mut state = self.state();
        if state.fired.get(workflow).copied() != before {
            return Ok(false);
        }
        state.fired.insert(workflow.clone(), due);
        Ok(true)
    }
}
