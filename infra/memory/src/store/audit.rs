//! The audit log and the answers to repeated requests.

use super::{Kind, Memory};
use async_trait::async_trait;
use tradewind_engine::audit::{AuditLine, Reply};
use tradewind_engine::ports::{Audit, KEY_HELD_FOR, KeyUse, Replies, Unavailable};
use tradewind_engine::time::{Timestamp, after};

#[async_trait]
impl Audit for Memory {
    async fn append_line(&self, line: AuditLine) -> Result<(), Unavailable> {
        self.state().audit.push(line);
        Ok(())
    }

    async fn list(&self, limit: usize) -> Result<Vec<AuditLine>, Unavailable> {
        let state = self.state();
        let newest = state.audit.iter().rev().take(limit);
        let readable = newest.filter(|line| !state.unread.hides(Kind::AuditLine, &line.subject));
        Ok(readable.cloned().collect())
    }
}

#[async_trait]
impl Replies for Memory {
    async fn reserve_key(&self, key: &str, now: Timestamp) -> Result<KeyUse, Unavailable> {
        let mut state = self.state();
        state.unread.check(Kind::Reply, key)?;
        if let Some((_, reply)) = state.replies.get(key) {
            return Ok(KeyUse::Answered(reply.clone()));
        }
        let held = state.held_keys.get(key);
        if held.is_some_and(|begun_at| now < after(*begun_at, KEY_HELD_FOR)) {
            return Ok(KeyUse::InProgress);
        }
        state.held_keys.insert(key.to_owned(), now);
        Ok(KeyUse::New)
    }

    async fn store_reply(
        &self,
        key: &str,
        reply: Reply,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let mut state = self.state();
        state.replies.entry(key.to_owned()).or_insert((now, reply));
        state.held_keys.remove(key);
        Ok(())
    }

    async fn release(&self, key: &str, begun_at: Timestamp) -> Result<(), Unavailable> {
        let held_keys = &mut self.state().held_keys;
        if held_keys.get(key) == Some(&begun_at) {
            held_keys.remove(key);
        }
        Ok(())
    }
}
