//! Events that are held.

use super::errors::Fault;
use super::events::settle;
use super::handle::Store;
use super::rows::{not_newer, sql_limit};
use super::stamped::{Stamped, read_stamped, remove_stamped};
use super::times::{from_column, to_column};
use async_trait::async_trait;
use rusqlite::{Row, params};
use tradewind_engine::events::Verdict;
use tradewind_engine::holds::{HOLD_VERSION, Hold, HoldKey};
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{Holds, Place, Unavailable};
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
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Vec<Place>, Unavailable> {
        let from = from.cloned();
        self.look(move |connection| {
            let sql = "SELECT due_at, key FROM holds WHERE due_at < ?1 AND (due_at, key) > (?2, ?3)
                       ORDER BY due_at, key LIMIT ?4";
            let (at, key) =
                from.map_or((i64::MIN, String::new()), |from| (to_column(from.at), from.id));
            let values = params![to_column(before), at, key, sql_limit(limit)];
            let mut statement = connection.prepare_cached(sql)?;
            let place = |row: &Row<'_>| Ok(Place { at: from_column(row.get(0)?), id: row.get(1)? });
            let places = statement.query_map(values, place)?;
            places.collect::<Result<_, _>>().map_err(Fault::from)
        })
        .await
    }

    async fn postpone_hold(&self, met: &Place, until: Timestamp) -> Result<(), Unavailable> {
        let met = met.clone();
        self.write(move |cx| {
            let sql = format!(
                "UPDATE holds SET due_at = ?3 WHERE key = ?1 AND due_at = ?2 AND {}",
                not_newer("document", HOLD_VERSION)
            );
            let values = params![met.id, to_column(met.at), to_column(until)];
            cx.connection.prepare_cached(&sql)?.execute(values)?;
            Ok(())
        })
        .await
    }

    async fn settle_event(&self, event: &EventId, verdict: &Verdict) -> Result<(), Unavailable> {
        let (event, verdict) = (event.clone(), verdict.clone());
        self.write(move |cx| settle(cx.connection, &event, &verdict)).await
    }
}
