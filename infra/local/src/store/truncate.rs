//! Taking what was removed out of the log as well: there it would stand until as much was written again,
//! which in a calm shop takes weeks.

use super::batch::{Cx, Request};
use super::connection::BUSY_TIMEOUT;
use super::errors::{Fault, unavailable};
use super::handle::Store;
use rusqlite::Connection;
use std::time::Duration;
use tokio::sync::oneshot;
use tradewind_engine::ports::Unavailable;

impl Store {
    /// Copies the log into the database and empties it; false where somebody was reading, so that it has
    /// to be tried again. Nobody is waited for: orders wait for this thread.
    pub async fn truncate_log(&self) -> Result<bool, Unavailable> {
        let (caller, answer) = oneshot::channel();
        let request = Truncation { caller, result: Err(unavailable("the log was not reached")) };
        self.writer.send(Box::new(request)).await?;
        answer.await.map_err(|_| unavailable("the store has stopped"))?
    }
}

struct Truncation {
    caller: oneshot::Sender<Result<bool, Unavailable>>,
    result: Result<bool, Unavailable>,
}

impl Request for Truncation {
    fn work(&mut self, _: &mut Cx<'_>) -> Result<bool, Unavailable> {
        Ok(true)
    }

    fn follow_up(&mut self, connection: &Connection) {
        self.result = truncate(connection).map_err(|error| Fault::from(error).into());
    }

    fn answer(self: Box<Self>, outcome: Result<(), Unavailable>) {
        // A caller that has gone away does not want to know.
        let _ = self.caller.send(outcome.and(self.result));
    }
}

fn truncate(connection: &Connection) -> Result<bool, rusqlite::Error> {
    connection.busy_timeout(Duration::ZERO)?;
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
    connection.busy_timeout(BUSY_TIMEOUT)?;
    busy.map(|busy: i64| busy == 0)
}
