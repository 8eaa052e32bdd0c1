//! Who changed what, and the answers already given to repeated requests.

use super::errors::Fault;
use super::handle::Store;
use super::rows::{read_rows, sql_limit};
use super::times::to_column;
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use tradewind_engine::audit::{AuditLine, Reply};
use tradewind_engine::ports::{Audit, KEY_HELD_FOR, KeyUse, Replies, Unavailable};
use tradewind_engine::time::{Timestamp, before};

#[async_trait]
impl Audit for Store {
    async fn append_line(&self, line: AuditLine) -> Result<(), Unavailable> {
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
        let unread = self.unread.clone();
        self.look(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq || '', document, at FROM audit ORDER BY seq DESC LIMIT ?1",
            )?;
            read_rows(statement.query([sql_limit(at_most)])?, &unread)
        })
        .await
    }
}

#[async_trait]
impl Replies for Store {
    async fn reserve_key(&self, key: &str, now: Timestamp) -> Result<KeyUse, Unavailable> {
        let key = key.to_owned();
        self.write(move |cx| match find_reply(cx.connection, &key)? {
            Some(reply) => Ok(KeyUse::Answered(reply)),
            None if hold_key(cx.connection, &key, now)? => Ok(KeyUse::New),
            None => Ok(KeyUse::InProgress),
        })
        .await
    }

    async fn store_reply(
        &self,
        key: &str,
        reply: Reply,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let key = key.to_owned();
        self.write(move |cx| {
            let mut statement = cx.connection.prepare_cached(
                "INSERT INTO replies (key, at, request, status, body) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (key) DO NOTHING",
            )?;
            let Reply { request, status, body } = reply;
            statement.execute(params![key, to_column(now), request, status, body])?;
            let mut statement =
                cx.connection.prepare_cached("DELETE FROM held_keys WHERE key = ?1")?;
            statement.execute([key])?;
            Ok(())
        })
        .await
    }

    async fn release(&self, key: &str, begun_at: Timestamp) -> Result<(), Unavailable> {
        let key = key.to_owned();
        self.write(move |cx| {
            let mut statement = cx
                .connection
                .prepare_cached("DELETE FROM held_keys WHERE key = ?1 AND begun_at = ?2")?;
            statement.execute(params![key, to_column(begun_at)])?;
            Ok(())
        })
        .await
    }
}

fn find_reply(connection: &Connection, key: &str) -> Result<Option<Reply>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT request, status, body FROM replies WHERE key = ?1")?;
    let reply = statement.query_row([key], |row| {
        Ok(Reply { request: row.get(0)?, status: row.get(1)?, body: row.get(2)? })
    });
    Ok(reply.optional()?)
}

/// Whether the key is free, or has been held for too long.
fn hold_key(connection: &Connection, key: &str, now: Timestamp) -> Result<bool, Fault> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO held_keys (key, begun_at) VALUES (?1, ?2)
         ON CONFLICT (key) DO UPDATE SET begun_at = excluded.begun_at WHERE begun_at <= ?3",
    )?;
    let held_in_vain = to_column(before(now, KEY_HELD_FOR));
    Ok(statement.execute(params![key, to_column(now), held_in_vain])? == 1)
}
