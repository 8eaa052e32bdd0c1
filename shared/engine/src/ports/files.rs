//! Files of the project folder that an action writes, such as a CSV table.

use async_trait::async_trait;

/// Why a file could not be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The path leaves the project folder, or this runtime has no files.
    #[error("{0}")]
    NotAllowed(String),
    /// Reading or writing failed; the file is as it was.
    #[error("{0}")]
    Failed(String),
}

/// What becomes of a file's content; `None` in: there is no file, `None` out: leave it alone.
pub type FileChange<'a> = dyn FnMut(Option<&[u8]>) -> Option<Vec<u8>> + Send + 'a;

/// Text files below the project folder.
#[async_trait]
pub trait Files: Send + Sync {
    /// Replaces the file by what `change` makes of it, all or nothing, with nobody else changing it
    /// meanwhile.
    async fn update(&self, path: &str, change: &mut FileChange<'_>) -> Result<(), FileError>;
}
