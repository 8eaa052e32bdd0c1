//! Opening the store.

use super::arrivals::Changes;
use super::batch::{Cx, Done};
use super::errors::{Fault, OpenError};
use super::place::Place;
use super::readers::{BUSY_TIMEOUT, Readers, STATEMENTS_MAX};
use super::rows::Unread;
use super::writer::Writer;
use super::{folder, migrate, restart};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::sync::Arc;
use tradewind_engine::ports::{Clock, Unavailable};

/// A database up to this size is checked whole at every start; for a larger one that takes too long.
const CHECKED_BYTES_MAX: i64 = 64 * 1024 * 1024;
/// The log is cut back to this size once it has been copied into the database.
const LOG_BYTES_MAX: u32 = 64 * 1024 * 1024;
/// The log is copied into the database when it has this many pages of 4 KB.
const LOG_PAGES: u32 = 4_096;

/// Everything that lasts, in one SQLite file. Clones are handles of the same store; when the last is
/// gone, what was asked for is carried out and the folder is free for the next process.
#[derive(Clone)]
pub struct Store {
    // The readers close first: the writer's connection is the last one, which tidies up the log.
    pub(super) readers: Arc<Readers>,
    pub(super) writer: Arc<Writer>,
    pub(super) changes: Arc<Changes>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) unread: Arc<Unread>,
    pub(super) place: Arc<Place>,
    start: Arc<str>,
}

impl Store {
    /// Opens the store in this folder, or creates it. All leases of an earlier process end.
    pub fn open(data_dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let folder = folder::take(data_dir)?;
        let database = folder.database.clone();
        let start = folder.start.as_str().into();
        let wrong = |fault: Fault| OpenError::database(&database, fault);
        let connection = connect(&database).map_err(wrong)?;
        migrate::migrate(&connection, &database)?;
        folder::mark_used(data_dir)?;
        let unread = Arc::new(Unread::new(clock.clone()));
        restart::end_leases(&connection, clock.now(), &unread).map_err(wrong)?;
        let changes = Arc::new(Changes::default());
        let writer = Writer::start(connection, clock.clone(), changes.clone(), folder)
            .map_err(|source| OpenError::folder(data_dir, source))?;
        let place = Place::of(&database).map_err(|source| OpenError::folder(data_dir, source))?;
        let (readers, place) = (Arc::new(Readers::new(database)), Arc::new(place));
        Ok(Self { readers, writer: Arc::new(writer), changes, clock, unread, place, start })
    }

    /// The name of this start, which stands in the lock file as long as it lives.
    pub fn start(&self) -> &str {
        &self.start
    }

    /// How many transactions were committed since the store was opened: fewer than requests, where
    /// these came at the same time.
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }

    /// How many stored rows a newer tradewind wrote, and how many make no sense, of those that this
    /// process has met.
    pub fn hidden_counts(&self) -> (usize, usize) {
        self.unread.counts()
    }

    /// Returns when nothing can be written any more because the thread that writes has ended: a bug.
    pub async fn ended(&self) {
        self.writer.ended().await;
    }

    /// A request that keeps what it changed, or fails.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, Unavailable>
    where
        T: Send + 'static,
        F: FnOnce(&mut Cx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        self.writer.write(move |cx| work(cx).map(Done::Keep)).await
    }

    /// A request that decides itself whether its changes are kept.
    pub(super) async fn write_if<T, F>(&self, work: F) -> Result<T, Unavailable>
    where
        T: Send + 'static,
        F: FnOnce(&mut Cx<'_>) -> Result<Done<T>, Fault> + Send + 'static,
    {
        self.writer.write(work).await
    }

    /// A look at what is committed.
    pub(super) async fn look<T, F>(&self, work: F) -> Result<T, Unavailable>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        self.readers.read(work).await
    }
}

fn connect(database: &Path) -> Result<Connection, Fault> {
    let connection =
        Connection::open_with_flags(database, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // Where a file system cannot hold such a log the old mode stays: slower, and just as safe.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What is redacted or purged is overwritten, not only let go of.
    connection.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))?;
    // Somebody else may have written the file: what it defines calls nothing, and no page is believed.
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.pragma_update(None, "cell_size_check", "ON")?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_MAX)?;
    check(&connection)?;
    Ok(connection)
}

/// Of a connection that is used by one thread at a time. A name is a file's, never a URI, and leads over
/// no link.
pub(super) fn flags(how: OpenFlags) -> OpenFlags {
    how | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW
}

/// Finds damage before it is worked on.
fn check(connection: &Connection) -> Result<(), Fault> {
    let number = |pragma: &str| -> Result<i64, rusqlite::Error> {
        connection.pragma_query_value(None, pragma, |row| row.get(0))
    };
    if number("page_count")? * number("page_size")? > CHECKED_BYTES_MAX {
        return Ok(());
    }
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" {
        return Ok(());
    }
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(rusqlite::Error::SqliteFailure(code, Some(found)).into())
}
