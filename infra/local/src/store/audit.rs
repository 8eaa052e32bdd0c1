//! Who changed what, and the answers already given to repeated requests.

use super::open::Store;
use super::runs::{limit, readable};
use super::times::to_column;
use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};
use tradewind_engine::ports::{Audit, AuditLine, Replies, Reply, Unavailable};
use tradewind_engine::time::Timestamp;

#[async_trait]
impl Audit for Store {
    async fn note(&self, line: AuditLine) -> Result<(), Unavailable> {
        self.write(move |cx| {
            let document = serde_json::to_string(&line)?;
            let mut statement =
                cx.connection.prepare_cached("INSERT INTO audit (at, document) VALUES (?1, ?2)")?;
            statement.execute(params![to_column(line.at), document])?;
            Ok(())
        })
        .await
    }

    async fn list(&self, at_most: usize) -> Result<Vec<AuditLine>, Unavailable> {
        self.look(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq || '', document FROM audit ORDER BY seq DESC LIMIT ?1",
            )?;
            readable(statement.query([limit(at_most)])?, |seq, error| {
                tracing::error!(audit.seq = seq, line = error.line(), "a line cannot be read");
            })
        })
        .await
    }
}

#[async_trait]
impl Replies for Store {
    async fn read(&self, key: &str) -> Result<Option<Reply>, Unavailable> {
        let key = key.to_owned();
        self.look(move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT request, status, body FROM replies WHERE key = ?1")?;
            let reply = statement.query_row([key], |row| {
                Ok(Reply { request: row.get(0)?, status: row.get(1)?, body: row.get(2)? })
            });
            Ok(reply.optional()?)
        })
        .await
    }

    async fn keep(&self, key: &str, reply: Reply, now: Timestamp) -> Result<(), Unavailable> {
        let key = key.to_owned();
        self.write(move |cx| {
            let mut statement = cx.connection.prepare_cached(
                "INSERT INTO replies (key, at, request, status, body) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (key) DO NOTHING",
            )?;
            let Reply { request, status, body } = reply;
            statement.execute(params![key, to_column(now), request, status, body])?;
            Ok(())
        })
        .await
    }
}
