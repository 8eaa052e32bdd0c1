//! What is stored, read beside the process that stores it.

use crate::platform::DATA_DIR;
use rusqlite::{Connection, OpenFlags};
use std::io;
use std::path::Path;

/// The database below a project folder, to read.
pub(crate) struct Stored(Connection);

impl Stored {
    /// Opens it.
    pub(crate) fn of(folder: &Path) -> io::Result<Self> {
        let path = folder.join(DATA_DIR).join("tradewind.db");
        let opened = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        opened.map(Self).map_err(io::Error::other)
    }

    /// Runs, without branches.
    pub(crate) fn runs(&self) -> io::Result<u64> {
        self.number("SELECT count(*) FROM runs")
    }

    /// Messages that somebody works on, or could.
    pub(crate) fn messages_due(&self) -> io::Result<u64> {
        self.number(
            "SELECT count(*) FROM messages WHERE visible_at <= unixepoch('now') * 1000000000",
        )
    }

    /// Bytes of the longest record of a run or of a branch.
    pub(crate) fn largest_record(&self) -> io::Result<u64> {
        self.number("SELECT coalesce(max(length(document)), 0) FROM runs")
    }

    /// Bytes on the disk.
    pub(crate) fn size(&self) -> io::Result<u64> {
        self.number("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
    }

    fn number(&self, query: &str) -> io::Result<u64> {
        let number: i64 =
            self.0.query_row(query, [], |row| row.get(0)).map_err(io::Error::other)?;
        u64::try_from(number).map_err(io::Error::other)
    }
}
