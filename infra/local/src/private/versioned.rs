//! Whether a file of the data directory is kept in a git repository, found by reading its index.
//!
//! The format: <https://git-scm.com/docs/index-format>. Git itself is not run: what a stranger's
//! repository configures would be carried out.

use super::names::{PROJECT_FILE, is_data_file};
use super::plain::{open_plain, read_all};
use super::unfit::Unfit;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A longer index is not looked through.
const INDEX_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// `gitdir: PATH` is no longer.
const POINTER_BYTES_MAX: u64 = 64 * 1024;
/// Of an entry, before its hash: times, device, inode, mode, owner and size.
const STAT_BYTES: usize = 40;
/// SHA-1, and SHA-256.
const HASH_BYTES: [usize; 2] = [20, 32];
/// Of the flags: there are two bytes more of them, and how long the path is.
const EXTENDED: u16 = 0x4000;
const LENGTH_BITS: usize = 0xFFF;

/// An error where a private file of the folder is kept in version control: whoever has a copy of the
/// repository knows it, or has made it.
pub(super) fn check_unversioned(folder: &Path) -> io::Result<()> {
    let Ok(folder) = folder.canonicalize() else { return Ok(()) };
    for repository in folder.ancestors() {
        let Some(git) = git_folder(repository) else { continue };
        let below = folder.strip_prefix(repository).unwrap_or(Path::new(""));
        for index in indexes(&git) {
            let paths = match content(&index) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(_) => None,
                Ok(content) => HASH_BYTES.iter().find_map(|bytes| paths(&content, *bytes)),
            };
            let Some(paths) = paths else {
                let index = index.display();
                tracing::warn!(
                    "{index} cannot be read: whether it names private files is not known"
                );
                continue;
            };
            if let Some(file) = paths.iter().find_map(|path| private_file(path, below)) {
                let repository = repository.to_owned();
                return Err(Unfit::Versioned { folder, file, repository }.into());
            }
        }
    }
    Ok(())
}

/// What git would find: a folder, or a file that names one.
fn git_folder(repository: &Path) -> Option<PathBuf> {
    let git = repository.join(".git");
    if fs::metadata(&git).ok()?.is_dir() {
        return Some(git);
    }
    let pointer = read_all(&git, open_plain(&git).ok()?, POINTER_BYTES_MAX).ok()?;
    let named = String::from_utf8(pointer).ok()?;
    Some(repository.join(named.strip_prefix("gitdir:")?.trim()))
}

/// The index, and those that it may share entries with.
fn indexes(git: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(git).into_iter().flatten().flatten();
    let shared =
        entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"sharedindex."));
    std::iter::once(git.join("index")).chain(shared.map(|entry| entry.path())).collect()
}

fn content(index: &Path) -> io::Result<Vec<u8>> {
    read_all(index, open_plain(index)?, INDEX_BYTES_MAX)
}

/// The private file of that folder that the path is.
fn private_file(path: &[u8], folder: &Path) -> Option<String> {
    let path = Path::new(std::str::from_utf8(path).ok()?);
    let name = path.strip_prefix(folder).ok()?.to_str()?;
    // In a folder with other things, one of that name is hardly ours.
    let is_private = name != PROJECT_FILE && is_data_file(name);
    is_private.then(|| name.to_owned())
}

/// The paths of all entries; `None` where it is not an index with hashes of that length.
fn paths(index: &[u8], hash_bytes: usize) -> Option<Vec<Vec<u8>>> {
    let rest = index.strip_prefix(b"DIRC")?;
    let (version, rest) = number(rest)?;
    let (count, mut rest) = number(rest)?;
    let mut paths = Vec::<Vec<u8>>::new();
    for _ in 0..count {
        let entry = rest;
        rest = rest.get(STAT_BYTES + hash_bytes..)?;
        let flags = u16::from_be_bytes(*rest.first_chunk()?);
        rest = rest.get(if flags & EXTENDED == 0 { 2 } else { 4 }..)?;
        let mut path = Vec::new();
        if version == 4 {
            let (cut, after) = offset(rest)?;
            let last = paths.last().map_or(&[][..], Vec::as_slice);
            path.extend_from_slice(last.get(..last.len().checked_sub(cut)?)?);
            rest = after;
        }
        let end = rest.iter().position(|byte| *byte == 0)?;
        path.extend_from_slice(&rest[..end]);
        // Hashes of another length would put something else here.
        if path.len().min(LENGTH_BITS) != usize::from(flags) & LENGTH_BITS {
            return None;
        }
        rest = match version {
            2 | 3 => {
                let bytes = entry.len() - rest.len() + end;
                entry.get((bytes + 8) / 8 * 8..)?
            }
            4 => &rest[end + 1..],
            _ => return None,
        };
        paths.push(path);
    }
    // The checksum at least follows.
    (rest.len() >= hash_bytes).then_some(paths)
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_be_bytes(*number), rest))
}

/// How much of the path before is left out, in git's own form of a number.
fn offset(mut bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_usize;
    loop {
        let (byte, rest) = bytes.split_first()?;
        bytes = rest;
        value = value.checked_mul(128)?.checked_add(usize::from(byte & 0x7F))?;
        if byte & 0x80 == 0 {
            return Some((value, bytes));
        }
        value = value.checked_add(1)?;
    }
}
