//! Keeping slots.

use super::Unavailable;
use crate::slots::{Slot, SlotKey};
use async_trait::async_trait;

/// The slots.
#[async_trait]
pub trait Slots: Send + Sync {
    /// The slot, every write before seen.
    async fn slot(&self, key: &SlotKey) -> Result<Option<Slot>, Unavailable>;
    /// Keeps the slot in place of the one that was read. False: another one stands there (or none, or one where
    /// none was read), and nothing is kept.
    async fn save_slot(&self, slot: &Slot, read: Option<&Slot>) -> Result<bool, Unavailable>;
    /// Removes the slot. False: another one stands there, and stays.
    async fn remove_slot(&self, read: &Slot) -> Result<bool, Unavailable>;
}
