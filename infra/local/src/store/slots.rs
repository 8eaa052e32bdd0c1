//! Which runs wait for each other.

use super::handle::Store;
use super::stamped::{Stamped, read_stamped, remove_stamped};
use async_trait::async_trait;
use tradewind_engine::ports::{Slots, Unavailable};
use tradewind_engine::slots::{Slot, SlotKey};

const TABLE: &str = "slots";

#[async_trait]
impl Slots for Store {
    async fn slot(&self, key: &SlotKey) -> Result<Option<Slot>, Unavailable> {
        let key = key.clone();
        self.look(move |connection| read_stamped(connection, TABLE, &key.0)).await
    }

    async fn save_slot(&self, slot: &Slot, read: Option<&Slot>) -> Result<bool, Unavailable> {
        let (slot, read) = (slot.clone(), read.map(Slot::stamp));
        self.write(move |cx| {
            let row = Stamped::of(&slot.key.0, slot.stamp(), &slot, None)?;
            row.save(cx, TABLE, read.as_ref())
        })
        .await
    }

    async fn remove_slot(&self, read: &Slot) -> Result<bool, Unavailable> {
        let (key, stamp) = (read.key.clone(), read.stamp());
        self.write(move |cx| remove_stamped(cx, TABLE, &key.0, &stamp)).await
    }
}
