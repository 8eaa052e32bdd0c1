//! Projects and the home of their owner, for what is said of data directories.

use super::{project, run_with};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};

/// Projects, and the home of their owner.
pub(super) struct Place {
    pub(super) parent: TempDir,
    pub(super) home: String,
}

impl Place {
    pub(super) fn new() -> Self {
        let parent = tempdir().unwrap();
        let home = parent.path().join("home");
        fs::create_dir(&home).unwrap();
        Self { home: home.display().to_string(), parent }
    }

    pub(super) fn project(&self, name: &str) -> PathBuf {
        project(self.parent.path(), name)
    }

    pub(super) fn env(&self) -> [(&str, &str); 1] {
        [("HOME", &self.home)]
    }

    pub(super) fn state(&self) -> PathBuf {
        Path::new(&self.home).join(".local/state/tradewind")
    }

    /// The data directories in the home.
    pub(super) fn data(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.state()).into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> =
            entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        folders.sort();
        folders
    }
}

pub(super) async fn set_secret(place: &Place, dir: &Path) {
    let set = run_with(dir, &place.env(), &["secret", "set", "a", "--from-stdin"], "hush").await;
    assert_eq!(set.code, Some(0), "{set:?}");
}
