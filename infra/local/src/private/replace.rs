//! Putting a whole file in the place of another.
//!
//! Invariant: whoever reads meanwhile, and whoever comes after a power cut, sees the old content or the new
//! one.

use super::file::{create_new, create_with_mode};
use super::names::UNFINISHED;
use super::plain::check_plain;
use super::random::random;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use tradewind_engine::digests::hex;

/// What everybody may do with a new file, before the umask of the process.
const SHARED_MODE: u32 = 0o644;

/// Replaces the content of a file that is its owner's alone.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_with(path, content, create_new)
}

/// Replaces the content of a file that others may share: who might read or write the old one may do so
/// with the new one.
pub(crate) fn replace_shared(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_with(path, content, |new| {
        let file = create_with_mode(new, SHARED_MODE)?;
        if let Ok(old) = fs::symlink_metadata(path) {
            file.set_permissions(old.permissions())?;
        }
        Ok(file)
    })
}

fn replace_with(
    path: &Path,
    content: &[u8],
    create: impl FnOnce(&Path) -> io::Result<File>,
) -> io::Result<()> {
    // The folder of a name alone is an empty path.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let new = folder.join(format!("{UNFINISHED}{}", hex(&random::<8>()?)));
    let written = create(&new)
        .and_then(|file| write_whole(file, content))
        .and_then(|()| check_place(path))
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // The first error is the one to tell; at worst an unfinished file stays.
        let _ = fs::remove_file(&new);
    }
    written?;
    File::open(folder)?.sync_all()
}

fn write_whole(mut file: File, content: &[u8]) -> io::Result<()> {
    file.write_all(content)?;
    file.sync_all()
}

/// A link or a folder in its place is not ours to replace.
fn check_place(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        found => check_plain(path, &found?),
    }
}
