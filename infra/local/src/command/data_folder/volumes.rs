//! Which file system a folder is on.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Whether somebody mounted a file system at that folder: no clone or archive brings one along.
pub(super) fn is_volume(folder: &Path) -> bool {
    let device = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
    let is_other = folder.parent().is_some_and(|parent| device(folder) != device(parent));
    is_other || is_mount_root(folder)
}

/// A folder of the same file system that was mounted a second time.
#[cfg(target_os = "linux")]
fn is_mount_root(folder: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    let found = statx(CWD, folder, AtFlags::empty(), StatxFlags::BASIC_STATS);
    found.is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

#[cfg(not(target_os = "linux"))]
fn is_mount_root(_folder: &Path) -> bool {
    false
}

/// Whether a folder can be moved there in one step. What is copied instead may stop halfway.
pub(super) fn can_be_renamed(folder: &Path, to: &Path) -> bool {
    let above = to.ancestors().skip(1).find_map(|above| fs::metadata(above).ok());
    let device = fs::metadata(folder).map(|found| found.dev());
    above.is_some_and(|above| device.is_ok_and(|device| device == above.dev()))
}
