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
    for mut run in runs_at_work(connection, unread)? {
        let mut leased = false;
        for step in run.steps.values_mut() {
            if matches!(step.state, StepState::Running | StepState::Unknown) {
                leased |= step.lease_until.take().is_some();
            }
        }
        if leased {
            runs::update(connection, &run)?;
        }
    }
    connection.execute("DELETE FROM held_keys", [])?;
    jobs::end_leases(connection, unread)?;
    connection.execute(
        "UPDATE messages SET visible_at = ?1, in_flight = 0
         WHERE seq IN (SELECT seq FROM messages WHERE in_flight = 1)",
        [to_column(now)],
    )?;
    Ok(transaction.commit()?)
}

/// The runs whose messages are worked on: whoever has a lease has its message too. The look for messages
/// passes over an index alone, because a hundred thousand may wait for their time.
fn runs_at_work(connection: &Connection, unread: &Unread) -> Result<Vec<Run>, Fault> {
    let mut statement = connection.prepare(
        "SELECT id, document, 0 FROM runs WHERE id IN (
             SELECT json_extract(body, '$.run') FROM messages
             WHERE seq IN (SELECT seq FROM messages WHERE in_flight = 1) AND json_valid(body))",
    )?;
    read_rows(statement.query([])?, unread)
}
