//! The audit log and the answers to repeated requests.

use super::Memory;
use async_trait::async_trait;
use tradewind_engine::ports::{Audit, AuditLine, Replies, Reply, Unavailable};
use tradewind_engine::time::Timestamp;

#[async_trait]
impl Audit for Memory {
    async fn note(&self, line: AuditLine) -> Result<(), Unavailable> {
        self.state().audit.push(line);
        Ok(())
    }

    async fn list(&self, limit: usize) -> Result<Vec<AuditLine>, Unavailable> {
        Ok(self.state().audit.iter().rev().take(limit).cloned().collect())
    }
}

#[async_trait]
impl Replies for Memory {
    async fn read(&self, key: &str) -> Result<Option<Reply>, Unavailable> {
        Ok(self.state().replies.get(key).map(|(_, reply)| reply.clone()))
    }

    async fn keep(&self, key: &str, reply: Reply, now: Timestamp) -> Result<(), Unavailable> {
        self.state().replies.entry(key.to_owned()).or_insert((now, reply));
        Ok(())
    }
}
