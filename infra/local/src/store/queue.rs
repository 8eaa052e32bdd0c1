//! The queues: messages that are hidden while they are worked on.
//!
//! Invariant: a receipt names one delivery of one message. Once the message is delivered again, held
//! or gone, the receipt means nothing, and what is asked for with it is not done.

use super::batch::Cx;
use super::errors::Fault;
use super::letters::Letter;
use super::open::Store;
use super::runs::limit;
use super::times::{from_column, to_column};
use rusqlite::{Connection, params};
use std::time::Duration;
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::protocol::RECEIVES_MAX;
use tradewind_engine::time::{Timestamp, after};

/// A message that is being worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// What acknowledges it.
    pub receipt: Receipt,
    /// The queue that it came from.
    pub queue: String,
    /// The message.
    pub body: String,
    /// How many times it was received; those that were held in an orderly way do not count.
    pub receives: u32,
}

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

/// One delivery of one message.
#[derive(Clone, Copy)]
pub(super) struct Delivery {
    seq: i64,
    number: i64,
}

impl Delivery {
    /// What the receipt names; `None` when this store has not written it.
    pub(super) fn of(receipt: &Receipt) -> Option<Self> {
        let (seq, number) = receipt.0.split_once('.')?;
        Some(Self { seq: seq.parse().ok()?, number: number.parse().ok()? })
    }

    fn receipt(self) -> Receipt {
        Receipt(format!("{}.{}", self.seq, self.number))
    }

    /// Deletes the message.
    pub(super) fn ack(self, connection: &Connection) -> Result<(), Fault> {
        let mut statement = connection.prepare_cached(
            "DELETE FROM messages WHERE seq = ?1 AND deliveries = ?2 AND in_flight = 1",
        )?;
        statement.execute([self.seq, self.number])?;
        Ok(())
    }

    /// Shows the message again after `wait`. The worker is well, so this delivery does not count
    /// among those that ended in a crash.
    pub(super) fn hold(self, cx: &mut Cx<'_>, wait: Duration) -> Result<(), Fault> {
        let mut statement = cx.connection.prepare_cached(
            "UPDATE messages SET visible_at = ?3, in_flight = 0, receives = receives - 1
             WHERE seq = ?1 AND deliveries = ?2 AND in_flight = 1 RETURNING queue",
        )?;
        let visible_at = to_column(after(cx.now, wait));
        let held =
            statement.query_map(params![self.seq, self.number, visible_at], |row| row.get(0));
        for queue in held? {
            cx.changed.insert(queue?);
        }
        Ok(())
    }
}

/// Puts a message into a queue.
pub(super) fn send(
    cx: &mut Cx<'_>,
    queue: &str,
    body: &str,
    not_before: Option<Timestamp>,
) -> Result<(), Fault> {
    let visible_at = not_before.unwrap_or(cx.now).max(cx.now);
    let mut statement = cx
        .connection
        .prepare_cached("INSERT INTO messages (queue, visible_at, body) VALUES (?1, ?2, ?3)")?;
    statement.execute(params![queue, to_column(visible_at), body])?;
    cx.changed.insert(queue.to_owned());
    Ok(())
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
        let queue = queue.to_owned();
        let visible_again_at = after(now, visibility);
        self.write(move |cx| {
            let mut received = Vec::new();
            for message in visible(cx.connection, &queue, max, now)? {
                if message.receives > RECEIVES_MAX {
                    let reason = format!("it was received {RECEIVES_MAX} times and never finished");
                    bury(cx, message, &reason)?;
                } else {
                    received.push(take(cx.connection, message, visible_again_at)?);
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
            let Some(message) = in_flight(cx.connection, delivery)? else { return Ok(false) };
            bury(cx, message, &reason)?;
            Ok(true)
        })
        .await
    }

    /// When the queue's next message is visible; that may be in the past.
    pub async fn next_visible_at(&self, queue: &str) -> Result<Option<Timestamp>, Unavailable> {
        let queue = queue.to_owned();
        self.look(move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT min(visible_at) FROM messages WHERE queue = ?1")?;
            let next_at: Option<i64> = statement.query_row([queue], |row| row.get(0))?;
            Ok(next_at.map(from_column))
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

/// A message as it stands in its queue. `delivery` is the one that comes now, or the present one.
struct Message {
    delivery: Delivery,
    queue: String,
    receives: u32,
    body: String,
}

fn visible(
    connection: &Connection,
    queue: &str,
    max: usize,
    now: Timestamp,
) -> Result<Vec<Message>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, deliveries + 1, queue, receives + 1, body FROM messages
         WHERE queue = ?1 AND visible_at <= ?2 ORDER BY visible_at, seq LIMIT ?3",
    )?;
    let rows = statement.query_map(params![queue, to_column(now), limit(max)], message)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn in_flight(connection: &Connection, delivery: Delivery) -> Result<Option<Message>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, deliveries, queue, receives, body FROM messages
         WHERE seq = ?1 AND deliveries = ?2 AND in_flight = 1",
    )?;
    let mut rows = statement.query_map([delivery.seq, delivery.number], message)?;
    Ok(rows.next().transpose()?)
}

fn message(row: &rusqlite::Row<'_>) -> Result<Message, rusqlite::Error> {
    Ok(Message {
        delivery: Delivery { seq: row.get(0)?, number: row.get(1)? },
        queue: row.get(2)?,
        receives: row.get(3)?,
        body: row.get(4)?,
    })
}

fn take(
    connection: &Connection,
    message: Message,
    visible_again_at: Timestamp,
) -> Result<Received, Fault> {
    let Message { delivery, queue, receives, body } = message;
    let mut statement = connection.prepare_cached(
        "UPDATE messages SET visible_at = ?2, in_flight = 1, deliveries = ?3, receives = ?4
         WHERE seq = ?1",
    )?;
    let visible_again_at = to_column(visible_again_at);
    statement.execute(params![delivery.seq, visible_again_at, delivery.number, receives])?;
    Ok(Received { receipt: delivery.receipt(), queue, body, receives })
}

fn bury(cx: &Cx<'_>, message: Message, reason: &str) -> Result<(), Fault> {
    let mut statement = cx.connection.prepare_cached("DELETE FROM messages WHERE seq = ?1")?;
    statement.execute([message.delivery.seq])?;
    tracing::error!(queue = message.queue, reason, "a message was given up");
    Letter::of(message.queue, message.body, reason).keep(cx)
}
