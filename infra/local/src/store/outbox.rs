//! What sandbox connections were asked to do.

use super::errors::Fault;
use super::handle::Store;
use super::rows::{Unread, read_rows, sql_limit};
use async_trait::async_trait;
use rusqlite::{Connection, params};
use tradewind_engine::ids::RunId;
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::ports::{Outbox, Unavailable};
use tradewind_engine::stored::read_stored;

#[async_trait]
impl Outbox for Store {
    async fn store_entry(&self, entry: OutboxEntry) -> Result<OutboxEntry, Unavailable> {
        self.write(move |cx| insert(cx.connection, &entry)).await
    }

    async fn list(
        &self,
        run: Option<&RunId>,
        at_most: usize,
    ) -> Result<Vec<OutboxEntry>, Unavailable> {
        let (run, unread) = (run.cloned(), self.unread.clone());
        self.look(move |connection| list(connection, run.as_ref(), at_most, &unread)).await
    }

    async fn forget(&self, run: &RunId) -> Result<(), Unavailable> {
        let run = run.clone();
        self.write(move |cx| remove_of_run(cx.connection, run.as_str())).await
    }
}

fn insert(connection: &Connection, entry: &OutboxEntry) -> Result<OutboxEntry, Fault> {
    let document = serde_json::to_string(entry)?;
    connection
        .prepare_cached(
            "INSERT INTO outbox (key, run, document) VALUES (?1, ?2, ?3)
             ON CONFLICT (key) DO NOTHING",
        )?
        .execute(params![entry.key, entry.run.as_str(), document])?;
    let kept: String = connection
        .prepare_cached("SELECT document FROM outbox WHERE key = ?1")?
        .query_row([&entry.key], |row| row.get(0))?;
    Ok(read_stored(kept.as_bytes())?)
}

/// Removes the entries of a run.
pub(super) fn remove_of_run(connection: &Connection, run: &str) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM outbox WHERE run = ?1")?.execute([run])?;
    Ok(())
}

fn list(
    connection: &Connection,
    run: Option<&RunId>,
    at_most: usize,
    unread: &Unread,
) -> Result<Vec<OutboxEntry>, Fault> {
    let Some(run) = run else {
        let mut statement = connection
            .prepare_cached("SELECT key, document, 0 FROM outbox ORDER BY seq DESC LIMIT ?1")?;
        return read_rows(statement.query([sql_limit(at_most)])?, unread);
    };
    let mut statement = connection.prepare_cached(
        "SELECT key, document, 0 FROM outbox WHERE run = ?1 ORDER BY seq DESC LIMIT ?2",
    )?;
    read_rows(statement.query(params![run.as_str(), sql_limit(at_most)])?, unread)
}
