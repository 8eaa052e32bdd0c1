//! Files that are their owner's alone.

use super::plain::{check_plain, open_flags, read_all};
use super::rights::{FILE_MODE, OTHERS, check_owner, close_to_others};
use super::unfit::Unfit;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// What a file held that is worth nothing once others could read it.
pub(crate) struct SecretContent {
    /// All of it.
    pub(crate) content: Vec<u8>,
    /// Others could read or write it, so that they may know or have made it.
    pub(crate) was_open: bool,
}

/// The file to read, closed to others; `None` where there is none.
pub(crate) fn open(path: &Path) -> io::Result<Option<File>> {
    let Some((file, found)) = open_ours(path, false)? else { return Ok(None) };
    close_to_others(path, &file, &found)?;
    Ok(Some(file))
}

/// The content of a file that is ours alone; `None` where there is none.
pub(crate) fn read(path: &Path, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let Some(file) = open(path)? else { return Ok(None) };
    read_all(path, file, bytes_max).map(Some)
}

/// The same for what is worth nothing once others could read it: they keep their rights, and whoever
/// asks decides what follows.
pub(crate) fn read_secret(path: &Path, bytes_max: u64) -> io::Result<Option<SecretContent>> {
    let Some((file, found)) = open_ours(path, false)? else { return Ok(None) };
    let was_open = found.permissions().mode() & OTHERS != 0;
    Ok(Some(SecretContent { content: read_all(path, file, bytes_max)?, was_open }))
}

/// The file to read and write, made where there is none. What it holds stays.
pub(crate) fn open_or_create(path: &Path) -> io::Result<File> {
    // Between the two somebody else of ours may have made it.
    for _ in 0..2 {
        if let Some((file, found)) = open_ours(path, true)? {
            close_to_others(path, &file, &found)?;
            return Ok(file);
        }
        match create_new(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            created => return created,
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// A new file; an error where anything has that name, a link to nowhere too.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    create_with_mode(path, FILE_MODE)
}

/// The file with what is known of it, whose rights are left as they are.
pub(super) fn open_ours(path: &Path, to_write: bool) -> io::Result<Option<(File, Metadata)>> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        found => check_plain(path, &found?)?,
    }
    let mut options = OpenOptions::new();
    let file = match options.read(true).write(to_write).custom_flags(open_flags()).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    // What was looked at before may be another file by now.
    let found = file.metadata()?;
    check_plain(path, &found)?;
    check_owner(path, &found)?;
    if found.nlink() > 1 {
        return Err(Unfit::OtherName(path.to_owned()).into());
    }
    Ok(Some((file, found)))
}

/// The same with other rights, less what the umask of the process takes away.
pub(super) fn create_with_mode(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(mode);
    options.custom_flags(open_flags()).open(path)
}
