//! What lies in the queues and among the dead letters.

use super::Memory;
use async_trait::async_trait;
use std::collections::BTreeMap;
use tradewind_engine::backlog::QueueStanding;
use tradewind_engine::ports::{Backlog, Unavailable};
use tradewind_engine::time::Timestamp;

#[async_trait]
impl Backlog for Memory {
    async fn standing(&self, now: Timestamp) -> Result<Vec<QueueStanding>, Unavailable> {
        let state = self.state();
        let mut queues: BTreeMap<String, QueueStanding> = BTreeMap::new();
        for (queue, visible_at, receives) in state.queues.messages() {
            let standing = queues.entry(queue.to_owned()).or_default();
            if visible_at <= now {
                standing.waiting += 1;
                standing.oldest = Some(standing.oldest.map_or(visible_at, |at| at.min(visible_at)));
            } else if receives > 0 {
                standing.in_flight += 1;
            } else {
                standing.delayed += 1;
            }
        }
        for letter in &state.queues.letters {
            let standing = queues.entry(letter.queue.clone()).or_default();
            standing.letters += 1;
            let oldest = standing.oldest_letter.map_or(letter.at, |at| at.min(letter.at));
            standing.oldest_letter = Some(oldest);
        }
        let named = queues.into_iter().map(|(queue, one)| QueueStanding { queue, ..one });
        Ok(named.collect())
    }
}
