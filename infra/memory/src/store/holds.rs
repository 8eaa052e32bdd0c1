//! Events that are held.

use super::{Kind, Memory};
use async_trait::async_trait;
use tradewind_engine::events::Verdict;
use tradewind_engine::holds::{Hold, HoldKey};
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{Holds, Unavailable};
use tradewind_engine::time::Timestamp;

#[async_trait]
impl Holds for Memory {
    async fn hold(&self, key: &HoldKey) -> Result<Option<Hold>, Unavailable> {
        Ok(self.state().holds.get(key).cloned())
    }

    async fn save_hold(&self, hold: &Hold, read: Option<&Hold>) -> Result<bool, Unavailable> {
        let mut state = self.state();
        if state.holds.get(&hold.key).map(Hold::stamp) != read.map(Hold::stamp) {
            return Ok(false);
        }
        state.holds.insert(hold.key.clone(), hold.clone());
        Ok(true)
    }

    async fn remove_hold(&self, read: &Hold) -> Result<(), Unavailable> {
        let mut state = self.state();
        if state.holds.get(&read.key).map(Hold::stamp) == Some(read.stamp()) {
            state.holds.remove(&read.key);
        }
        Ok(())
    }

    async fn due_holds(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<HoldKey>, Unavailable> {
        let state = self.state();
        let mut due: Vec<&Hold> =
            state.holds.values().filter(|hold| hold.due_at < before).collect();
        due.sort_by_key(|hold| (hold.due_at, &hold.key));
        Ok(due.into_iter().take(limit).map(|hold| hold.key.clone()).collect())
    }

    async fn settle_event(&self, event: &EventId, verdict: &Verdict) -> Result<(), Unavailable> {
        let mut state = self.state();
        state.unread.check(Kind::Event, event.as_str())?;
        if let Some(record) = state.events.get_mut(event) {
            record.settle(verdict);
        }
        Ok(())
    }
}

impl Memory {
    /// All holds.
    pub fn all_holds(&self) -> Vec<Hold> {
        self.state().holds.values().cloned().collect()
    }
}
