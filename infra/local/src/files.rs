//! Files of the project folder that actions write, such as a CSV table.
//!
//! Invariant: a file is replaced whole or not at all, and never outside the folder.

use async_trait::async_trait;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};
use tokio::sync::Mutex;
use tradewind_engine::ports::{FileChange, FileError, Files};

/// The files below one folder.
pub(crate) struct FolderFiles {
    root: PathBuf,
    /// One change at a time: two workers must not build on the same old content.
    changing: Mutex<()>,
}

impl FolderFiles {
    /// The files below `root`.
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), changing: Mutex::default() }
    }

    fn place(&self, path: &str) -> Result<PathBuf, FileError> {
        let path = Path::new(path);
        let stays = path.components().all(|part| matches!(part, Component::Normal(_)));
        if stays && path.file_name().is_some() {
            return Ok(self.root.join(path));
        }
        Err(FileError::NotAllowed("the path leaves the project folder".to_owned()))
    }
}

#[async_trait]
impl Files for FolderFiles {
    async fn update(&self, path: &str, change: &mut FileChange<'_>) -> Result<(), FileError> {
        let place = self.place(path)?;
        let _alone = self.changing.lock().await;
        let content = match fs::read(&place) {
            Ok(content) => Some(content),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(path, &error)),
        };
        match change(content.as_deref()) {
            Some(content) => replace(&place, &content).map_err(|error| failed(path, &error)),
            None => Ok(()),
        }
    }
}

/// Durable before the old content is gone: a power cut leaves either the old file or the new one.
fn replace(place: &Path, content: &[u8]) -> io::Result<()> {
    let folder = place.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(content)?;
    new.as_file().sync_all()?;
    new.persist(place)?;
    fs::File::open(folder)?.sync_all()
}

fn failed(path: &str, error: &io::Error) -> FileError {
    FileError::Failed(format!("{path}: {error}"))
}
