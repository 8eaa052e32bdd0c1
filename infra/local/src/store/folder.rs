//! The data directory, and the lock that proves that nobody else writes to it.

use super::errors::OpenError;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The database in the data directory.
pub(super) const DATABASE: &str = "tradewind.db";
const LOCK: &str = "tradewind.lock";

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
    // SQLite gives its other files the rights of this one.
    private_file().create(true).open(&database).map_err(wrong)?;
    Ok(Folder { database, _lock: lock })
}

/// Files that only their owner may read.
pub(super) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).truncate(false).mode(0o600);
    options
}
