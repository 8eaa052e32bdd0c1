//! The queues: messages that are hidden while they are worked on.

use super::handle::Store;
use super::letters::bury_message;
use super::messages::{
    Capacities, Delivery, Received, find_in_flight, hide_message, next_visible, visible_messages,
};
use super::times::{from_column, to_column};
use std::time::Duration;
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::protocol::RECEIVES_MAX;
use tradewind_engine::time::{Timestamp, after};

/// How full a queue is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueDepth {
    /// The queue.
    pub queue: String,
    /// Messages that wait for a worker.
    pub waiting: u64,
    /// Messages that are being worked on.
    pub in_flight: u64,
    /// Messages whose time has not come.
    pub delayed: u64,
    /// Since when the oldest of those that wait has been waiting.
    pub oldest: Option<Timestamp>,
}

impl Store {
    /// Takes at most `max` visible messages, in the order in which they became visible, and hides
    /// them for so long. A message that ended in a crash too often goes to the dead letters instead.
    pub async fn receive(
        &self,
        queue: &str,
        max: usize,
        visibility: Duration,
        now: Timestamp,
    ) -> Result<Vec<Received>, Unavailable> {
        self.receive_within(queue, max, visibility, now, Capacities::new()).await
    }

    /// The same, but of a connection with little capacity only as many messages as it takes: the
    /// others wait without being looked at.
    pub async fn receive_within(
        &self,
        queue: &str,
        max: usize,
        visibility: Duration,
        now: Timestamp,
        capacities: Capacities,
    ) -> Result<Vec<Received>, Unavailable> {
        let queue = queue.to_owned();
        let visible_again_at = after(now, visibility);
        self.write(move |cx| {
            let mut received = Vec::new();
            for message in visible_messages(cx.connection, &queue, max, now, &capacities)? {
                if message.receives > RECEIVES_MAX {
                    let reason = format!("it was received {RECEIVES_MAX} times and never finished");
                    bury_message(cx, message, &reason)?;
                } else {
                    received.push(hide_message(cx.connection, message, visible_again_at)?);
                }
            }
            Ok(received)
        })
        .await
    }

    /// Moves a message to the dead letters; false when the receipt is stale.
    pub async fn give_up(&self, receipt: &Receipt, reason: &str) -> Result<bool, Unavailable> {
        let (delivery, reason) = (Delivery::of(receipt), reason.to_owned());
        self.write(move |cx| {
            let Some(delivery) = delivery else { return Ok(false) };
            let Some(message) = find_in_flight(cx.connection, delivery)? else { return Ok(false) };
            bury_message(cx, message, &reason)?;
            Ok(true)
        })
        .await
    }

    /// When the queue's next message is visible; that may be in the past.
    pub async fn next_visible_at(&self, queue: &str) -> Result<Option<Timestamp>, Unavailable> {
        self.next_visible_within(queue, Capacities::new()).await
    }

    /// The same for the next message that its connection takes.
    pub async fn next_visible_within(
        &self,
        queue: &str,
        capacities: Capacities,
    ) -> Result<Option<Timestamp>, Unavailable> {
        let queue = queue.to_owned();
        self.look(move |connection| {
            Ok(next_visible(connection, &queue, &capacities)?.map(from_column))
        })
        .await
    }

    /// How full the queues are; those that are empty are left out.
    pub async fn queue_depths(&self, now: Timestamp) -> Result<Vec<QueueDepth>, Unavailable> {
        self.look(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT queue, total(NOT in_flight AND visible_at <= ?1), total(in_flight),
                        total(NOT in_flight AND visible_at > ?1),
                        min(iif(NOT in_flight AND visible_at <= ?1, visible_at, NULL))
                 FROM messages GROUP BY queue ORDER BY queue",
            )?;
            let depths = statement.query_map([to_column(now)], |row| {
                Ok(QueueDepth {
                    queue: row.get(0)?,
                    waiting: row.get::<_, f64>(1)? as u64,
                    in_flight: row.get::<_, f64>(2)? as u64,
                    delayed: row.get::<_, f64>(3)? as u64,
                    oldest: row.get::<_, Option<i64>>(4)?.map(from_column),
                })
            })?;
            Ok(depths.collect::<Result<_, _>>()?)
        })
        .await
    }
}
