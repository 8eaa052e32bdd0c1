//! Forgetting history: runs that ended and events that were accepted long ago, with all that belongs
//! to them.

use super::errors::Fault;
use super::letters;
use super::open::Store;
use super::outbox;
use super::runs::limit;
use super::times::to_column;
use rusqlite::Connection;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::Timestamp;

/// Rows that are removed in one request, so that nobody waits long for the writer.
const ROWS_MAX: usize = 200;

pub(super) async fn purge(
    store: &Store,
    before: Timestamp,
    at_most: usize,
) -> Result<usize, Unavailable> {
    let before = to_column(before);
    let mut removed = 0;
    while removed < at_most {
        let wanted = ROWS_MAX.min(at_most - removed);
        let rows = store.write(move |cx| remove(cx.connection, before, wanted)).await?;
        removed += rows;
        if rows < wanted {
            break;
        }
    }
    Ok(removed)
}

fn remove(connection: &Connection, before: i64, wanted: usize) -> Result<usize, Fault> {
    let runs = remove_runs(connection, before, wanted)?;
    let events = connection
        .prepare_cached(
            "DELETE FROM events WHERE seq IN (
                 SELECT seq FROM events AS event WHERE accepted_at < ?1
                 AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.event = event.id)
                 ORDER BY accepted_at LIMIT ?2)",
        )?
        .execute([before, limit(wanted - runs)])?;
    connection
        .prepare_cached(
            "DELETE FROM replies WHERE key IN (SELECT key FROM replies WHERE at < ?1 LIMIT ?2)",
        )?
        .execute([before, limit(wanted)])?;
    Ok(runs + events)
}

fn remove_runs(connection: &Connection, before: i64, wanted: usize) -> Result<usize, Fault> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM runs WHERE seq IN (
             SELECT seq FROM runs WHERE ended_at < ?1 ORDER BY ended_at LIMIT ?2)
         RETURNING id",
    )?;
    let removed = statement.query_map([before, limit(wanted)], |row| row.get(0))?;
    let removed: Vec<String> = removed.collect::<Result<_, _>>()?;
    for run in &removed {
        outbox::forget(connection, run)?;
        letters::forget(connection, run)?;
    }
    Ok(removed.len())
}
