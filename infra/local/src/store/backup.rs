//! A copy of the whole database, made while a process works with it.
//!
//! Invariant: the database is only read, so that no lock is needed and no lease ends.

use super::errors::BackupError;
use super::folder::{DATABASE, private_file};
use super::readers::BUSY_TIMEOUT;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, ffi};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Copies everything that is committed in a data directory into a new file that only its owner may
/// read; returns the file's size in bytes.
pub fn backup(data_dir: &Path, file: &Path) -> Result<u64, BackupError> {
    let database = data_dir.join(DATABASE);
    if !database.exists() {
        return Err(BackupError::NothingYet(data_dir.to_owned()));
    }
    match private_file().create_new(true).open(file) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(BackupError::Exists(file.to_owned()));
        }
        Err(source) => return Err(BackupError::File { path: file.to_owned(), source }),
    }
    if let Err(error) = copy(&database, file) {
        if let Err(error) = fs::remove_file(file) {
            tracing::warn!(%error, "an unfinished backup could not be removed");
        }
        return Err(BackupError::Copy(error.to_string()));
    }
    Ok(fs::metadata(file).map_or(0, |metadata| metadata.len()))
}

/// All pages in one step: that is one view of the database, and writers are not kept waiting.
fn copy(database: &Path, file: &Path) -> Result<(), rusqlite::Error> {
    let source = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    source.busy_timeout(BUSY_TIMEOUT)?;
    let mut target = Connection::open(file)?;
    let backup = Backup::new(&source, &mut target)?;
    match backup.step(-1)? {
        StepResult::Done => Ok(()),
        _ => {
            let reason = Some("the database is being written to".to_owned());
            Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), reason))
        }
    }
}
