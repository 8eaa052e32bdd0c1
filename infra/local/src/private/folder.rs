//! Folders that nobody but their owner may put anything into.

use super::file::{create_new, open, open_ours};
use super::names::{DATA_FILES, IGNORE, SECRET_FILES, UNFINISHED, is_ours};
use super::rights::{FOLDER_MODE, OTHERS, OTHERS_WRITE, check_owner, warn_of_others};
use super::unfit::Unfit;
use super::versioned::check_unversioned;
use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

/// Creates the data directory where there is none. Nothing in it belongs into version control.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    make_folder(path)?;
    check_unversioned(path)?;
    for name in DATA_FILES {
        open(&path.join(name))?;
    }
    for name in SECRET_FILES {
        open_ours(&path.join(name), false)?;
    }
    match create_new(&path.join(IGNORE)) {
        Ok(mut file) => file.write_all(b"*\n"),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Creates the folder where there is none, and makes sure that it is its owner's alone.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path)?;
    check_folder(path)?;
    let is_open = fs::metadata(path)?.permissions().mode() & OTHERS != 0;
    // A folder with other things in it has been named for our files as well, which are closed themselves.
    if is_open && holds_ours_alone(path)? {
        fs::set_permissions(path, Permissions::from_mode(FOLDER_MODE))?;
        warn_of_others(path);
    }
    Ok(())
}

/// Makes sure that nobody but its owner, who is us, can put anything into the folder; false where there is
/// none.
pub(crate) fn check_folder(path: &Path) -> io::Result<bool> {
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        found => found?,
    };
    if !found.is_dir() {
        return Err(ErrorKind::NotADirectory.into());
    }
    check_owner(path, &found)?;
    match found.permissions().mode() & OTHERS_WRITE {
        0 => Ok(true),
        _ => Err(Unfit::Writable(path.to_owned()).into()),
    }
}

fn holds_ours_alone(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if !is_ours(&name) && !name.starts_with(UNFINISHED) && name != IGNORE {
            return Ok(false);
        }
    }
    Ok(true)
}
