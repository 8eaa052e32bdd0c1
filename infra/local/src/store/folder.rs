//! The data directory, and the lock that proves that nobody else writes to it.

use super::errors::OpenError;
use crate::private::{self, API_FILE, DATABASE, DATABASE_LOG, LOCK, TOKEN_FILE, USED};
use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;
use tradewind_engine::digests::hex;

/// A database of SQLite has one page at least, and a page so many bytes.
const DATABASE_BYTES_MIN: u64 = 512;
/// Who is only asking holds the lock for a moment.
const TRIES: u32 = 10;
const TRY_EVERY: Duration = Duration::from_millis(20);
const START_BYTES: u64 = 64;

/// A data directory that belongs to this process as long as this value lives.
pub(super) struct Folder {
    /// The database.
    pub(super) database: PathBuf,
    /// Names this start, and no other; stands in the lock file too.
    pub(super) start: String,
    _lock: File,
}

/// Creates the folder where there is none and takes its lock.
pub(super) fn lock_folder(path: &Path) -> Result<Folder, OpenError> {
    let wrong = |source| OpenError::folder(path, source);
    private::create_folder(path).map_err(wrong)?;
    // SQLite would follow links to its folder, and refuses those to its files.
    let folder = path.canonicalize().map_err(wrong)?;
    let lock = private::open_or_create(&folder.join(LOCK)).map_err(wrong)?;
    let is_taken = take_lock(&lock).map_err(wrong)?;
    if !is_taken {
        return Err(OpenError::InUse(path.to_owned()));
    }
    let start = name_start(&lock).map_err(wrong)?;
    let database = folder.join(DATABASE);
    check_length(&folder, &database)?;
    // SQLite gives its other files the rights of this one.
    private::open_or_create(&database).map_err(wrong)?;
    Ok(Folder { database, start, _lock: lock })
}

fn take_lock(lock: &File) -> io::Result<bool> {
    for _ in 0..TRIES {
        match lock.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => thread::sleep(TRY_EVERY),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

/// Says in the lock file whose lock it is: an address that another start has left is not believed.
fn name_start(mut lock: &File) -> io::Result<String> {
    let start = hex(&private::random::<16>()?);
    lock.set_len(0)?;
    lock.write_all(start.as_bytes())?;
    Ok(start)
}

/// The start whose process lives and works on this folder; `None` where none does. An older tradewind
/// has a start without a name.
pub(crate) fn living_start(path: &Path) -> io::Result<Option<String>> {
    let file = path.join(LOCK);
    let Some(lock) = private::open(&file)? else { return Ok(None) };
    // Shared, so that two who ask do not take one another for a living process.
    match lock.try_lock_shared() {
        Ok(()) => return Ok(None),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // Read after that: who holds the lock wrote it at once.
    let name = private::read_all(&file, lock, START_BYTES)?;
    Ok(Some(String::from_utf8_lossy(&name).into_owned()))
}

/// SQLite would take a file that is shorter than any database for a new one, and write over it. An
/// empty one that nothing stands beside was left behind by a very first start that ended early.
fn check_length(path: &Path, database: &Path) -> Result<(), OpenError> {
    let length = |name: &str| std::fs::metadata(path.join(name)).map(|file| file.len()).ok();
    let Some(bytes) = length(DATABASE).filter(|bytes| *bytes < DATABASE_BYTES_MIN) else {
        return Ok(());
    };
    let has_mark = [USED, TOKEN_FILE, API_FILE].iter().any(|name| length(name).is_some());
    let is_used = has_mark || length(DATABASE_LOG).is_some_and(|bytes| bytes > 0);
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
    let marked = private::open_or_create(&path.join(USED));
    marked.map(drop).map_err(|source| OpenError::folder(path, source))
}
