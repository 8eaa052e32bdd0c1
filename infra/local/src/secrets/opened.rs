//! The file of secrets and its key as they were read last.

use super::content::Content;
use super::seal::Sealer;
use crate::private::Stamp;
use std::path::Path;
use tradewind_engine::time::Timestamp;

/// What was read, and what tells whether it still holds.
pub(super) struct Opened {
    pub(super) stamps: Stamps,
    pub(super) content: Content,
    pub(super) sealer: Sealer,
}

/// Of both files; nothing where one is missing, or was changed so lately that a change right after it would not
/// show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamps([Option<Stamp>; 2]);

impl Stamps {
    /// Taken before the files are read, so that a change meanwhile shows.
    pub(super) fn of(path: &Path, key_path: &Path, now: Timestamp) -> Self {
        let settled = |path| Stamp::of(path).filter(|stamp| stamp.has_settled(now));
        Self([path, key_path].map(settled))
    }

    fn are_known(self) -> bool {
        self.0.iter().all(Option::is_some)
    }
}

impl Opened {
    /// Whether both files are still the ones that were read.
    pub(super) fn is_as(&self, stamps: Stamps) -> bool {
        self.stamps.are_known() && self.stamps == stamps
    }
}
