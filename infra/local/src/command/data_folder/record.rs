//! `project.json`: which project folder a data directory belongs to.

use crate::private;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

const FILE: &str = "project.json";
const BYTES_MAX: u64 = 64 * 1024;
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Record {
    v: u32,
    path: PathBuf,
}

/// The project folder; `None` where nothing is written down that can be read.
pub(super) fn read(data_dir: &Path) -> io::Result<Option<PathBuf>> {
    let json = private::read(&data_dir.join(FILE), BYTES_MAX)?;
    let record = json.and_then(|json| serde_json::from_slice::<Record>(&json).ok());
    Ok(record.map(|record| record.path))
}

/// Writes it down. A path that is no text cannot be, and is not.
pub(super) fn write(data_dir: &Path, project: &Path) -> io::Result<()> {
    if project.to_str().is_none() || read(data_dir)?.is_some_and(|path| path == project) {
        return Ok(());
    }
    let record = Record { v: VERSION, path: project.to_owned() };
    private::replace(&data_dir.join(FILE), &serde_json::to_vec(&record)?)
}
