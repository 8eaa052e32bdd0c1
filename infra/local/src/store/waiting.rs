//! What waits for a worker now. The index leads to it, so that it takes no longer for all the messages that
//! wait for their time.

use super::errors::Fault;
use super::handle::Store;
use super::messages::awaited_connections;
use super::times::{from_column, to_column};
use rusqlite::{Connection, OptionalExtension as _, params};
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::Timestamp;

/// A queue in which something waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueWaiting {
    /// The queue.
    pub queue: String,
    /// Messages that wait for a worker.
    pub waiting: u64,
    /// Since when the oldest of them has been waiting.
    pub oldest: Timestamp,
}

impl Store {
    /// The queues that have messages.
    pub async fn queues(&self) -> Result<Vec<String>, Unavailable> {
        self.look(queues).await
    }

    /// The queues in which something waits.
    pub async fn queues_waiting(&self, now: Timestamp) -> Result<Vec<QueueWaiting>, Unavailable> {
        self.look(move |connection| {
            let mut found = Vec::new();
            for queue in queues(connection)? {
                found.extend(waiting(connection, queue, now)?);
            }
            Ok(found)
        })
        .await
    }
}

fn waiting(
    connection: &Connection,
    queue: String,
    now: Timestamp,
) -> Result<Option<QueueWaiting>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*), min(visible_at) FROM messages
         WHERE queue = ?1 AND connection = ?2 AND visible_at <= ?3 AND in_flight = 0",
    )?;
    let (mut waiting, mut oldest) = (0, None);
    for waited_for in awaited_connections(connection, &queue)? {
        let bounds = params![queue, waited_for, to_column(now)];
        let (count, first) = statement
            .query_row(bounds, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?)))?;
        waiting += count.unsigned_abs();
        oldest = oldest.into_iter().chain(first).min();
    }
    Ok(oldest.map(|oldest| QueueWaiting { queue, waiting, oldest: from_column(oldest) }))
}

/// The queues that have messages, by one look into the index for each.
fn queues(connection: &Connection) -> Result<Vec<String>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT queue FROM messages WHERE queue > ?1 ORDER BY queue LIMIT 1")?;
    let mut found: Vec<String> = Vec::new();
    while let Some(next) = statement
        .query_row([found.last().map_or("", String::as_str)], |row| row.get(0))
        .optional()?
    {
        found.push(next);
    }
    Ok(found)
}
