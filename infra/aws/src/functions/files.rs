//! There are no files here.

use async_trait::async_trait;
use tradewind_engine::ports::{FileChange, FileError, Files};

/// Refuses every file: what a function writes is gone with it.
pub(super) struct NoFiles;

#[async_trait]
impl Files for NoFiles {
    async fn update(&self, _path: &str, _change: &mut FileChange<'_>) -> Result<(), FileError> {
        let reason = "there are no files on AWS: use a connection at another provider, such as \
                      google_sheets";
        Err(FileError::NotAllowed(reason.to_owned()))
    }
}
