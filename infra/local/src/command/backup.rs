//! `tradewind backup`: the database as one file, copied while a process works with it.
//!
//! Invariant: the database is only read, so that no lock is needed and no lease ends.

use super::error::Error;
use super::execute::Cx;
use crate::store::BackupError;
use clap::Args;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, ffi};
use serde_json::json;
use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tradewind_engine::ports::Unavailable;

/// The store's file in the data directory.
const DATABASE: &str = "tradewind.db";
/// How long the copy waits for a lock of the running process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The new file; one that exists is never replaced
    file: PathBuf,
}

pub(super) fn backup(cx: &Cx, args: &BackupArgs) -> Result<(), Error> {
    let database = cx.data_dir.join(DATABASE);
    if !database.exists() {
        let message =
            format!("{} holds no database yet: nothing was ever run", cx.data_dir.display());
        return Err(Error::NotFound(message));
    }
    create(&args.file)?;
    if let Err(error) = copy(&database, &args.file) {
        // The first error is the one to tell; at worst an unfinished file stays.
        let _ = fs::remove_file(&args.file);
        let reason = error.to_string();
        return Err(BackupError::Copy(Unavailable { service: "store", reason }).into());
    }
    let bytes = fs::metadata(&args.file).map_or(0, |metadata| metadata.len());
    if cx.output.json {
        cx.output.document(&json!({ "file": args.file, "bytes": bytes }));
        return Ok(());
    }
    cx.output.line(format!("{} holds {bytes} bytes", args.file.display()));
    cx.output.note("secrets are not in it: keep secrets.json and secrets.key as well");
    Ok(())
}

/// An empty file that only its owner may read; SQLite keeps its rights.
fn create(file: &Path) -> Result<(), BackupError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(BackupError::Exists(file.to_owned()))
        }
        Err(source) => Err(BackupError::File { path: file.to_owned(), source }),
    }
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
