//! What lies in the queues of the stage: numbers from SQS, ages of letters from the store. Since when the
//! oldest message waits, SQS tells nobody who asks: only its metric does, and to receive a message would
//! count towards its dead letters.

use crate::queues::Queues;
use crate::store::Store;
use async_trait::async_trait;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use tradewind_engine::backlog::QueueStanding;
use tradewind_engine::ports::{Backlog, Unavailable};
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_engine::time::Timestamp;
use tradewind_stack::naming::{UNDELIVERED, dead, queue};

/// How many queues are asked together.
const TOGETHER: usize = 16;

/// The queues of these actions, and the dispatch queue.
pub struct StageBacklog {
    queues: Queues,
    store: Store,
    names: Vec<String>,
}

impl StageBacklog {
    /// `names`: what the queues belong to.
    pub fn new(queues: Queues, store: Store, names: Vec<String>) -> Self {
        Self { queues, store, names }
    }

    async fn look(&self, queue: &str) -> Result<QueueStanding, Unavailable> {
        let name = self.queues.name(queue);
        let dead = dead(&name);
        let (live, dead) =
            futures::try_join!(self.queues.numbers(&name), self.queues.numbers(&dead))?;
        let mut letters = dead.waiting + dead.in_flight;
        if queue == DISPATCH_QUEUE {
            // What the bus could not deliver is a letter of it too.
            let undelivered = self.queues.numbers(&self.queues.name(UNDELIVERED)).await?;
            letters += undelivered.waiting + undelivered.in_flight;
        }
        Ok(QueueStanding {
            queue: queue.to_owned(),
            waiting: live.waiting,
            in_flight: live.in_flight,
            delayed: live.delayed,
            oldest: None,
            letters,
            oldest_letter: None,
        })
    }
}

#[async_trait]
impl Backlog for StageBacklog {
    async fn standing(&self, _now: Timestamp) -> Result<Vec<QueueStanding>, Unavailable> {
        let looks = self.names.iter().map(|queue| self.look(queue));
        let looks: Vec<_> = looks.collect();
        let looked: Vec<QueueStanding> =
            stream::iter(looks).buffer_unordered(TOGETHER).try_collect().await?;
        let oldest = self.store.oldest_letters().await?;
        let standing = looked.into_iter().map(|one| {
            // Letters name actions of a project's own, which share a queue.
            let name = queue(&one.queue);
            let of_it = oldest.iter().filter(|(letters_of, _)| queue(letters_of) == name);
            let oldest_letter = of_it.map(|(_, at)| *at).min();
            QueueStanding { oldest_letter, ..one }
        });
        let mut standing: Vec<_> =
            standing.filter(|one| !one.is_empty() || one.oldest_letter.is_some()).collect();
        standing.sort_by(|one, other| one.queue.cmp(&other.queue));
        Ok(standing)
    }
}
