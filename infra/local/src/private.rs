//! Files and folders that are their owner's alone: plain files of ours, replaced whole or not at all.
//!
//! Invariant: nothing here follows a link, empties a file or waits for one. What others could have
//! prepared is refused; what others may merely read is taken back from them, with a word in the log.

mod unfit;
mod versioned;

pub(crate) use unfit::Unfit;
pub(crate) use versioned::check_unversioned;

use ring::rand::{SecureRandom, SystemRandom};
use rustix::fs::OFlags;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read as _, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt as _, OpenOptionsExt, PermissionsExt as _};
use std::path::Path;
use tradewind_engine::digests::hex;

/// What the owner may do with a file, and with a folder.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;
/// The rights of group and others.
const OTHERS: u32 = 0o077;
const OTHERS_WRITE: u32 = 0o022;

/// What Tradewind keeps in a data directory. Who opens one later finds it as it was found here: nobody
/// else may write to the folder.
const OURS: [&str; 12] = [
    "api.json",
    "project.json",
    "secrets.json",
    "secrets.lock",
    "tokens.json",
    "tokens.lock",
    "tradewind.db",
    "tradewind.db-journal",
    "tradewind.db-shm",
    "tradewind.db-wal",
    "tradewind.lock",
    "tradewind.used",
];
/// Taking them back from others does not help: see [`read_kept`].
const WORTHLESS_ONCE_OPEN: [&str; 2] = ["secrets.key", "token"];

/// Keeps all of it out of version control.
const IGNORE: &str = ".gitignore";
/// A file that has not got its name yet.
const UNFINISHED: &str = ".new-";

/// What a private file held.
pub(crate) struct Kept {
    /// All of it.
    pub(crate) content: Vec<u8>,
    /// Others could read or write it, so that they may know or have made it.
    pub(crate) was_open: bool,
}

/// Creates the data directory where there is none. Nothing in it belongs into version control.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    make_folder(path)?;
    check_unversioned(path)?;
    for name in OURS {
        check(&path.join(name))?;
    }
    for name in WORTHLESS_ONCE_OPEN {
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

/// Whether the file is one of those that Tradewind keeps.
fn is_kept(name: &str) -> bool {
    OURS.contains(&name) || WORTHLESS_ONCE_OPEN.contains(&name)
}

/// Whether it is one of them, or was.
fn is_ours(name: &str) -> bool {
    let begins = ["secrets.", "tokens.", "tradewind."].iter().any(|kind| name.starts_with(kind));
    begins && name != "tradewind.yaml" || is_kept(name)
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
pub(crate) fn read_kept(path: &Path, bytes_max: u64) -> io::Result<Option<Kept>> {
    let Some((file, found)) = open_ours(path, false)? else { return Ok(None) };
    let was_open = found.permissions().mode() & OTHERS != 0;
    Ok(Some(Kept { content: read_all(path, file, bytes_max)?, was_open }))
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
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(FILE_MODE);
    options.custom_flags(flags()).open(path)
}

/// Replaces the file's content. Whoever reads meanwhile sees the old or the new one.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let new = folder.join(format!("{UNFINISHED}{}", hex(&random::<8>()?)));
    let written = write_new(&new, content)
        .and_then(|()| check_place(path))
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // The first error is the one to tell; at worst an unfinished file stays.
        let _ = fs::remove_file(&new);
    }
    written?;
    File::open(folder)?.sync_all()
}

/// Bytes that nobody can guess.
pub(crate) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| io::Error::other("the system gives no random numbers"))?;
    Ok(bytes)
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

/// Opens a plain file, whoever it belongs to, without following a link or waiting for anybody.
pub(crate) fn open_plain(path: &Path) -> io::Result<File> {
    plain(path, &fs::symlink_metadata(path)?)?;
    let file = OpenOptions::new().read(true).custom_flags(flags()).open(path)?;
    plain(path, &file.metadata()?)?;
    Ok(file)
}

/// Makes sure that the file, where there is one, is ours alone.
fn check(path: &Path) -> io::Result<()> {
    open(path).map(|_| ())
}

fn open_ours(path: &Path, to_write: bool) -> io::Result<Option<(File, Metadata)>> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        found => plain(path, &found?)?,
    }
    let mut options = OpenOptions::new();
    let file = match options.read(true).write(to_write).custom_flags(flags()).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    // What was looked at before may be another file by now.
    let found = file.metadata()?;
    plain(path, &found)?;
    check_owner(path, &found)?;
    if found.nlink() > 1 {
        return Err(Unfit::OtherName(path.to_owned()).into());
    }
    Ok(Some((file, found)))
}

/// A pipe or a device would be waited for; a link is never followed.
fn flags() -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}

/// A link or a folder in its place is not ours to replace.
fn check_place(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        found => plain(path, &found?),
    }
}

fn plain(path: &Path, found: &Metadata) -> io::Result<()> {
    let kind = found.file_type();
    match () {
        () if kind.is_symlink() => Err(Unfit::Link(path.to_owned()).into()),
        () if kind.is_file() => Ok(()),
        () => Err(Unfit::NotPlain(path.to_owned()).into()),
    }
}

fn check_owner(path: &Path, found: &Metadata) -> io::Result<()> {
    if found.uid() == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    Err(Unfit::Foreign { path: path.to_owned(), owner: found.uid() }.into())
}

fn close_to_others(path: &Path, file: &File, found: &Metadata) -> io::Result<()> {
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

fn warn_of_others(path: &Path) {
    tracing::warn!("{} was open to others; now it is its owner's alone", path.display());
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = create_new(path)?;
    file.write_all(content)?;
    file.sync_all()
}
