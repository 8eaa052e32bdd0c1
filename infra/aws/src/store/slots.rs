//! Which runs wait for each other: `SLOT#<key>` / `SLOT`, removed once nobody is in it.

use super::Store;
use super::keys::key;
use super::values::Item;
use async_trait::async_trait;
use tradewind_engine::ports::{Slots, Unavailable};
use tradewind_engine::slots::{Slot, SlotKey};
use tradewind_stack::kinds::Kind;

#[async_trait]
impl Slots for Store {
    async fn slot(&self, key: &SlotKey) -> Result<Option<Slot>, Unavailable> {
        self.read_stamped(place(key)).await
    }

    async fn save_slot(&self, slot: &Slot, read: Option<&Slot>) -> Result<bool, Unavailable> {
        let read = read.map(Slot::stamp);
        self.put_stamped(place(&slot.key), slot, slot.stamp(), read).await
    }

    async fn remove_slot(&self, read: &Slot) -> Result<bool, Unavailable> {
        self.remove_stamped(place(&read.key), read.stamp()).await
    }
}

fn place(slot: &SlotKey) -> Item {
    key(Kind::Slot.key(&slot.0), Kind::Slot.word())
}
