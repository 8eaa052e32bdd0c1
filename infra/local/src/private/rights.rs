//! Whose a file is, and what others may do with it.

use super::unfit::Unfit;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

/// What the owner may do with a file, and with a folder.
pub(super) const FILE_MODE: u32 = 0o600;
pub(super) const FOLDER_MODE: u32 = 0o700;
/// The rights of group and others.
pub(super) const OTHERS: u32 = 0o077;
pub(super) const OTHERS_WRITE: u32 = 0o022;

/// An error where the file or folder belongs to another user.
pub(super) fn check_owner(path: &Path, found: &Metadata) -> io::Result<()> {
    if found.uid() == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    Err(Unfit::Foreign { path: path.to_owned(), owner: found.uid() }.into())
}

/// Takes the rights of others away, with a word in the log.
pub(super) fn close_to_others(path: &Path, file: &File, found: &Metadata) -> io::Result<()> {
    if found.permissions().mode() & OTHERS == 0 {
        return Ok(());
    }
    file.set_permissions(Permissions::from_mode(FILE_MODE))?;
    // Some file systems have no rights to take away.
    if file.metadata()?.permissions().mode() & OTHERS != 0 {
        return Err(Unfit::Open(path.to_owned()).into());
    }
    // One that holds nothing has told nobody anything.
    if found.len() > 0 {
        warn_of_others(path);
    }
    Ok(())
}

pub(super) fn warn_of_others(path: &Path) {
    tracing::warn!("{} was open to others; now it is its owner's alone", path.display());
}
