//! Events that are held.

use super::errors::Fault;
use super::events::settle;
use super::handle::Store;
use super::rows::sql_limit;
use super::stamped::{Stamped, read_stamped, remove_stamped};
use super::times::to_column;
use async_trait::async_trait;
use rusqlite::params;
use tradewind_engine::events::Verdict;
use tradewind_engine::holds::{Hold, HoldKey};
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{Holds, Unavailable};
use tradewind_engine::time::Timestamp;

const TABLE: &str = "holds";

#[async_trait]
impl Holds for Store {
    async fn hold(&self, key: &HoldKey) -> Result<Option<Hold>, Unavailable> {
        let key = key.clone();
        self.look(move |connection| read_stamped(connection, TABLE, &key.0)).await
    }

    async fn save_hold(&self, hold: &Hold, read: Option<&Hold>) -> Result<bool, Unavailable> {
        let (hold, read) = (hold.clone(), read.map(Hold::stamp));
        self.write(move |cx| {
            let due_at = Some(to_column(hold.due_at));
            let row = Stamped::of(&hold.key.0, hold.stamp(), &hold, due_at)?;
            row.save(cx, TABLE, read.as_ref())
        })
        .await
    }

    async fn remove_hold(&self, read: &Hold) -> Result<(), Unavailable> {
        let (key, stamp) = (read.key.clone(), read.stamp());
        self.write(move |cx| remove_stamped(cx, TABLE, &key.0, &stamp).map(drop)).await
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
