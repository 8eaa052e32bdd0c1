//! `project.json`: which project folder a data directory belongs to.

use super::place::Place;
use crate::private::{self, PROJECT_FILE};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

const BYTES_MAX: u64 = 64 * 1024;
const VERSION: u32 = 1;

/// Whose it is.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    v: u32,
    pub(super) path: PathBuf,
    /// Not in those of the first versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    folder: Option<FolderId>,
}

/// What a folder keeps when it gets another name, and a copy of it does not have.
#[derive(Clone, Serialize, Deserialize)]
struct FolderId {
    device: u64,
    inode: u64,
    /// Numbers are given again when folders are removed. Not every file system knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    born_ns: Option<u64>,
}

impl FolderId {
    fn of(folder: &Path) -> Option<Self> {
        let found = fs::metadata(folder).ok()?;
        let born = found.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok());
        let born_ns = born.and_then(|born| u64::try_from(born.as_nanos()).ok());
        Some(Self { device: found.dev(), inode: found.ino(), born_ns })
    }

    /// A device may have another number after each start of the machine.
    fn is(&self, other: &Self) -> bool {
        let is_same = match (self.born_ns, other.born_ns) {
            (Some(born), Some(other)) => born == other,
            _ => self.device == other.device,
        };
        is_same && self.inode == other.inode
    }
}

impl Record {
    /// Whether its path leads to that folder, which has no links in it.
    pub(super) fn is_at(&self, real: &Path) -> bool {
        self.path == real || self.path.canonicalize().is_ok_and(|path| path == real)
    }

    /// Whether it is of that project, whatever that was called.
    pub(super) fn is_of(&self, project: &Place) -> bool {
        let is_there = self.path == project.given || self.is_at(&project.real);
        // A snapshot has the numbers of the first one, which stays where it is.
        is_there || self.has_moved() && self.is_folder(&project.real)
    }

    fn is_folder(&self, real: &Path) -> bool {
        let ids = self.folder.as_ref().zip(FolderId::of(real));
        ids.is_some_and(|(id, other)| id.is(&other))
    }

    /// Whether another folder than then is at its path, or none.
    pub(super) fn has_moved(&self) -> bool {
        match fs::metadata(&self.path) {
            Err(error) => error.kind() == ErrorKind::NotFound,
            Ok(_) => self.folder.is_some() && !self.is_folder(&self.path),
        }
    }

    /// Whether there is nothing at its path.
    pub(super) fn is_gone(&self) -> bool {
        fs::metadata(&self.path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
    }

    /// Whether its folder, which is not where it was, may be that project.
    pub(super) fn may_be(&self, project: &Place) -> bool {
        match &self.folder {
            Some(_) => self.is_folder(&project.real),
            // Renamed, or moved. One more question is better than work that is left behind.
            None => [&project.given, &project.real].into_iter().any(|path| {
                path.parent() == self.path.parent() || path.file_name() == self.path.file_name()
            }),
        }
    }
}

/// The project folder; `None` where nothing is written down that can be read.
pub(super) fn read(data_dir: &Path) -> io::Result<Option<Record>> {
    let json = private::read(&data_dir.join(PROJECT_FILE), BYTES_MAX)?;
    Ok(json.and_then(|json| serde_json::from_slice(&json).ok()))
}

/// Writes it down. A path that is no text cannot be, and is not.
pub(super) fn write(data_dir: &Path, before: Option<&Record>, project: &Place) -> io::Result<()> {
    // A link that names the folder is more than what it leads to today.
    let by_link = before.filter(|record| {
        project.given == project.real && record.path != project.real && record.is_at(&project.real)
    });
    let path = by_link.map_or(&project.given, |record| &record.path);
    let folder = FolderId::of(&project.real);
    let is_same = before.is_some_and(|record| {
        record.path == *path
            && match (&record.folder, &folder) {
                (Some(id), Some(other)) => id.is(other) && id.device == other.device,
                (id, other) => id.is_none() && other.is_none(),
            }
    });
    if path.to_str().is_none() || is_same {
        return Ok(());
    }
    let record = Record { v: VERSION, path: path.clone(), folder };
    private::replace(&data_dir.join(PROJECT_FILE), &serde_json::to_vec(&record)?)
}
