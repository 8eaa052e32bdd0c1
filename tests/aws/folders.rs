//! Where things are. All that the tests write is below `target`.

use std::fs;
use std::path::{Path, PathBuf};

const MANIFEST: &str = env!("CARGO_MANIFEST_DIR");
/// Cargo's folder for what tests write: `tmp` below the target folder.
const TMP: &str = env!("CARGO_TARGET_TMPDIR");
/// Any program of this package; the others are beside it.
const PROGRAM: &str = env!("CARGO_BIN_EXE_platform-api");

/// The root of the repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(MANIFEST).parent().expect("the package is in a folder of the repository")
}

/// Cargo's target folder.
pub(crate) fn target() -> &'static Path {
    Path::new(TMP).parent().expect("it is below the target folder")
}

/// The program of that name, as cargo built it for these tests.
pub(crate) fn program(name: &str) -> PathBuf {
    let program = Path::new(PROGRAM).with_file_name(name);
    assert!(program.exists(), "no program {name} beside {PROGRAM}");
    program
}

/// A folder of this process; it is gone with this value.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes it, and removes those of processes that were killed.
    pub(crate) fn new() -> std::io::Result<Self> {
        let all = Path::new(TMP).join("aws");
        fs::create_dir_all(&all)?;
        for entry in fs::read_dir(&all)? {
            let entry = entry?;
            let process = Path::new("/proc").join(entry.file_name());
            if !process.exists() {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let own = all.join(std::process::id().to_string());
        fs::create_dir_all(&own)?;
        Ok(Self(own))
    }

    /// A folder in it.
    pub(crate) fn folder(&self, name: &str) -> std::io::Result<PathBuf> {
        let folder = self.0.join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
