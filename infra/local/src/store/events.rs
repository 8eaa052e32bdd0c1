//! The events with what became of them.

use super::batch::Cx;
use super::errors::Fault;
use super::handle::Store;
use super::parts::{self, Part};
use super::rows::{Unread, read_page, sql_limit};
use super::times::to_column;
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use tradewind_engine::events::{EventRecord, Verdict};
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{Events, Page, Place, Unavailable};
use tradewind_engine::stored::read_stored;
use tradewind_engine::time::Timestamp;

/// An event's record, ready to be stored.
pub(super) struct EventRow {
    /// Without what stands beside it.
    record: EventRecord,
    document: String,
    parts: Vec<Part>,
}

impl EventRow {
    pub(super) fn of(record: &EventRecord) -> Result<Self, Fault> {
        let (record, parts) = match parts::split_event(&record.event)? {
            None => (record.clone(), Vec::new()),
            Some((event, parts)) => {
                let verdicts = record.verdicts.clone();
                (EventRecord { event, verdicts, ..*record }, parts)
            }
        };
        Ok(Self { document: serde_json::to_string(&record)?, record, parts })
    }

    /// Writes it, or what is to be kept in place of the record that the event has.
    pub(super) fn insert_or_replace(&self, cx: &Cx<'_>) -> Result<(), Fault> {
        let connection = cx.connection;
        let event = &self.record.event;
        let Some(stands) = find(connection, &event.id)? else {
            self.parts.iter().try_for_each(|part| part.insert(cx))?;
            let sql = "INSERT INTO events (id, accepted_at, document) VALUES (?1, ?2, ?3)";
            let accepted_at = to_column(event.accepted_at);
            let values = params![event.id.as_str(), accepted_at, self.document];
            connection.prepare_cached(sql)?.execute(values)?;
            return Ok(());
        };
        if let Some(kept) = stands.replaced_by(&self.record) {
            self.parts.iter().try_for_each(|part| part.insert(cx))?;
            replace(connection, &kept)?;
        }
        Ok(())
    }
}

#[async_trait]
impl Events for Store {
    async fn read(&self, event: &EventId) -> Result<Option<EventRecord>, Unavailable> {
        let event = event.clone();
        self.look(move |connection| {
            let Some(mut record) = find(connection, &event)? else { return Ok(None) };
            if !parts::restore_event(connection, &mut record.event)? {
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
    ) -> Result<Page<EventRecord, EventId>, Unavailable> {
        let (before, unread) = (before.cloned(), self.unread.clone());
        let page = self
            .look(move |connection| match &before {
                None => newest(connection, at_most, &unread),
                Some(before) => older(connection, before, at_most, &unread),
            })
            .await?;
        let next = page.next.map(|place| EventId(place.id));
        Ok(Page { records: page.records, hidden: page.hidden, next })
    }

    async fn unredacted(
        &self,
        accepted_before: Timestamp,
        from: Option<&Place>,
        at_most: usize,
    ) -> Result<Page<EventId, Place>, Unavailable> {
        let sql = "SELECT id, document, accepted_at FROM events AS event
             WHERE NOT redacted AND accepted_at < ?1 AND (accepted_at, id) > (?2, ?3)
             AND NOT EXISTS (
                 SELECT 1 FROM runs WHERE runs.event = event.id AND redacted_at IS NULL)
             ORDER BY accepted_at, id LIMIT ?4";
        let page: Page<EventRecord, Place> =
            self.in_order(sql, to_column(accepted_before), from, at_most).await?;
        let Page { records, hidden, next } = page;
        let records = records.into_iter().filter(|record| !record.is_held());
        let records = records.map(|record| record.event.id).collect();
        Ok(Page { records, hidden, next })
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
    Ok(document.map(|document| read_stored(document.as_bytes())).transpose()?)
}

fn newest(
    connection: &Connection,
    at_most: usize,
    unread: &Unread,
) -> Result<Page<EventRecord, Place>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, document, accepted_at FROM events
         ORDER BY accepted_at DESC, seq DESC LIMIT ?1",
    )?;
    read_page(statement.query([sql_limit(at_most)])?, at_most, unread)
}

fn older(
    connection: &Connection,
    before: &EventId,
    at_most: usize,
    unread: &Unread,
) -> Result<Page<EventRecord, Place>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, document, accepted_at FROM events
         WHERE (accepted_at, seq) < (SELECT accepted_at, seq FROM events WHERE id = ?1)
         ORDER BY accepted_at DESC, seq DESC LIMIT ?2",
    )?;
    read_page(statement.query(params![before.as_str(), sql_limit(at_most)])?, at_most, unread)
}

fn redact(connection: &Connection, event: &EventId, now: Timestamp) -> Result<(), Fault> {
    let Some(mut record) = find(connection, event)? else { return Ok(()) };
    if record.is_held() {
        return Ok(());
    }
    record.redact(now);
    let mut statement =
        connection.prepare_cached("UPDATE events SET document = ?2, redacted = 1 WHERE id = ?1")?;
    statement.execute(params![event.as_str(), serde_json::to_string(&record)?])?;
    Ok(())
}

/// The verdict takes the place of the one by which the workflow held the event.
pub(super) fn settle(
    connection: &Connection,
    event: &EventId,
    verdict: &Verdict,
) -> Result<(), Fault> {
    let Some(mut record) = find(connection, event)? else { return Ok(()) };
    if record.settle(verdict) {
        replace(connection, &record)?;
    }
    Ok(())
}

fn replace(connection: &Connection, record: &EventRecord) -> Result<(), Fault> {
    let sql = "UPDATE events SET document = ?2 WHERE id = ?1";
    let values = params![record.event.id.as_str(), serde_json::to_string(record)?];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}
