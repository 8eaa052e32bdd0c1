//! Forgetting history: runs that ended and events that were accepted long ago, with all that belongs
//! to them, and what else has had its time.

use super::errors::Fault;
use super::handle::Store;
use super::letters;
use super::outbox;
use super::parts;
use super::rows::{not_newer, sql_limit};
use super::times::to_column;
use rusqlite::{Connection, params};
use tradewind_engine::audit::AuditLine;
use tradewind_engine::events::EVENT_VERSION;
use tradewind_engine::jobs::JOB_VERSION;
use tradewind_engine::marks::MARK_VERSION;
use tradewind_engine::ports::{Expiry, Unavailable};
use tradewind_engine::protocol::WAKE_VERSION;
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_engine::runs::RUN_VERSION;
use tradewind_engine::stored::StoredForm as _;

/// Rows that are removed in one request, so that nobody waits long for the writer.
const ROWS_MAX: usize = 200;

pub(super) async fn purge(
    store: &Store,
    expiry: Expiry,
    at_most: usize,
) -> Result<usize, Unavailable> {
    let mut removed = 0;
    while removed < at_most {
        let wanted = ROWS_MAX.min(at_most - removed);
        let rows = store.write(move |cx| remove_expired(cx.connection, &expiry, wanted)).await?;
        removed += rows;
        if rows < wanted {
            break;
        }
    }
    Ok(removed)
}

fn remove_expired(connection: &Connection, expiry: &Expiry, wanted: usize) -> Result<usize, Fault> {
    let history = to_column(expiry.history);
    let mut removed = remove_runs(connection, history, wanted)?;
    for (sql, before) in [
        (EVENTS, history),
        (LETTERS, history),
        (AUDIT, history),
        (MARKS, history),
        (JOBS, history),
        (REPLIES, to_column(expiry.replies)),
        (HELD_KEYS, to_column(expiry.replies)),
    ] {
        let mut statement = connection.prepare_cached(&of_known(sql))?;
        removed += statement.execute([before, sql_limit(wanted - removed)])?;
    }
    let given_up = to_column(expiry.events_given_up);
    let mut statement = connection.prepare_cached(&of_known(DISPATCH_LETTERS))?;
    removed += statement.execute(params![given_up, sql_limit(wanted - removed), DISPATCH_QUEUE])?;
    let orphans = parts::remove_orphans(connection, given_up, sql_limit(wanted - removed))?;
    Ok(removed + orphans)
}

/// What a newer tradewind wrote stays, for as long as that one says.
fn of_known(sql: &str) -> String {
    sql.replace("EVENT_IS_KNOWN", &not_newer("event.document", EVENT_VERSION))
        .replace("LETTER_IS_KNOWN", &letter_is_known())
        .replace("LINE_IS_KNOWN", &not_newer("document", AuditLine::VERSION))
        .replace("JOB_IS_KNOWN", &not_newer("document", JOB_VERSION))
        .replace("MARK_IS_KNOWN", &not_newer("document", MARK_VERSION))
        .replace("RUN_IS_KNOWN", &not_newer("run.document", RUN_VERSION))
        .replace("BRANCH_IS_KNOWN", &not_newer("branch.document", RUN_VERSION))
}

/// A letter holds an event or a wake-up.
fn letter_is_known() -> String {
    let [event, wake] = [EVENT_VERSION, WAKE_VERSION].map(|known| not_newer("body", known));
    format!("CASE WHEN queue = '{DISPATCH_QUEUE}' THEN {event} ELSE {wake} END")
}

/// One that is held is to be a run yet.
const EVENTS: &str = "DELETE FROM events WHERE seq IN (
    SELECT seq FROM events AS event WHERE accepted_at < ?1 AND EVENT_IS_KNOWN
    AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.event = event.id)
    AND CASE WHEN json_valid(event.document) THEN NOT EXISTS (
        SELECT 1 FROM json_each(event.document, '$.verdicts')
        WHERE json_type(value, '$.decision.held') IS NOT NULL) ELSE TRUE END
    ORDER BY accepted_at LIMIT ?2)";

/// The letter of a run that is kept stays with it.
const LETTERS: &str = "DELETE FROM dead_letters WHERE seq IN (
    SELECT seq FROM dead_letters AS letter WHERE at < ?1 AND LETTER_IS_KNOWN
    AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = letter.run)
    ORDER BY at LIMIT ?2)";

const DISPATCH_LETTERS: &str = "DELETE FROM dead_letters WHERE seq IN (
    SELECT seq FROM dead_letters WHERE at < ?1 AND queue = ?3 AND LETTER_IS_KNOWN
    ORDER BY at LIMIT ?2)";

/// Those of a run that is kept stay with it.
const MARKS: &str = "DELETE FROM marks WHERE seq IN (
    SELECT seq FROM marks WHERE at < ?1 AND MARK_IS_KNOWN
    AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = marks.run)
    ORDER BY at LIMIT ?2)";

const AUDIT: &str = "DELETE FROM audit WHERE seq IN (
    SELECT seq FROM audit WHERE at < ?1 AND LINE_IS_KNOWN ORDER BY at LIMIT ?2)";

/// An open job goes on, however old it is.
const JOBS: &str = "DELETE FROM jobs WHERE seq IN (
    SELECT seq FROM jobs WHERE updated_at < ?1 AND NOT open AND JOB_IS_KNOWN
    ORDER BY updated_at LIMIT ?2)";

const REPLIES: &str = "DELETE FROM replies WHERE key IN (
    SELECT key FROM replies WHERE at < ?1 ORDER BY at LIMIT ?2)";

const HELD_KEYS: &str = "DELETE FROM held_keys WHERE key IN (
    SELECT key FROM held_keys WHERE begun_at < ?1 LIMIT ?2)";

/// A branch goes with its run; `0` comes right after `/`.
const RUNS: &str = "DELETE FROM runs WHERE seq IN (
    SELECT seq FROM runs AS run WHERE ended_at < ?1 AND instr(id, '/') = 0 AND RUN_IS_KNOWN
    AND NOT EXISTS (SELECT 1 FROM runs AS branch
                    WHERE branch.id > run.id || '/' AND branch.id < run.id || '0'
                    AND NOT (BRANCH_IS_KNOWN))
    ORDER BY ended_at LIMIT ?2)
    RETURNING id";

const BRANCHES: &str = "DELETE FROM runs WHERE id > ?1 || '/' AND id < ?1 || '0' RETURNING id";

fn remove_runs(connection: &Connection, before: i64, wanted: usize) -> Result<usize, Fault> {
    let mut statement = connection.prepare_cached(&of_known(RUNS))?;
    let removed = statement.query_map([before, sql_limit(wanted)], |row| row.get(0))?;
    let removed: Vec<String> = removed.collect::<Result<_, _>>()?;
    for run in &removed {
        outbox::remove_of_run(connection, run)?;
        letters::remove_of_run(connection, run)?;
        let mut statement = connection.prepare_cached(BRANCHES)?;
        let branches = statement.query_map([run], |row| row.get(0))?;
        let branches: Vec<String> = branches.collect::<Result<_, _>>()?;
        branches.iter().try_for_each(|branch| letters::remove_of_run(connection, branch))?;
    }
    Ok(removed.len())
}
