//! Which runs wait for each other.

use super::Memory;
use async_trait::async_trait;
use tradewind_engine::ports::{Slots, Unavailable};
use tradewind_engine::slots::{Slot, SlotKey};

#[async_trait]
impl Slots for Memory {
    async fn slot(&self, key: &SlotKey) -> Result<Option<Slot>, Unavailable> {
        Ok(self.state().slots.get(key).cloned())
    }

    async fn save_slot(&self, slot: &Slot, read: Option<&Slot>) -> Result<bool, Unavailable> {
        let mut state = self.state();
        if state.slots.get(&slot.key).map(Slot::stamp) != read.map(Slot::stamp) {
            return Ok(false);
        }
        state.slots.insert(slot.key.clone(), slot.clone());
        Ok(true)
    }

    async fn remove_slot(&self, read: &Slot) -> Result<bool, Unavailable> {
        let mut state = self.state();
        if state.slots.get(&read.key).map(Slot::stamp) != Some(read.stamp()) {
            return Ok(false);
        }
        state.slots.remove(&read.key);
        Ok(true)
    }
}

impl Memory {
    /// All slots.
    pub fn all_slots(&self) -> Vec<Slot> {
        self.state().slots.values().cloned().collect()
    }
}
