//! The events with what became of them.

use super::batch::Cx;
use super::errors::Fault;
use super::open::Store;
use super::parts::{self, Part};
use super::runs::{limit, readable};
use super::times::to_column;
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Rows, params};
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{EventRecord, Events, Unavailable};
use tradewind_engine::time::Timestamp;

/// An event's record, ready to be kept.
pub(super) struct EventRow {
    id: EventId,
    accepted_at: i64,
    document: String,
    parts: Vec<Part>,
}

impl EventRow {
    pub(super) fn of(record: &EventRecord) -> Result<Self, Fault> {
        let (document, parts) = match parts::split_event(&record.event)? {
            None => (serde_json::to_string(record)?, Vec::new()),
            Some((event, parts)) => {
                let verdicts = record.verdicts.clone();
                (serde_json::to_string(&EventRecord { event, verdicts, ..*record })?, parts)
            }
        };
        Ok(Self {
            id: record.event.id.clone(),
            accepted_at: to_column(record.event.accepted_at),
            document,
            parts,
        })
    }

    /// Keeps it, unless the event has a record already that does not make way.
    pub(super) fn keep(&self, cx: &Cx<'_>) -> Result<(), Fault> {
        let connection = cx.connection;
        if find(connection, &self.id)?.is_some_and(|record| !record.makes_way()) {
            return Ok(());
        }
        self.parts.iter().try_for_each(|part| part.keep(cx))?;
        let mut statement = connection.prepare_cached(
            "INSERT INTO events (id, accepted_at, document) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET document = excluded.document, redacted = 0",
        )?;
        statement.execute(params![self.id.as_str(), self.accepted_at, self.document])?;
        Ok(())
    }
}

#[async_trait]
impl Events for Store {
    async fn read(&self, event: &EventId) -> Result<Option<EventRecord>, Unavailable> {
        let event = event.clone();
        self.look(move |connection| {
            let Some(mut record) = find(connection, &event)? else { return Ok(None) };
            if !parts::put_back_event(connection, &mut record.event)? {
                return Err(Fault::PartMissing(event.0));
            }
            Ok(Some(record))
        })
        .await
    }

    async fn list(
        &self,
        before: Option<&EventId>,
        at_most: usize,
    ) -> Result<Vec<EventRecord>, Unavailable> {
        let before = before.cloned();
        self.look(move |connection| match &before {
            None => newest(connection, at_most),
            Some(before) => older(connection, before, at_most),
        })
        .await
    }

    async fn unredacted(
        &self,
        accepted_before: Timestamp,
        at_most: usize,
    ) -> Result<Vec<EventId>, Unavailable> {
        self.look(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM events AS event WHERE NOT redacted AND accepted_at < ?1
                 AND NOT EXISTS (
                     SELECT 1 FROM runs WHERE runs.event = event.id AND redacted_at IS NULL)
                 ORDER BY accepted_at LIMIT ?2",
            )?;
            let wanted = [to_column(accepted_before), limit(at_most)];
            let events = statement.query_map(wanted, |row| row.get(0).map(EventId))?;
            Ok(events.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn redact(&self, event: &EventId, now: Timestamp) -> Result<(), Unavailable> {
        let event = event.clone();
        self.write(move |cx| redact(cx.connection, &event, now)).await
    }
}

fn find(connection: &Connection, event: &EventId) -> Result<Option<EventRecord>, Fault> {
    let mut statement = connection.prepare_cached("SELECT document FROM events WHERE id = ?1")?;
    let document: Option<String> =
        statement.query_row([event.as_str()], |row| row.get(0)).optional()?;
    Ok(document.map(|document| serde_json::from_str(&document)).transpose()?)
}

fn newest(connection: &Connection, at_most: usize) -> Result<Vec<EventRecord>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, document FROM events ORDER BY accepted_at DESC, seq DESC LIMIT ?1",
    )?;
    documents(statement.query([limit(at_most)])?)
}

fn older(
    connection: &Connection,
    before: &EventId,
    at_most: usize,
) -> Result<Vec<EventRecord>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, document FROM events
         WHERE (accepted_at, seq) < (SELECT accepted_at, seq FROM events WHERE id = ?1)
         ORDER BY accepted_at DESC, seq DESC LIMIT ?2",
    )?;
    documents(statement.query(params![before.as_str(), limit(at_most)])?)
}

fn documents(rows: Rows<'_>) -> Result<Vec<EventRecord>, Fault> {
    readable(rows, |id, error| {
        tracing::error!(event.id = id, line = error.line(), "a stored event cannot be read");
    })
}

fn redact(connection: &Connection, event: &EventId, now: Timestamp) -> Result<(), Fault> {
    let Some(mut record) = find(connection, event)? else { return Ok(()) };
    record.redact(now);
    let mut statement =
        connection.prepare_cached("UPDATE events SET document = ?2, redacted = 1 WHERE id = ?1")?;
    statement.execute(params![event.as_str(), serde_json::to_string(&record)?])?;
    Ok(())
}
