//! The sets of adapters that run anywhere: SQLite, and memory in two ways.

use super::world::{Adapters, Message, Queues, START, Scale, World};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tradewind::store::Store;
use tradewind_engine::time::Timestamp;
use tradewind_memory::{Atomicity, Memory, MemoryTokens, VirtualClock};

/// How long a received message stays hidden.
pub(super) const VISIBILITY: Duration = Duration::from_secs(360);

/// On virtual time.
const SCALE: Scale = Scale {
    visibility: VISIBILITY,
    pause: Duration::from_secs(30),
    moment: Duration::from_nanos(1),
};

impl Adapters for Store {}
impl Adapters for Memory {}

impl World {
    pub(super) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = VirtualClock::new(START.parse().unwrap());
        let store = Store::open(folder.path(), Arc::new(clock.clone())).unwrap();
        Self {
            clock,
            all_or_nothing: true,
            scale: SCALE,
            adapters: Box::new(store),
            tokens: Box::new(MemoryTokens::default()),
            _rest: Box::new(folder),
        }
    }

    pub(super) fn memory() -> Self {
        Self::in_memory(Atomicity::WholeList)
    }

    pub(super) fn memory_bit_by_bit() -> Self {
        Self::in_memory(Atomicity::EachCommand)
    }

    fn in_memory(atomicity: Atomicity) -> Self {
        let clock = VirtualClock::new(START.parse().unwrap());
        let memory = Memory::new(Arc::new(clock.clone()), atomicity);
        Self {
            clock,
            all_or_nothing: atomicity == Atomicity::WholeList,
            scale: SCALE,
            adapters: Box::new(memory),
            tokens: Box::new(MemoryTokens::default()),
            _rest: Box::new(()),
        }
    }
}

#[async_trait]
impl Queues for Store {
    async fn receive(&self, queue: &str, max: usize, now: Timestamp) -> Vec<Message> {
        let received = Store::receive(self, queue, max, VISIBILITY, now).await.unwrap();
        let message = |one: tradewind::store::Received| Message {
            receipt: one.receipt,
            body: one.body,
            receives: one.receives,
        };
        received.into_iter().map(message).collect()
    }
}

#[async_trait]
impl Queues for Memory {
    async fn receive(&self, queue: &str, max: usize, now: Timestamp) -> Vec<Message> {
        let received = Memory::receive(self, queue, max, VISIBILITY, now);
        let message = |one: tradewind_memory::Message| Message {
            receipt: one.receipt,
            body: one.body,
            receives: one.receives,
        };
        received.into_iter().map(message).collect()
    }
}
