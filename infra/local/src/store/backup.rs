//! A copy of the whole database, made while a process works with it.
//!
//! Invariant: the database is only read, so that no lock is needed and no lease ends. The copy has its
//! name only when it is whole and on the disk, and takes it from nobody.

use super::connection::{BUSY_TIMEOUT, flags};
use super::errors::BackupError;
use crate::private::{self, DATABASE};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, ffi};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use tradewind_engine::digests::hex;

/// Copies everything that is committed in a data directory into a new file that only its owner may
/// read; returns the file's size in bytes.
pub fn backup(data_dir: &Path, file: &Path) -> Result<u64, BackupError> {
    let nothing = || BackupError::NothingYet(data_dir.to_owned());
    let from = |source| BackupError::Source { path: data_dir.to_owned(), source };
    let folder = data_dir.canonicalize().map_err(|error| match error.kind() {
        ErrorKind::NotFound => nothing(),
        _ => from(error),
    })?;
    private::check_folder(&folder).map_err(from)?;
    let database = folder.join(DATABASE);
    private::open(&database).map_err(from)?.ok_or_else(nothing)?;
    let target = place(&folder, file)?;
    let failed = |source| BackupError::File { path: file.to_owned(), source };
    let unfinished = target.with_file_name(format!(".backup-{}", random_name().map_err(failed)?));
    private::create_new(&unfinished).map_err(failed)?;
    let copied = copy(&database, &unfinished).and_then(|()| finish(&unfinished, &target, file));
    if copied.is_err()
        && let Err(error) = fs::remove_file(&unfinished)
    {
        tracing::warn!(%error, "{} could not be removed", unfinished.display());
    }
    copied
}

/// Where the copy is to be: a name in a folder that is there, whatever SQLite would make of it.
fn place(data_dir: &Path, file: &Path) -> Result<PathBuf, BackupError> {
    let failed = |source| BackupError::File { path: file.to_owned(), source };
    let is_name = !file.as_os_str().as_encoded_bytes().ends_with(b"/");
    let name = file.file_name().filter(|_| is_name);
    let name = name.ok_or_else(|| failed(ErrorKind::InvalidFilename.into()))?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize().map_err(failed)?;
    if folder.starts_with(data_dir) {
        return Err(BackupError::InDataDirectory(file.to_owned()));
    }
    let target = folder.join(name);
    match fs::symlink_metadata(&target) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(target),
        Err(source) => Err(failed(source)),
        Ok(_) => Err(BackupError::Exists(file.to_owned())),
    }
}

/// All pages in one step: that is one view of the database, and writers are not kept waiting.
fn copy(database: &Path, file: &Path) -> Result<(), BackupError> {
    let wrong = |error: rusqlite::Error| BackupError::Copy(error.to_string());
    let open = |path, how| {
        let connection = Connection::open_with_flags(path, flags(how))?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        Ok(connection)
    };
    let source = open(database, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(wrong)?;
    let mut target = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(wrong)?;
    copy_pages(&source, &mut target).map_err(wrong)?;
    let pages = check(&target).map_err(wrong)?;
    target.close().map_err(|(_, error)| wrong(error))?;
    let bytes = fs::metadata(file).map_or(0, |found| found.len());
    let is_whole = pages > 0 && u64::try_from(pages).is_ok_and(|pages| pages == bytes);
    match is_whole {
        true => Ok(()),
        false => Err(BackupError::Copy(format!("it has {bytes} bytes instead of {pages}"))),
    }
}

fn copy_pages(source: &Connection, target: &mut Connection) -> Result<(), rusqlite::Error> {
    let backup = Backup::new(source, target)?;
    match backup.step(-1)? {
        StepResult::Done => Ok(()),
        _ => Err(refusal(ffi::SQLITE_BUSY, "the database is being written to")),
    }
}

/// How many bytes the copy is to have, where all in it fits together.
fn check(copy: &Connection) -> Result<i64, rusqlite::Error> {
    let number = |pragma: &str| copy.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let found: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(refusal(ffi::SQLITE_CORRUPT, &found));
    }
    Ok(number("page_count")? * number("page_size")?)
}

fn refusal(code: i32, reason: &str) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(reason.to_owned()))
}

/// Gives the copy its name, once it is on the disk; how many bytes it has.
fn finish(unfinished: &Path, target: &Path, file: &Path) -> Result<u64, BackupError> {
    let failed = |source: io::Error| match source.kind() {
        ErrorKind::AlreadyExists => BackupError::Exists(file.to_owned()),
        _ => BackupError::File { path: file.to_owned(), source },
    };
    let copy = File::open(unfinished).map_err(failed)?;
    copy.sync_all().map_err(failed)?;
    let bytes = copy.metadata().map_err(failed)?.len();
    rename(unfinished, target).map_err(failed)?;
    let folder = target.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(bytes)
}

/// Never replaces anything, not even what has come to that name meanwhile.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not every file system can: a second name is given to nobody's file either.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        renamed => Ok(renamed?),
    }
}

fn random_name() -> io::Result<String> {
    Ok(hex(&private::random::<8>()?))
}
