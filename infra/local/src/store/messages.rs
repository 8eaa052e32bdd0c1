//! The messages of the queues, one by one, within a request.
//!
//! Invariant: a receipt names one delivery of one message. Once the message is delivered again, held
//! or gone, the receipt means nothing, and what is asked for with it is not done.

use super::batch::Cx;
use super::errors::Fault;
use super::rows::sql_limit;
use super::times::to_column;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::collections::BTreeMap;
use std::time::Duration;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::limits::Capacity;
use tradewind_engine::ports::Receipt;
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
    /// How much of the run or event that it is about stands beside its row.
    pub bytes_beside: u64,
    /// How many times it was received; those that were held in an orderly way do not count.
    pub receives: u32,
    /// The connection that it waits for, where that is known.
    pub via: Option<ConnectionName>,
}

/// The connections that do not take any number of calls now, by name, with how many they take.
pub type Capacities = BTreeMap<String, Capacity>;

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
    pub(super) fn show_again(self, cx: &mut Cx<'_>, wait: Duration) -> Result<(), Fault> {
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

/// Puts a message into a queue; `connection` is empty where it waits for none.
pub(super) fn send_message(
    cx: &mut Cx<'_>,
    queue: &str,
    body: &str,
    not_before: Option<Timestamp>,
    connection: &str,
) -> Result<(), Fault> {
    let visible_at = not_before.unwrap_or(cx.now).max(cx.now);
    let mut statement = cx.connection.prepare_cached(
        "INSERT INTO messages (queue, connection, visible_at, body) VALUES (?1, ?2, ?3, ?4)",
    )?;
    statement.execute(params![queue, connection, to_column(visible_at), body])?;
    cx.changed.insert(queue.to_owned());
    Ok(())
}

/// A message as it stands in its queue. `delivery` is the one that comes now, or the present one.
pub(super) struct Message {
    delivery: Delivery,
    pub(super) queue: String,
    connection: String,
    visible_at: i64,
    pub(super) receives: u32,
    pub(super) body: String,
    beside: f64,
}

/// Those that may be taken, in the order in which they became visible. Of a connection with little
/// room only as many as it has room for.
pub(super) fn visible_messages(
    connection: &Connection,
    queue: &str,
    max: usize,
    now: Timestamp,
    capacities: &Capacities,
) -> Result<Vec<Message>, Fault> {
    let mut found = Vec::new();
    for waited_for in awaited_connections(connection, queue)? {
        let at_most =
            capacities.get(waited_for.as_str()).map_or(max, |capacity| capacity.calls.min(max));
        let mut statement = connection.prepare_cached(
            "SELECT seq, deliveries + 1, queue, receives + 1, body, connection, visible_at, CASE
                 -- Most events stand in their message, and are not worth being read here.
                 WHEN queue = 'dispatch' AND NOT instr(body, '$part') THEN 0.0
                 WHEN json_valid(body) THEN (
                     SELECT total(bytes) FROM parts
                     WHERE owner IN (json_extract(messages.body, '$.run'),
                                     json_extract(messages.body, '$.id')))
                 ELSE 0.0 END
             FROM messages WHERE queue = ?1 AND connection = ?2 AND visible_at <= ?3
             ORDER BY visible_at, seq LIMIT ?4",
        )?;
        let bounds = params![queue, waited_for, to_column(now), sql_limit(at_most)];
        for message in statement.query_map(bounds, message_of_row)? {
            found.push(message?);
        }
    }
    found.sort_by_key(|message| (message.visible_at, message.delivery.seq));
    found.truncate(max);
    Ok(found)
}

/// When the first message of a queue is visible that there is room for.
pub(super) fn next_visible(
    connection: &Connection,
    queue: &str,
    capacities: &Capacities,
) -> Result<Option<i64>, Fault> {
    let mut next_at: Option<i64> = None;
    for waited_for in awaited_connections(connection, queue)? {
        let mut statement = connection.prepare_cached(
            "SELECT min(visible_at) FROM messages WHERE queue = ?1 AND connection = ?2",
        )?;
        let first: Option<i64> =
            statement.query_row(params![queue, waited_for], |row| row.get(0))?;
        let Some(first) = first else { continue };
        let full = capacities.get(waited_for.as_str()).filter(|capacity| capacity.calls == 0);
        let first = full.map_or(first, |capacity| first.max(to_column(capacity.look_again)));
        next_at = Some(next_at.map_or(first, |next_at| next_at.min(first)));
    }
    Ok(next_at)
}

/// The connections that messages of a queue wait for, by one look into the index for each.
pub(super) fn awaited_connections(
    connection: &Connection,
    queue: &str,
) -> Result<Vec<String>, Fault> {
    let mut found: Vec<String> = Vec::new();
    let mut statement = connection.prepare_cached(
        "SELECT connection FROM messages WHERE queue = ?1 AND connection >= ?2
         ORDER BY connection LIMIT 1",
    )?;
    let mut from = String::new();
    while let Some(next) = statement.query_row(params![queue, from], |row| row.get(0)).optional()? {
        // No name of a connection lies between this one and that text.
        from = format!("{next}\u{1}");
        found.push(next);
    }
    Ok(found)
}

/// The message of a delivery that is still the newest one.
pub(super) fn find_in_flight(
    connection: &Connection,
    delivery: Delivery,
) -> Result<Option<Message>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, deliveries, queue, receives, body, connection, visible_at, 0.0 FROM messages
         WHERE seq = ?1 AND deliveries = ?2 AND in_flight = 1",
    )?;
    let mut rows = statement.query_map([delivery.seq, delivery.number], message_of_row)?;
    Ok(rows.next().transpose()?)
}

fn message_of_row(row: &Row<'_>) -> Result<Message, rusqlite::Error> {
    Ok(Message {
        delivery: Delivery { seq: row.get(0)?, number: row.get(1)? },
        queue: row.get(2)?,
        receives: row.get(3)?,
        body: row.get(4)?,
        connection: row.get(5)?,
        visible_at: row.get(6)?,
        beside: row.get(7)?,
    })
}

/// Removes the message from its queue.
pub(super) fn delete_message(connection: &Connection, message: &Message) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached("DELETE FROM messages WHERE seq = ?1")?;
    statement.execute([message.delivery.seq])?;
    Ok(())
}

/// Hides the message for a worker.
pub(super) fn hide_message(
    connection: &Connection,
    message: Message,
    visible_again_at: Timestamp,
) -> Result<Received, Fault> {
    let Message { delivery, queue, receives, body, connection: waited_for, beside, .. } = message;
    let bytes_beside = beside as u64;
    let mut statement = connection.prepare_cached(
        "UPDATE messages SET visible_at = ?2, in_flight = 1, deliveries = ?3, receives = ?4
         WHERE seq = ?1",
    )?;
    let visible_again_at = to_column(visible_again_at);
    statement.execute(params![delivery.seq, visible_again_at, delivery.number, receives])?;
    let via = Some(waited_for).filter(|name| !name.is_empty()).map(ConnectionName);
    Ok(Received { receipt: delivery.receipt(), queue, body, receives, via, bytes_beside })
}
