//! What tells whether a file is still the one that was read.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;
use tradewind_engine::time::{Timestamp, after};

/// A file that was changed so shortly before it was looked at may change again under the same times.
const SETTLES_WITHIN: Duration = Duration::from_secs(1);

/// Device, inode, size, owner, rights, links and both times of a file: whoever changes or replaces it changes
/// one of them, and the time of change is the system's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    file: (u64, u64, u64),
    rights: (u32, u32, u32, u64),
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// `None`: it is not there, or cannot be looked at.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let found = fs::symlink_metadata(path).ok()?;
        Some(Self {
            file: (found.dev(), found.ino(), found.size()),
            rights: (found.mode(), found.uid(), found.gid(), found.nlink()),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        })
    }

    /// Whether a later change would show. A clock that ran ahead when the file was written says no until it is
    /// past that time.
    pub(crate) fn has_settled(&self, now: Timestamp) -> bool {
        let changed = Timestamp::from_second(self.changed.0.saturating_add(1));
        changed.is_ok_and(|changed| after(changed, SETTLES_WITHIN) < now)
    }
}
