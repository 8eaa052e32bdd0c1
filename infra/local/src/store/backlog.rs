//! What lies in the queues and among the dead letters.

use super::handle::Store;
use super::queue::QueueDepth;
use super::times::from_column;
use async_trait::async_trait;
use std::collections::BTreeMap;
use tradewind_engine::backlog::QueueStanding;
use tradewind_engine::ports::{Backlog, Unavailable};
use tradewind_engine::time::Timestamp;

#[async_trait]
impl Backlog for Store {
    async fn standing(&self, now: Timestamp) -> Result<Vec<QueueStanding>, Unavailable> {
        let mut queues: BTreeMap<String, QueueStanding> = BTreeMap::new();
        for QueueDepth { queue, waiting, in_flight, delayed, oldest } in
            self.queue_depths(now).await?
        {
            let standing = QueueStanding {
                queue: queue.clone(),
                waiting,
                in_flight,
                delayed,
                oldest,
                ..QueueStanding::default()
            };
            queues.insert(queue, standing);
        }
        for (queue, letters, oldest) in self.letter_counts().await? {
            let standing = queues.entry(queue.clone()).or_default();
            standing.queue = queue;
            (standing.letters, standing.oldest_letter) = (letters, Some(oldest));
        }
        Ok(queues.into_values().collect())
    }
}

impl Store {
    /// How many letters each queue has, and when the oldest was given up on.
    async fn letter_counts(&self) -> Result<Vec<(String, u64, Timestamp)>, Unavailable> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT queue, count(*), min(at) FROM dead_letters GROUP BY queue",
            )?;
            let counts = statement.query_map([], |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs(), from_column(row.get(2)?)))
            })?;
            Ok(counts.collect::<Result<_, _>>()?)
        })
        .await
    }
}
