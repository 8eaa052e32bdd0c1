//! The project folder's files in memory.
//!
//! Invariant: a path that leaves the folder is refused, as it is on a real disk.

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tradewind_engine::ports::{FileChange, FileError, Files};

/// Files by path.
#[derive(Default)]
pub struct MemoryFiles {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl MemoryFiles {
    /// What the file holds; `None` where there is none.
    pub fn content(&self, path: &str) -> Option<Vec<u8>> {
        self.files().get(path).cloned()
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Files for MemoryFiles {
    async fn update(&self, path: &str, change: &mut FileChange<'_>) -> Result<(), FileError> {
        let outside = |part: &str| matches!(part, "" | "." | "..") || part.contains(['\\', ':']);
        if path.split('/').any(outside) {
            return Err(FileError::NotAllowed(format!("{path} leaves the project folder")));
        }
        let mut files = self.files();
        if let Some(content) = change(files.get(path).map(Vec::as_slice)) {
            files.insert(path.to_owned(), content);
        }
        Ok(())
    }
}
