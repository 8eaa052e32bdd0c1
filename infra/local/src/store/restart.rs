//! What a start may take for granted: the lock proves that no older process lives, so nobody holds
//! a step, a message, the key of a request or a job.

use super::errors::Fault;
use super::jobs;
use super::rows::{Unread, read_rows};
use super::runs;
use super::times::to_column;
use rusqlite::Connection;
use tradewind_engine::runs::{Run, StepState};
use tradewind_engine::time::Timestamp;

/// Ends all leases, of keys too, and shows all messages that were being worked on. Delayed ones keep
/// their time.
pub(super) fn end_leases(
    connection: &Connection,
    now: Timestamp,
    unread: &Unread,
) -> Result<(), Fault> {
    let transaction = connection.unchecked_transaction()?;
    for mut run in leased_runs(connection, unread)? {
        for step in run.steps.values_mut() {
            if matches!(step.state, StepState::Running | StepState::Unknown) {
                step.lease_until = None;
            }
        }
        runs::update(connection, &run)?;
    }
    connection.execute("DELETE FROM held_keys", [])?;
    jobs::end_leases(connection, unread)?;
    connection.execute(
        "UPDATE messages SET visible_at = ?1, in_flight = 0 WHERE in_flight = 1",
        [to_column(now)],
    )?;
    Ok(transaction.commit()?)
}

/// The open runs with a lease. Only keys of the document's own can stand in it with bare quotes.
fn leased_runs(connection: &Connection, unread: &Unread) -> Result<Vec<Run>, Fault> {
    let mut statement = connection.prepare(
        "SELECT id, document, 0 FROM runs
         WHERE state IN ('active', 'failing') AND instr(document, '\"lease_until\":\"') > 0",
    )?;
    read_rows(statement.query([])?, unread)
}
