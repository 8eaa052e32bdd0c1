//! Files of the project folder that actions write, such as a CSV table.
//!
//! Invariant: a file is replaced whole or not at all, and never outside the folder, wherever symbolic
//! links lead.

use crate::private::{open_plain, replace_shared};
use async_trait::async_trait;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tradewind_engine::ports::{FileChange, FileError, Files};

/// A longer file is neither read nor written: every change takes all of it into memory.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The files below one folder.
pub(crate) struct FolderFiles {
    root: PathBuf,
    /// One change at a time: two workers must not build on the same old content. Held by the work on
    /// the disk itself, which goes on when whoever waits for it gives up.
    changing: Arc<Mutex<()>>,
}

impl FolderFiles {
    /// The files below `root`.
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), changing: Arc::default() }
    }
}

#[async_trait]
impl Files for FolderFiles {
    async fn update(&self, path: &str, change: &mut FileChange<'_>) -> Result<(), FileError> {
        let (root, name) = (self.root.clone(), path.to_owned());
        let alone = self.changing.clone().lock_owned().await;
        let (alone, place, content) = blocking(move || {
            let place = place(&root, &name)?;
            let content = read(&place).map_err(|error| failed(&name, &error))?;
            Ok((alone, place, content))
        })
        .await?;
        let Some(content) = change(content.as_deref()) else { return Ok(()) };
        let name = path.to_owned();
        blocking(move || {
            let _alone = alone;
            replace(&place, &content).map_err(|error| failed(&name, &error))
        })
        .await
    }
}

/// Disks may be slow: the threads that serve everybody do not wait for them.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    let ended = spawn_blocking(work).await;
    ended.unwrap_or_else(|_| Err(FileError::Failed("the work on the file broke off".to_owned())))
}

/// Where the file is. The folder that it is in is created where there is none.
fn place(root: &Path, path: &str) -> Result<PathBuf, FileError> {
    let leaves = || FileError::NotAllowed(format!("{path} leaves the project folder"));
    let below = Path::new(path);
    let stays = below.components().all(|part| matches!(part, Component::Normal(_)));
    let name = below.file_name().filter(|_| stays).ok_or_else(leaves)?;
    let failed = |error: io::Error| failed(path, &error);
    let root = root.canonicalize().map_err(failed)?;
    let mut folder = root.clone();
    for part in below.parent().unwrap_or(Path::new("")).components() {
        folder.push(part);
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed(error));
            }
            _ => {}
        }
        folder = folder.canonicalize().map_err(failed)?;
        if !folder.starts_with(&root) {
            return Err(leaves());
        }
    }
    Ok(folder.join(name))
}

fn read(place: &Path) -> io::Result<Option<Vec<u8>>> {
    // A link would be replaced by a file, and what it leads to read from anywhere.
    match fs::symlink_metadata(place) {
        Ok(found) if !found.is_file() => return Err(io::Error::other("it is not a plain file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found.map(|_| ())?,
    }
    let mut content = Vec::new();
    open_plain(place)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut content)?;
    check_length(&content)?;
    Ok(Some(content))
}

fn check_length(content: &[u8]) -> io::Result<()> {
    if content.len() as u64 <= FILE_BYTES_MAX {
        return Ok(());
    }
    Err(io::Error::other("the file is longer than 64 MB; begin a new one"))
}

fn replace(place: &Path, content: &[u8]) -> io::Result<()> {
    check_length(content)?;
    replace_shared(place, content)
}

fn failed(path: &str, error: &io::Error) -> FileError {
    FileError::Failed(format!("{path}: {error}"))
}

#[cfg(test)]
mod tests;
