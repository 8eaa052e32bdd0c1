//! The data directory, and the lock that proves that nobody else writes to it.

use super::errors::OpenError;
use crate::runtime::{API_FILE, TOKEN_FILE};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The database in the data directory.
pub(super) const DATABASE: &str = "tradewind.db";
const LOCK: &str = "tradewind.lock";
/// A database of SQLite has one page at least, and a page so many bytes.
const DATABASE_BYTES_MIN: u64 = 512;
/// What is committed and not yet copied into the database.
const LOG: &str = "tradewind.db-wal";
/// Stands in a folder whose database was written.
const USED: &str = "tradewind.used";

/// A data directory that belongs to this process as long as this value lives.
pub(super) struct Folder {
    /// The database.
    pub(super) database: PathBuf,
    _lock: File,
}

/// Creates the folder where there is none and takes its lock.
pub(super) fn take(path: &Path) -> Result<Folder, OpenError> {
    let wrong = |source| OpenError::folder(path, source);
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(wrong)?;
    let lock = private_file().create(true).open(path.join(LOCK)).map_err(wrong)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => return Err(wrong(source)),
    }
    let database = path.join(DATABASE);
    check_length(path, &database)?;
    // SQLite gives its other files the rights of this one.
    private_file().create(true).open(&database).map_err(wrong)?;
    Ok(Folder { database, _lock: lock })
}

/// SQLite would take a file that is shorter than any database for a new one, and write over it. An
/// empty one that nothing stands beside was left behind by a very first start that ended early.
fn check_length(path: &Path, database: &Path) -> Result<(), OpenError> {
    let length = |name: &str| std::fs::metadata(path.join(name)).map(|file| file.len()).ok();
    let Some(bytes) = length(DATABASE).filter(|bytes| *bytes < DATABASE_BYTES_MIN) else {
        return Ok(());
    };
    let has_mark = [USED, TOKEN_FILE, API_FILE].iter().any(|name| length(name).is_some());
    let is_used = has_mark || length(LOG).is_some_and(|bytes| bytes > 0);
    let database = database.to_owned();
    match (bytes, is_used) {
        (0, false) => Ok(()),
        (0, true) => Err(OpenError::Emptied(database)),
        (_, false) => Err(OpenError::NotADatabase(database)),
        (_, true) => {
            let detail = format!("only {bytes} bytes are left of it");
            Err(OpenError::Damaged { path: database, detail })
        }
    }
}

/// Says from now on that a database was written here: one that is empty later has lost what it held.
pub(super) fn mark_used(path: &Path) -> Result<(), OpenError> {
    let marked = private_file().create(true).open(path.join(USED));
    marked.map(drop).map_err(|source| OpenError::folder(path, source))
}

/// Files that only their owner may read.
pub(super) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).truncate(false).mode(0o600);
    options
}
