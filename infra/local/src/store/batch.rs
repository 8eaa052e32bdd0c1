//! One transaction for the requests of many callers.

use super::errors::{Fault, unavailable};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::Timestamp;

/// What a request works with.
pub(super) struct Cx<'a> {
    /// The writing connection, inside the request's savepoint.
    pub(super) connection: &'a Connection,
    /// The present moment.
    pub(super) now: Timestamp,
    /// The queues that show a message earlier than before, or a new one.
    pub(super) changed: &'a mut BTreeSet<String>,
    /// Set by a request that failed because nothing can be written.
    pub(super) is_unwritable: &'a mut bool,
}

/// What a transaction came to.
#[derive(Default)]
pub(super) struct Ended {
    /// The queues that show a message earlier than before, or a new one.
    pub(super) changed: BTreeSet<String>,
    /// A request failed because nothing can be written.
    pub(super) is_unwritable: bool,
}

/// How a request ended that did not fail.
pub(super) enum Done<T> {
    /// Keep its changes.
    Keep(T),
    /// Take them back; this is still the answer.
    Undo(T),
}

/// A caller's request, on its way through the writer.
pub(super) trait Request: Send {
    /// Does the work. Unless it says that its changes are to be kept, they must be taken back.
    fn work(&mut self, cx: &mut Cx<'_>) -> Result<bool, Unavailable>;
    /// After the COMMIT, outside of any transaction.
    fn follow_up(&mut self, _connection: &Connection) {}
    /// Answers the caller after the COMMIT, or after it failed.
    fn answer(self: Box<Self>, outcome: Result<(), Unavailable>);
}

/// A request made of a function.
pub(super) struct Call<T, F> {
    work: Option<F>,
    result: Result<T, Unavailable>,
    caller: oneshot::Sender<Result<T, Unavailable>>,
}

impl<T, F> Call<T, F> {
    pub(super) fn new(work: F, caller: oneshot::Sender<Result<T, Unavailable>>) -> Self {
        Self { work: Some(work), result: Err(unavailable("the request was not reached")), caller }
    }
}

impl<T, F> Request for Call<T, F>
where
    T: Send,
    F: FnOnce(&mut Cx<'_>) -> Result<Done<T>, Fault> + Send,
{
    fn work(&mut self, cx: &mut Cx<'_>) -> Result<bool, Unavailable> {
        let Some(work) = self.work.take() else { return Ok(false) };
        // A panic is a bug of one request; it must not end the thread that writes for all others.
        let ended = catch_unwind(AssertUnwindSafe(|| work(&mut *cx)));
        let ended = ended.unwrap_or_else(|_| Err(Fault::Panic));
        *cx.is_unwritable |= ended.as_ref().is_err_and(Fault::is_unwritable);
        let ended = ended.map_err(Unavailable::from);
        let kept = match &ended {
            Ok(done) => Ok(matches!(done, Done::Keep(_))),
            Err(error) => Err(error.clone()),
        };
        self.result = ended.map(|(Done::Keep(value) | Done::Undo(value))| value);
        kept
    }

    fn answer(self: Box<Self>, outcome: Result<(), Unavailable>) {
        // A caller that has gone away does not want to know.
        let _ = self.caller.send(outcome.and(self.result));
    }
}

/// Carries out all requests, in their order, and commits them together. On an error none was done.
pub(super) fn commit(
    connection: &Connection,
    now: Timestamp,
    batch: &mut [Box<dyn Request>],
) -> Result<Ended, Unavailable> {
    let mut ended = Ended::default();
    let committed = carry_out(connection, now, batch, &mut ended);
    if committed.is_err() {
        roll_back(connection);
    }
    committed.map(|()| ended)
}

/// Ends a transaction that cannot be finished.
pub(super) fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = run(connection, "ROLLBACK")
    {
        tracing::error!(%error, "a failed transaction could not be rolled back");
    }
}

fn carry_out(
    connection: &Connection,
    now: Timestamp,
    batch: &mut [Box<dyn Request>],
    ended: &mut Ended,
) -> Result<(), Unavailable> {
    run(connection, "BEGIN IMMEDIATE")?;
    for request in batch {
        run(connection, "SAVEPOINT request")?;
        let Ended { changed, is_unwritable } = ended;
        let kept = request.work(&mut Cx { connection, now, changed, is_unwritable });
        // Where the disk is full SQLite may roll back everything, not just the statement.
        if connection.is_autocommit() {
            return Err(kept.err().unwrap_or_else(|| unavailable("the transaction was lost")));
        }
        if kept != Ok(true) {
            run(connection, "ROLLBACK TO request")?;
        }
        run(connection, "RELEASE request")?;
    }
    run(connection, "COMMIT")
}

fn run(connection: &Connection, sql: &str) -> Result<(), Unavailable> {
    let ran = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
    ran.map(drop).map_err(|error| Fault::from(error).into())
}
