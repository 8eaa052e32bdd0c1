//! Dead letters: an item that people see, and a copy in a queue of SQS that raises the alarm.
//!
//! Invariant: the item is written before the copy is sent, so that no alarm leads to nothing. A copy
//! without an item is either what SQS itself gave up on, or settled already; [`Letters::collect`] tells
//! the two apart by the run.

mod collect;
mod identity;

pub use collect::{Collected, turn};

use crate::queues::{Queues, Received};
use crate::store::Store;
use async_trait::async_trait;
use identity::{identity, wake_up};
use std::sync::Arc;
use tradewind_connectors::catalog::FOR_OWN_ACTIONS;
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::ports::{Clock, DeadLetters, Runs, Unavailable};
use tradewind_engine::protocol::WakeUp;
use tradewind_engine::runs::Run;

/// The dead letters of all queues.
#[derive(Clone)]
pub struct Letters {
    store: Store,
    queues: Queues,
    clock: Arc<dyn Clock>,
}

impl Letters {
    /// Those of the stage.
    pub fn new(store: Store, queues: Queues, clock: Arc<dyn Clock>) -> Self {
        Self { store, queues, clock }
    }

    /// Gives up on a message that makes no sense. It is done with only after that.
    pub async fn give_up(&self, queue: &str, body: &str, reason: &str) -> Result<(), Unavailable> {
        self.record_letter(queue, body, reason).await?;
        self.queues.bury(queue, body.to_owned()).await
    }

    /// A run that was taken up again is not stopped any more: what told of it is removed. The copies
    /// in the queues are left to the sweep.
    pub(crate) async fn forget_stop(&self, run: &Run) -> Result<(), Unavailable> {
        // Which step it was is not said any more: it is one that is open, or was just ended.
        let ended_last = run.steps.values().filter_map(|step| step.ended_at).max();
        let concerned = run.steps.iter().filter(|(_, step)| {
            step.state.is_open() || (step.ended_at.is_some() && step.ended_at == ended_last)
        });
        for (path, _) in concerned {
            for letter in self.store.letters_of(&run.id, path).await? {
                self.store.remove_letter(&letter.id).await?;
            }
        }
        Ok(())
    }

    async fn record_letter(
        &self,
        queue: &str,
        body: &str,
        reason: &str,
    ) -> Result<(), Unavailable> {
        let letter = DeadLetter {
            id: identity(queue, body),
            queue: self.action_at(queue, body).await.unwrap_or_else(|| queue.to_owned()),
            body: body.to_owned(),
            reason: reason.to_owned(),
            at: self.clock.now(),
        };
        self.store.insert_letter(&letter).await
    }

    /// The action that the message waited for, where it is not the one that the queue is called after: actions of a
    /// project's own share one. Nothing where nobody can tell.
    async fn action_at(&self, queue: &str, body: &str) -> Option<String> {
        if queue != FOR_OWN_ACTIONS {
            return None;
        }
        let wake = wake_up(body)?;
        let run = Runs::read(&self.store, &wake.run).await.ok()??;
        let work = run.steps.get(&wake.path)?.work.action()?;
        Some(work.action.0.clone())
    }

    /// The copies of a queue's letters for which `wanted` holds; the others show again at once.
    async fn copies(
        &self,
        queue: &str,
        wanted: impl Fn(&Received) -> bool,
    ) -> Result<Vec<Received>, Unavailable> {
        let (copies, others): (Vec<_>, Vec<_>) =
            self.queues.dead(queue).await?.into_iter().partition(wanted);
        self.queues.release(&others).await;
        Ok(copies)
    }

    async fn delete(&self, copies: &[Received]) -> Result<(), Unavailable> {
        for copy in copies {
            self.queues.delete(&copy.receipt).await?;
        }
        Ok(())
    }

    async fn send_back(&self, letter: &DeadLetter) -> Result<(), Unavailable> {
        self.queues.send(&letter.queue, letter.body.clone(), None, None).await
    }
}

#[async_trait]
impl DeadLetters for Letters {
    async fn list(&self, limit: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        self.store.letters(limit).await
    }

    async fn letter(&self, id: &str) -> Result<Option<DeadLetter>, Unavailable> {
        self.store.letter(id).await
    }

    /// The item goes last: until then it can be seen, and dismissed again.
    async fn dismiss(&self, id: &str) -> Result<bool, Unavailable> {
        let Some(letter) = self.store.letter(id).await? else { return Ok(false) };
        let is_copy = |copy: &Received| identity(&letter.queue, &copy.body) == id;
        let copies = self.copies(&letter.queue, is_copy).await?;
        if copies.is_empty() {
            // It may lie there all the same, and is cleared away by the sweep that meets it.
            self.store.record_dismissal(id, self.clock.now()).await?;
        }
        self.delete(&copies).await?;
        self.store.remove_letter(id).await?;
        Ok(true)
    }

    async fn redrive(&self, id: &str) -> Result<bool, Unavailable> {
        let Some(letter) = self.store.letter(id).await? else { return Ok(false) };
        let is_copy = |copy: &Received| identity(&letter.queue, &copy.body) == id;
        let copies = self.copies(&letter.queue, is_copy).await?;
        if copies.is_empty() {
            // There is nothing but the item: it goes last.
            self.send_back(&letter).await?;
            self.store.remove_letter(id).await?;
            return Ok(true);
        }
        // The item goes first: the message may lead to the same letter again at once, and that one is
        // to stay. Should this end in between, the sweep finds the copy.
        self.store.remove_letter(id).await?;
        if let Err(unavailable) = self.send_back(&letter).await {
            self.store.insert_letter(&letter).await?;
            return Err(unavailable);
        }
        self.delete(&copies).await?;
        Ok(true)
    }

    /// Many runs may be taken up again at once, and to look for one copy is to look through a queue: the
    /// copies are left to the sweep, which clears what was settled.
    async fn settle_letter(&self, letter: &WakeUp) -> Result<(), Unavailable> {
        for item in self.store.letters_of(&letter.run, &letter.path).await? {
            if wake_up(&item.body).is_some_and(|other| letter.covers(&other)) {
                self.store.remove_letter(&item.id).await?;
            }
        }
        Ok(())
    }
}
