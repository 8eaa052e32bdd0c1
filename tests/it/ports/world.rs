//! A set of adapters as the facts see it, whatever it is made of.

use super::tampering::Tampering;
use async_trait::async_trait;
use std::any::Any;
use std::path::PathBuf;
use std::time::Duration;
use tradewind_engine::events::Event;
use tradewind_engine::ports::{
    Audit, Backlog, Bus, Clock, DeadLetters, Definitions, Events, Holds, Interrupted, Jobs,
    Journal, Marks, Outbox, Receipt, Replies, Runs, Schedules, Slots, Tokens, Unavailable,
};
use tradewind_engine::protocol::{Command, Committed};
use tradewind_engine::time::{Timestamp, after};
use tradewind_memory::VirtualClock;

/// When every world begins.
pub(super) const START: &str = "2026-03-01T08:00:00.123456789Z";

/// A set of adapters on a clock that the test moves.
pub(super) struct World {
    pub(super) clock: VirtualClock,
    /// A refused write takes back what stood before it in the list.
    pub(super) all_or_nothing: bool,
    pub(super) scale: Scale,
    pub(super) adapters: Box<dyn Adapters>,
    /// Where its files are, if it has any.
    pub(super) folder: PathBuf,
    pub(super) tokens: Box<dyn Tokens>,
    // What ends after the adapters.
    pub(super) _rest: Box<dyn Any + Send + Sync>,
}

/// How finely the queues of a world tell times apart.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    /// How long a received message stays hidden.
    pub(super) visibility: Duration,
    /// A pause that is none of the others.
    pub(super) pause: Duration,
    /// So long before a message shows, it certainly does not show yet.
    pub(super) moment: Duration,
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
    /// What shows, at most `max`.
    async fn receive(&self, queue: &str, max: usize, now: Timestamp) -> Vec<Message>;

    /// What shows at this very moment; [`Queues::receive`] may wait for a message on its way.
    async fn look(&self, queue: &str, now: Timestamp) -> Vec<Message> {
        self.receive(queue, 10, now).await
    }

    /// Lets real time pass, where the queues go by it.
    async fn wait(&self, _by: Duration) {}

    /// The event that waits for dispatch.
    async fn event(&self, message: &Message) -> Event {
        serde_json::from_str(&message.body).unwrap()
    }

    /// Does what a round of the sweeper does for messages that were received too often.
    async fn collect(&self, _queue: &str) {}
}

/// A set of adapters.
pub(super) trait Adapters:
    Journal
    + Runs
    + Events
    + DeadLetters
    + Backlog
    + Bus
    + Definitions
    + Outbox
    + Audit
    + Replies
    + Jobs
    + Schedules
    + Marks
    + Holds
    + Slots
    + Queues
    + Tampering
{
}

impl World {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Time passes for the stores.
    pub(super) fn pass(&self, by: Duration) {
        self.clock.advance_to(after(self.now(), by));
    }

    /// Time passes for the queues as well.
    pub(super) async fn wait(&self, by: Duration) {
        self.adapters.wait(by).await;
        self.pass(by);
    }

    /// Carries commands out that no message led to.
    pub(super) async fn commit(&self, commands: &[Command]) -> Committed {
        self.adapters.commit(None, commands).await.unwrap()
    }

    /// Carries commands out, or says why not.
    pub(super) async fn try_commit(&self, commands: &[Command]) -> Result<Committed, Unavailable> {
        self.adapters.commit(None, commands).await.map_err(Interrupted::cause)
    }

    /// Carries commands out for a message.
    pub(super) async fn commit_for(&self, message: &Message, commands: &[Command]) -> Committed {
        self.adapters.commit(Some(&message.receipt), commands).await.unwrap()
    }

    pub(super) async fn receive(&self, queue: &str) -> Vec<Message> {
        self.adapters.receive(queue, 10, self.now()).await
    }

    /// Nothing shows in the queue now.
    pub(super) async fn shows_nothing(&self, queue: &str) -> bool {
        self.adapters.look(queue, self.now()).await.is_empty()
    }

    pub(super) async fn event(&self, message: &Message) -> Event {
        self.adapters.event(message).await
    }

    /// Does what a round of the sweeper does for messages that were received too often.
    pub(super) async fn collect(&self, queue: &str) {
        self.adapters.collect(queue).await;
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
        &*self.tokens
    }

    pub(super) fn marks(&self) -> &dyn Marks {
        &*self.adapters
    }

    pub(super) fn holds(&self) -> &dyn Holds {
        &*self.adapters
    }

    pub(super) fn slots(&self) -> &dyn Slots {
        &*self.adapters
    }

    pub(super) fn audit(&self) -> &dyn Audit {
        &*self.adapters
    }

    pub(super) fn jobs(&self) -> &dyn Jobs {
        &*self.adapters
    }

    pub(super) fn schedules(&self) -> &dyn Schedules {
        &*self.adapters
    }

    pub(super) fn replies(&self) -> &dyn Replies {
        &*self.adapters
    }
}
