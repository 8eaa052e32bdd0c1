//! A copy of the whole database, made while it is worked with.

use super::errors::{BackupError, Fault, unavailable};
use super::folder::private_file;
use super::open::Store;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ffi};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

impl Store {
    /// Copies everything that is committed into a new file that only its owner may read.
    pub async fn backup(&self, path: &Path) -> Result<(), BackupError> {
        let file = path.to_owned();
        let created =
            tokio::task::spawn_blocking(move || private_file().create_new(true).open(file));
        match created.await.map_err(|error| unavailable(error.to_string()))? {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(path.to_owned()));
            }
            Err(source) => return Err(BackupError::File { path: path.to_owned(), source }),
        }
        let file = path.to_owned();
        let copied = self.look(move |connection| {
            let copied = copy(connection, &file);
            if copied.is_err()
                && let Err(error) = fs::remove_file(&file)
            {
                tracing::warn!(%error, "an unfinished backup could not be removed");
            }
            copied
        });
        Ok(copied.await?)
    }
}

/// All pages in one step: that is one view of the database, and writers are not kept waiting.
fn copy(connection: &Connection, path: &Path) -> Result<(), Fault> {
    let mut target = Connection::open(path)?;
    let backup = Backup::new(connection, &mut target)?;
    match backup.step(-1)? {
        StepResult::Done => Ok(()),
        _ => {
            let error = ffi::Error::new(ffi::SQLITE_BUSY);
            let reason = Some("the database is being written to".to_owned());
            Err(rusqlite::Error::SqliteFailure(error, reason).into())
        }
    }
}
