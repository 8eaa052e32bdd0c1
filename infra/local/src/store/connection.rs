//! Connections to the database, and what holds for each of them.

use super::errors::Fault;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// A database up to this size is checked whole at every start; for a larger one that takes too long.
const CHECKED_BYTES_MAX: i64 = 64 * 1024 * 1024;
/// The log is cut back to this size once it has been copied into the database.
const LOG_BYTES_MAX: u32 = 64 * 1024 * 1024;
/// The log is copied into the database when it has this many pages of 4 KB.
const LOG_PAGES: u32 = 4_096;

/// How long a connection waits for a lock. Readers never wait for the writer; recovery after a
/// crash and checkpoints take locks for a moment.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Prepared statements that a connection keeps.
const STATEMENTS_MAX: usize = 64;

/// The one that writes. Damage is found before anything is worked on.
pub(super) fn open_to_write(database: &Path) -> Result<Connection, Fault> {
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

/// One that reads beside it.
pub(super) fn open_to_read(database: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = flags(OpenFlags::SQLITE_OPEN_READ_ONLY);
    let connection = Connection::open_with_flags(database, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
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
