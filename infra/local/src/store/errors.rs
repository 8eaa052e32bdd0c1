//! What can go wrong with the database.

use rusqlite::ErrorCode;
use std::io;
use std::path::{Path, PathBuf};
use tradewind_engine::ports::Unavailable;
use tradewind_engine::stored::Unreadable;

/// Why the store could not be opened. Nothing in the folder was changed, whatever the reason.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds the lock.
    #[error(
        "the data directory {} is in use by another tradewind process: stop that one, or give \
         this one a directory of its own with --data-dir",
        .0.display()
    )]
    InUse(PathBuf),
    /// The folder cannot be created, read or written.
    #[error("the data directory {} cannot be used; choose another with --data-dir", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The database may not be written to.
    #[error("{} cannot be written to: check the owner and rights of the data directory", .0.display())]
    ReadOnly(PathBuf),
    /// No space is left.
    #[error("there is no space left for {}: free some and start again, nothing is lost", .0.display())]
    Full(PathBuf),
    /// It was written by a newer version of this program.
    #[error(
        "{} was written by a newer tradewind (schema {found}; this one knows {known}): \
         start that version, or restore a backup",
        .path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The newest schema version known here.
        known: u32,
    },
    /// The file is something else.
    #[error("{} is not a tradewind database: move it away, or restore a backup in its place", .0.display())]
    NotADatabase(PathBuf),
    /// The file is damaged.
    #[error("{} is damaged ({detail}): restore a backup in its place", .path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// The first thing that is wrong.
        detail: String,
    },
    /// It was written before, and holds nothing now.
    #[error(
        "{} is empty, but a tradewind has worked with it: restore a backup in its place, or delete \
         the file to begin with nothing",
        .0.display()
    )]
    Emptied(PathBuf),
    /// Anything else.
    #[error("the database {} cannot be opened", .path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// What it says.
        #[source]
        source: Fault,
    },
}

impl OpenError {
    pub(super) fn folder(path: &Path, source: io::Error) -> Self {
        Self::Folder { path: path.to_owned(), source }
    }

    /// What a failure on this database means to the person who starts the process.
    pub(super) fn database(path: &Path, fault: Fault) -> Self {
        let path = path.to_owned();
        match fault.code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase(path),
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, detail: fault.to_string() },
            Some(ErrorCode::DiskFull) => Self::Full(path),
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::ReadOnly(path)
            }
            _ => Self::Database { path, source: fault },
        }
    }
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A backup never replaces a file.
    #[error("{} exists already: name a file that does not", .0.display())]
    Exists(PathBuf),
    /// The file cannot be created.
    #[error("{} cannot be created", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The data directory holds what Tradewind itself wrote, and nothing else.
    #[error(
        "{} is in the data directory, whose loss a backup is for: name a file somewhere else",
        .0.display()
    )]
    InDataDirectory(PathBuf),
    /// The database is not one to copy from.
    #[error("the data directory {} cannot be used", .path.display())]
    Source {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: io::Error,
    },
    /// There is no database.
    #[error("{} holds no database yet: nothing was ever run", .0.display())]
    NothingYet(PathBuf),
    /// The copy could not be finished; the unfinished file is removed.
    #[error("the copy could not be finished: {0}")]
    Copy(String),
}

/// A failed piece of work on the database.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database refused or failed.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// A document cannot be written.
    #[error("a document cannot be written: {0}")]
    Document(#[from] serde_json::Error),
    /// What is stored cannot be read, or is not for this process.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Something that a row names is not there.
    #[error("a part of {0} is missing")]
    PartMissing(String),
    /// A bug.
    #[error("the request panicked")]
    Panic,
}

impl Fault {
    /// Whether nothing, or nothing more, can be written: the disk is full, broken or read-only.
    pub(super) fn is_unwritable(&self) -> bool {
        matches!(
            self.code(),
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::ReadOnly)
        )
    }

    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Sql(error) => error.sqlite_error_code(),
            Self::Document(_) | Self::Unreadable(_) | Self::PartMissing(_) | Self::Panic => None,
        }
    }
}

impl From<Fault> for Unavailable {
    #[track_caller]
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unreadable(unreadable) => unreadable.into(),
            fault => unavailable(fault.to_string()).caused_by(&fault),
        }
    }
}

#[track_caller]
pub(super) fn unavailable(reason: impl Into<String>) -> Unavailable {
    Unavailable::new("store", reason.into())
}
