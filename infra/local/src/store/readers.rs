//! Reading beside the writer, on connections of its own.

use super::connection::open_to_read;
use super::errors::{Fault, unavailable};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tradewind_engine::ports::Unavailable;

/// Reads at the same time, at most.
const READERS_MAX: usize = 4;
/// Connections that only read, opened when they are needed.
pub(super) struct Readers {
    database: PathBuf,
    permits: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(database: PathBuf) -> Self {
        Self { database, permits: Semaphore::new(READERS_MAX), idle: Mutex::default() }
    }

    /// Has the work done off the runtime's own threads. It sees all that was committed before.
    pub(super) async fn read<T, F>(self: &Arc<Self>, work: F) -> Result<T, Unavailable>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let _permit = self.permits.acquire().await.map_err(|_| unavailable("closed"))?;
        let readers = self.clone();
        let work = move || -> Result<T, Fault> {
            let connection = readers.connection()?;
            // On an error the connection is given up: it may be the one that is broken.
            let value = work(&connection)?;
            readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            Ok(value)
        };
        let ended = tokio::task::spawn_blocking(work).await;
        Ok(ended.map_err(|_| unavailable("the read panicked"))??)
    }

    fn connection(&self) -> Result<Connection, Fault> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        Ok(open_to_read(&self.database)?)
    }
}
