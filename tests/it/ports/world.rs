//! The sets of adapters that the contract is held against.

use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tradewind::store::Store;
use tradewind_engine::ports::{
    Audit, Bus, Clock, DeadLetters, Definitions, Events, Jobs, Journal, Outbox, Receipt, Replies,
    Runs, Tokens,
};
use tradewind_engine::protocol::{Command, Committed};
use tradewind_engine::time::{Timestamp, after};
use tradewind_memory::{Atomicity, Memory, MemoryTokens, VirtualClock};

/// How long a received message stays hidden.
pub(super) const VISIBILITY: Duration = Duration::from_secs(360);

/// When every world begins.
pub(super) const START: &str = "2026-03-01T08:00:00.123456789Z";

/// A set of adapters on a clock that the test moves.
pub(super) struct World {
    pub(super) clock: VirtualClock,
    /// A refused write takes back what stood before it in the list.
    pub(super) all_or_nothing: bool,
    adapters: Box<dyn Adapters>,
    tokens: MemoryTokens,
    // Removed after the adapters are gone.
    _folder: Option<TempDir>,
}

/// A message on its way through a worker.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) receipt: Receipt,
    pub(super) body: String,
    pub(super) receives: u32,
}

/// The side of the queues that the worker loops use: no port of the engine, and yet the same.
#[async_trait]
pub(super) trait Queues: Send + Sync {
    async fn receive(&self, queue: &str, max: usize, now: Timestamp) -> Vec<Message>;
}

trait Adapters:
    Journal + Runs + Events + DeadLetters + Bus + Definitions + Outbox + Audit + Replies + Jobs + Queues
{
}
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
            adapters: Box::new(store),
            tokens: MemoryTokens::default(),
            _folder: Some(folder),
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
        let all_or_nothing = atomicity == Atomicity::WholeList;
        Self {
            clock,
            all_or_nothing,
            adapters: Box::new(memory),
            tokens: MemoryTokens::default(),
            _folder: None,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn pass(&self, by: Duration) {
        self.clock.advance_to(after(self.now(), by));
    }

    /// Carries commands out that no message led to.
    pub(super) async fn commit(&self, commands: &[Command]) -> Committed {
        self.adapters.commit(None, commands).await.unwrap()
    }

    /// Carries commands out for a message.
    pub(super) async fn commit_for(&self, message: &Message, commands: &[Command]) -> Committed {
        self.adapters.commit(Some(&message.receipt), commands).await.unwrap()
    }

    pub(super) async fn receive(&self, queue: &str) -> Vec<Message> {
        self.adapters.receive(queue, 10, self.now()).await
    }

    pub(super) fn runs(&self) -> &dyn Runs {
        &*self.adapters
    }

    pub(super) fn events(&self) -> &dyn Events {
        &*self.adapters
    }

    pub(super) fn dead_letters(&self) -> &dyn DeadLetters {
        &*self.adapters
    }

    pub(super) fn bus(&self) -> &dyn Bus {
        &*self.adapters
    }

    pub(super) fn definitions(&self) -> &dyn Definitions {
        &*self.adapters
    }

    pub(super) fn outbox(&self) -> &dyn Outbox {
        &*self.adapters
    }

    pub(super) fn tokens(&self) -> &dyn Tokens {
        &self.tokens
    }

    pub(super) fn audit(&self) -> &dyn Audit {
        &*self.adapters
    }

    pub(super) fn jobs(&self) -> &dyn Jobs {
        &*self.adapters
    }

    pub(super) fn replies(&self) -> &dyn Replies {
        &*self.adapters
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
