//! Events that are held.

use super::errors::Fault;
use super::events::settle;
use super::handle::Store;
use super::rows::sql_limit;
use super::times::to_column;
use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};
use tradewind_engine::events::Verdict;
use tradewind_engine::holds::{Hold, HoldKey};
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{Holds, Unavailable};
use tradewind_engine::stored::read_stored;
use tradewind_engine::time::Timestamp;

#[async_trait]
impl Holds for Store {
    async fn hold(&self, key: &HoldKey) -> Result<Option<Hold>, Unavailable> {
        let key = key.clone();
        self.look(move |connection| {
            let sql = "SELECT document FROM holds WHERE key = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let document: Option<String> =
                statement.query_row([&key.0], |row| row.get(0)).optional()?;
            Ok(document.map(|document| read_stored(document.as_bytes())).transpose()?)
        })
        .await
    }

    async fn save_hold(&self, hold: &Hold, read: Option<&Hold>) -> Result<bool, Unavailable> {
        let (hold, read) = (hold.clone(), read.map(Hold::stamp));
        self.write(move |cx| {
            let (due_at, document) = (to_column(hold.due_at), serde_json::to_string(&hold)?);
            let (key, stamp) = (&hold.key.0, hold.stamp());
            let saved = match read {
                None => {
                    let sql = "INSERT INTO holds (key, stamp, due_at, document)
                               VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO NOTHING";
                    let values = params![key, stamp, due_at, document];
                    cx.connection.prepare_cached(sql)?.execute(values)?
                }
                Some(read) => {
                    let sql = "UPDATE holds SET stamp = ?2, due_at = ?3, document = ?4
                               WHERE key = ?1 AND stamp = ?5";
                    let values = params![key, stamp, due_at, document, read];
                    cx.connection.prepare_cached(sql)?.execute(values)?
                }
            };
            Ok(saved == 1)
        })
        .await
    }

    async fn remove_hold(&self, read: &Hold) -> Result<(), Unavailable> {
        let (key, stamp) = (read.key.clone(), read.stamp());
        self.write(move |cx| {
            let sql = "DELETE FROM holds WHERE key = ?1 AND stamp = ?2";
            cx.connection.prepare_cached(sql)?.execute(params![key.0, stamp])?;
            Ok(())
        })
        .await
    }

    async fn due_holds(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<HoldKey>, Unavailable> {
        self.look(move |connection| {
            let sql = "SELECT key FROM holds WHERE due_at < ?1 ORDER BY due_at, key LIMIT ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let values = params![to_column(before), sql_limit(limit)];
            let keys = statement.query_map(values, |row| row.get(0).map(HoldKey))?;
            keys.collect::<Result<_, _>>().map_err(Fault::from)
        })
        .await
    }

    async fn settle_event(&self, event: &EventId, verdict: &Verdict) -> Result<(), Unavailable> {
        let (event, verdict) = (event.clone(), verdict.clone());
        self.write(move |cx| settle(cx.connection, &event, &verdict)).await
    }
}
