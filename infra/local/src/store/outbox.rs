//! What sandbox connections were asked to do.

use super::errors::Fault;
use super::open::Store;
use super::runs::{limit, readable};
use async_trait::async_trait;
use rusqlite::{Connection, Rows, params};
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Outbox, OutboxEntry, Unavailable};

#[async_trait]
impl Outbox for Store {
    async fn keep(&self, entry: OutboxEntry) -> Result<OutboxEntry, Unavailable> {
        self.write(move |cx| keep(cx.connection, &entry)).await
    }

    async fn list(
        &self,
        run: Option<&RunId>,
        at_most: usize,
    ) -> Result<Vec<OutboxEntry>, Unavailable> {
        let run = run.cloned();
        self.look(move |connection| list(connection, run.as_ref(), at_most)).await
    }

    async fn forget(&self, run: &RunId) -> Result<(), Unavailable> {
        let run = run.clone();
        self.write(move |cx| forget(cx.connection, run.as_str())).await
    }
}

fn keep(connection: &Connection, entry: &OutboxEntry) -> Result<OutboxEntry, Fault> {
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
    Ok(serde_json::from_str(&kept)?)
}

/// Removes the entries of a run.
pub(super) fn forget(connection: &Connection, run: &str) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM outbox WHERE run = ?1")?.execute([run])?;
    Ok(())
}

fn documents(rows: Rows<'_>) -> Result<Vec<OutboxEntry>, Fault> {
    readable(rows, |key, error| {
        tracing::error!(entry.key = key, line = error.line(), "an outbox entry cannot be read");
    })
}

fn list(
    connection: &Connection,
    run: Option<&RunId>,
    at_most: usize,
) -> Result<Vec<OutboxEntry>, Fault> {
    let Some(run) = run else {
        let mut statement = connection
            .prepare_cached("SELECT key, document FROM outbox ORDER BY seq DESC LIMIT ?1")?;
        return documents(statement.query([limit(at_most)])?);
    };
    let mut statement = connection.prepare_cached(
        "SELECT key, document FROM outbox WHERE run = ?1 ORDER BY seq DESC LIMIT ?2",
    )?;
    documents(statement.query(params![run.as_str(), limit(at_most)])?)
}
