//! Marks of runs, steps and events.
//!
//! Invariant: the database itself removes those of a run that is removed.

use super::batch::Cx;
use super::errors::Fault;
use super::handle::Store;
use super::rows::{Unread, read_rows};
use super::times::to_column;
use async_trait::async_trait;
use rusqlite::{Connection, params};
use tradewind_engine::marks::{Mark, MarkKey};
use tradewind_engine::ports::{Marks, Unavailable};

/// A mark as a row.
pub(super) struct MarkRow {
    mark: Mark,
    document: String,
}

impl MarkRow {
    pub(super) fn of(mark: &Mark) -> Result<Self, Fault> {
        Ok(Self { mark: mark.clone(), document: serde_json::to_string(mark)? })
    }

    /// Inserts it; one that is there already is the same.
    pub(super) fn insert(&self, cx: &Cx<'_>) -> Result<(), Fault> {
        let (mark, document) = (&self.mark, &self.document);
        let run = mark.run().map(|run| run.as_str());
        let mut statement = cx.connection.prepare_cached(
            "INSERT INTO marks (key, id, run, at, document) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (key, id) DO NOTHING",
        )?;
        let at = to_column(mark.at());
        statement.execute(params![mark.key.0, mark.id(), run, at, document])?;
        Ok(())
    }

    /// Removes it, where it is there.
    pub(super) fn remove(&self, cx: &Cx<'_>) -> Result<(), Fault> {
        let sql = "DELETE FROM marks WHERE key = ?1 AND id = ?2";
        let mut statement = cx.connection.prepare_cached(sql)?;
        statement.execute(params![self.mark.key.0, self.mark.id()])?;
        Ok(())
    }
}

#[async_trait]
impl Marks for Store {
    async fn marks(&self, key: &MarkKey) -> Result<Vec<Mark>, Unavailable> {
        let (key, unread) = (key.clone(), self.unread.clone());
        self.look(move |connection| find(connection, &key, &unread)).await
    }
}

fn find(connection: &Connection, key: &MarkKey, unread: &Unread) -> Result<Vec<Mark>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT id, document, 0 FROM marks WHERE key = ?1 ORDER BY seq")?;
    read_rows(statement.query([&key.0])?, unread)
}
