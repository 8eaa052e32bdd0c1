//! Whether the database is still where it was opened. What is written to a file that was removed, or
//! that another one has replaced, is gone with the process.

use super::errors::unavailable;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use tradewind_engine::ports::Unavailable;

/// The file that was opened.
pub(super) struct Place {
    database: PathBuf,
    opened: Identity,
}

#[derive(PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Place {
    pub(super) fn of(database: &Path) -> io::Result<Self> {
        Ok(Self { database: database.to_owned(), opened: Identity::of(database)? })
    }

    /// An error where another file is there now, or none.
    pub(super) fn check(&self) -> Result<(), Unavailable> {
        if Identity::of(&self.database).is_ok_and(|found| found == self.opened) {
            return Ok(());
        }
        let database = self.database.display();
        Err(unavailable(format!("{database} was removed or replaced under the running process")))
    }
}

impl Identity {
    fn of(file: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(file)?;
        Ok(Self { device: metadata.dev(), inode: metadata.ino() })
    }
}
