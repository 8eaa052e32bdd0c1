//! Events that are held.

use super::{Kind, Memory, State};
use async_trait::async_trait;
use tradewind_engine::events::Verdict;
use tradewind_engine::holds::{Hold, HoldKey};
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{Holds, Place, Unavailable};
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
        state.postponed_holds.remove(&hold.key);
        state.holds.insert(hold.key.clone(), hold.clone());
        Ok(true)
    }

    async fn remove_hold(&self, read: &Hold) -> Result<(), Unavailable> {
        let mut state = self.state();
        if state.holds.get(&read.key).map(Hold::stamp) == Some(read.stamp()) {
            state.holds.remove(&read.key);
            state.postponed_holds.remove(&read.key);
        }
        Ok(())
    }

    async fn due_holds(
        &self,
        before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Vec<Place>, Unavailable> {
        let state = self.state();
        let due = state.holds.values().map(|hold| (state.hold_due_at(hold), hold.key.0.as_str()));
        let from = from.map(|from| (from.at, from.id.as_str()));
        let due = due.filter(|place| place.0 < before && from.is_none_or(|from| *place > from));
        let mut due: Vec<_> = due.collect();
        due.sort_unstable();
        let due = due.into_iter().take(limit);
        Ok(due.map(|(at, id)| Place { at, id: id.to_owned() }).collect())
    }

    async fn postpone_hold(&self, met: &Place, until: Timestamp) -> Result<(), Unavailable> {
        let (mut state, key) = (self.state(), HoldKey(met.id.clone()));
        let stands = state.holds.get(&key).map(|hold| state.hold_due_at(hold));
        if stands == Some(met.at) {
            state.postponed_holds.insert(key, until);
        }
        Ok(())
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

impl State {
    /// When it is to be looked after.
    fn hold_due_at(&self, hold: &Hold) -> Timestamp {
        self.postponed_holds.get(&hold.key).copied().unwrap_or(hold.due_at)
    }
}

impl Memory {
    /// All holds.
    pub fn all_holds(&self) -> Vec<Hold> {
        self.state().holds.values().cloned().collect()
    }

    /// When the next of them is to be looked after.
    pub fn next_hold(&self) -> Option<Timestamp> {
        let state = self.state();
        state.holds.values().map(|hold| state.hold_due_at(hold)).min()
    }
}
