//! What was visible before the clock stepped back is visible after it.

use super::batch::Cx;
use super::errors::Fault;
use super::handle::Store;
use super::runs;
use super::times::to_column;
use rusqlite::{Connection, params};
use tradewind_engine::ports::Unavailable;
use tradewind_engine::protocol::WakeUp;
use tradewind_engine::time::Timestamp;

/// A message that waits for a time.
struct Waiting {
    seq: i64,
    queue: String,
    body: String,
}

impl Store {
    /// Shows what was visible at `from`, before the clock stepped back to `now`. What waits for a later
    /// time goes on waiting for it, and so does a wake-up whose step has its time in its run: shown now,
    /// it would be told to come back later.
    pub async fn show_again(&self, from: Timestamp, now: Timestamp) -> Result<(), Unavailable> {
        self.write(move |cx| {
            for message in waiting(cx.connection, from, now)? {
                if may_be_worked_on(cx.connection, &message.body, now) {
                    show(cx, message, now)?;
                }
            }
            Ok(())
        })
        .await
    }
}

fn waiting(
    connection: &Connection,
    from: Timestamp,
    now: Timestamp,
) -> Result<Vec<Waiting>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, queue, body FROM messages
         WHERE NOT in_flight AND visible_at > ?1 AND visible_at <= ?2",
    )?;
    let waiting = statement.query_map([to_column(now), to_column(from)], |row| {
        Ok(Waiting { seq: row.get(0)?, queue: row.get(1)?, body: row.get(2)? })
    })?;
    Ok(waiting.collect::<Result<_, _>>()?)
}

/// Whether it is an event, or the wake-up of a step that waits for no time. In doubt it is: a worker
/// finds out.
fn may_be_worked_on(connection: &Connection, body: &str, now: Timestamp) -> bool {
    let Ok(wake) = serde_json::from_str::<WakeUp>(body) else { return true };
    let Ok(Some(run)) = runs::find(connection, &wake.run) else { return true };
    let next_at = run.steps.get(&wake.path).and_then(|step| step.next_at);
    next_at.is_none_or(|next_at| next_at <= now)
}

fn show(cx: &mut Cx<'_>, message: Waiting, now: Timestamp) -> Result<(), Fault> {
    let mut statement =
        cx.connection.prepare_cached("UPDATE messages SET visible_at = ?2 WHERE seq = ?1")?;
    statement.execute(params![message.seq, to_column(now)])?;
    cx.changed.insert(message.queue);
    Ok(())
}
