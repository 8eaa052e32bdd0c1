//! Dead letters, and what else stands beside the runs: outbox and tokens.

use super::hidden::Unread;
use super::queues::Queues;
use super::{Kind, Memory};
use async_trait::async_trait;
use tradewind_engine::ids::RunId;
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::ports::{DeadLetters, Outbox, Token, TokenKey, Tokens, Unavailable};
use tradewind_engine::protocol::WakeUp;
use tradewind_engine::time::Timestamp;

#[async_trait]
impl DeadLetters for Memory {
    async fn list(&self, limit: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        let state = self.state();
        let newest = state.queues.letters.iter().rev().take(limit);
        let readable = newest.filter(|letter| !state.unread.hides(Kind::Letter, &letter.id));
        Ok(readable.cloned().collect())
    }

    async fn letter(&self, id: &str) -> Result<Option<DeadLetter>, Unavailable> {
        Ok(self.state().queues.letters.iter().find(|letter| letter.id == id).cloned())
    }

    async fn dismiss(&self, id: &str) -> Result<bool, Unavailable> {
        let mut state = self.state();
        state.unread.check(Kind::Letter, id)?;
        let before = state.queues.letters.len();
        state.queues.letters.retain(|letter| letter.id != id);
        Ok(state.queues.letters.len() < before)
    }

    async fn redrive(&self, id: &str) -> Result<bool, Unavailable> {
        let now = self.clock.now();
        let mut state = self.state();
        state.unread.check(Kind::Letter, id)?;
        let letters = &mut state.queues.letters;
        let Some(index) = letters.iter().position(|letter| letter.id == id) else {
            return Ok(false);
        };
        let letter = letters.remove(index);
        state.queues.send(&letter.queue, letter.body, now);
        Ok(true)
    }

    async fn settle_letter(&self, letter: &WakeUp) -> Result<(), Unavailable> {
        let state = &mut *self.state();
        state.queues.remove_letters(&state.unread, |other| letter.covers(other));
        Ok(())
    }
}

impl Queues {
    /// Removes the letters that hold such wake-ups.
    pub(super) fn remove_letters(&mut self, unread: &Unread, settled: impl Fn(&WakeUp) -> bool) {
        self.letters.retain(|letter| {
            unread.hides(Kind::Letter, &letter.id)
                || serde_json::from_str(&letter.body).map_or(true, |wake: WakeUp| !settled(&wake))
        });
    }
}

#[async_trait]
impl Outbox for Memory {
    async fn store_entry(&self, entry: OutboxEntry) -> Result<OutboxEntry, Unavailable> {
        self.state().unread.check(Kind::OutboxEntry, &entry.key)?;
        self.outbox.store_entry(entry).await
    }

    async fn list(
        &self,
        run: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, Unavailable> {
        let mut entries = self.outbox.list(run, limit).await?;
        let state = self.state();
        entries.retain(|entry| !state.unread.hides(Kind::OutboxEntry, &entry.key));
        Ok(entries)
    }

    async fn forget(&self, run: &RunId) -> Result<(), Unavailable> {
        self.outbox.forget(run).await
    }
}

#[async_trait]
impl Tokens for Memory {
    async fn read(&self, key: &TokenKey) -> Result<Option<Token>, Unavailable> {
        self.tokens.read(key).await
    }

    async fn lease(
        &self,
        key: &TokenKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Unavailable> {
        self.tokens.lease(key, now, until).await
    }

    async fn store(&self, key: &TokenKey, token: Token) -> Result<(), Unavailable> {
        self.tokens.store(key, token).await
    }

    async fn release(&self, key: &TokenKey) -> Result<(), Unavailable> {
        self.tokens.release(key).await
    }
}
