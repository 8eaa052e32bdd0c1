//! Plain files, whoever they belong to.

use super::unfit::Unfit;
use rustix::fs::OFlags;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Opens a plain file, whoever it belongs to, without following a link or waiting for anybody.
pub(crate) fn open_plain(path: &Path) -> io::Result<File> {
    check_plain(path, &fs::symlink_metadata(path)?)?;
    let file = OpenOptions::new().read(true).custom_flags(open_flags()).open(path)?;
    check_plain(path, &file.metadata()?)?;
    Ok(file)
}

/// All of an open file, unless it is longer than that, whatever it says of its length.
pub(crate) fn read_all(path: &Path, file: impl io::Read, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut content)?;
    if content.len() as u64 > bytes_max {
        return Err(Unfit::TooLong { path: path.to_owned(), bytes_max }.into());
    }
    Ok(content)
}

/// An error where it is a link, a folder, a pipe or a device.
pub(super) fn check_plain(path: &Path, found: &Metadata) -> io::Result<()> {
    let kind = found.file_type();
    match () {
        () if kind.is_symlink() => Err(Unfit::Link(path.to_owned()).into()),
        () if kind.is_file() => Ok(()),
        () => Err(Unfit::NotPlain(path.to_owned()).into()),
    }
}

/// A pipe or a device would be waited for; a link is never followed.
pub(super) fn open_flags() -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}
