//! The messages of the queues, one by one, within a request.
//!
//! Invariant: a receipt names one delivery of one message. Once the message is delivered again, held
//! or gone, the receipt means nothing, and what is asked for with it is not done.

use super::batch::Cx;
use super::errors::Fault;
use super::letters::Letter;
use super::queue::Received;
use super::rows::limit;
use super::times::to_column;
use rusqlite::{Connection, Row, params};
use std::time::Duration;
use tradewind_engine::ports::Receipt;
use tradewind_engine::time::{Timestamp, after};

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

/// A message as it stands in its queue. `delivery` is the one that comes now, or the present one.
pub(super) struct Message {
    delivery: Delivery,
    queue: String,
    pub(super) receives: u32,
    body: String,
}

/// Those that may be taken, in the order in which they became visible.
pub(super) fn visible(
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

/// The message of a delivery that is still the newest one.
pub(super) fn in_flight(
    connection: &Connection,
    delivery: Delivery,
) -> Result<Option<Message>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, deliveries, queue, receives, body FROM messages
         WHERE seq = ?1 AND deliveries = ?2 AND in_flight = 1",
    )?;
    let mut rows = statement.query_map([delivery.seq, delivery.number], message)?;
    Ok(rows.next().transpose()?)
}

fn message(row: &Row<'_>) -> Result<Message, rusqlite::Error> {
    Ok(Message {
        delivery: Delivery { seq: row.get(0)?, number: row.get(1)? },
        queue: row.get(2)?,
        receives: row.get(3)?,
        body: row.get(4)?,
    })
}

/// Hides the message for a worker.
pub(super) fn take(
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

/// Gives the message up.
pub(super) fn bury(cx: &Cx<'_>, message: Message, reason: &str) -> Result<(), Fault> {
    let mut statement = cx.connection.prepare_cached("DELETE FROM messages WHERE seq = ?1")?;
    statement.execute([message.delivery.seq])?;
    tracing::error!(queue = message.queue, reason, "a message was given up");
    Letter::of(message.queue, message.body, reason).keep(cx)
}
