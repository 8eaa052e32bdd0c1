//! Which data directory belongs to a project folder.
//!
//! Outside of the folder, where a clone, an archive or a commit of it brings none along and takes none
//! away: below `$XDG_STATE_HOME` or `~/.local/state`, named after the folder and its path. One that
//! stands in the folder already goes on being used: what waits in it must not be left behind.
//!
//! Invariant: nothing is moved here, and two folders never share a directory that nobody named.

mod error;
mod record;
mod words;

pub(super) use error::Error;

use super::environment::Environment;
use crate::private;
use crate::store::DATABASE;
use ring::digest::{SHA256, digest};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use tradewind_engine::digests::hex;

/// The data directory within a project folder.
const INSIDE: &str = ".tradewind";
/// All data directories of a user, in the folder of what programs keep.
const OURS: &str = "tradewind";
const NAME_CHARACTERS_MAX: usize = 40;
/// Of the digest of the project's path: enough that no two are alike.
const DIGEST_CHARACTERS: usize = 16;

/// The data directory of a project folder, which need not be there yet.
pub(super) struct DataFolder {
    pub(super) path: PathBuf,
    project: PathBuf,
    kind: Kind,
}

/// Why it is this one.
enum Kind {
    /// The command line says so.
    Named,
    /// It stands in the project folder; it could stand there.
    Inside { outside: Option<PathBuf> },
    /// It is the usual one. The one in the project folder holds nothing and is passed over.
    Outside { passed_over: Option<PathBuf> },
    /// There is no home to put it in.
    Homeless,
}

/// Finds it; nothing is made or changed.
pub(super) fn find(
    dir: &Path,
    named: Option<&Path>,
    environment: &Environment,
) -> Result<DataFolder, Error> {
    let project = dir.canonicalize().or_else(|_| std::path::absolute(dir));
    let project = project.unwrap_or_else(|_| dir.to_owned());
    let found = |path: PathBuf, kind| Ok(DataFolder { path, project: project.clone(), kind });
    if let Some(path) = named {
        return found(path.to_owned(), Kind::Named);
    }
    let inside = project.join(INSIDE);
    let outside = state_folder(environment).map(|state| state.join(OURS).join(name(&project)));
    match (is_folder(&inside)?, outside) {
        (true, Some(outside)) if holds_data(&outside) => match holds_data(&inside) {
            true => Err(Error::Two { inside, outside }),
            false => found(outside, Kind::Outside { passed_over: Some(inside) }),
        },
        (true, outside) => found(inside, Kind::Inside { outside }),
        (false, Some(outside)) => found(outside, Kind::Outside { passed_over: None }),
        (false, None) => found(inside, Kind::Homeless),
    }
}

impl DataFolder {
    /// Makes it where there is none, makes sure that it is ours alone, and writes down whose it is.
    /// What there is to say about it.
    pub(super) fn prepare(&self) -> Result<Vec<String>, Error> {
        let is_new = !holds_data(&self.path);
        let wrong = |source| Error::Unusable { path: self.path.clone(), source };
        if let (Kind::Outside { .. }, Some(all)) = (&self.kind, self.path.parent()) {
            check_home(all)?;
            private::make_folder(all)
                .map_err(|source| Error::Unusable { path: all.to_owned(), source })?;
        }
        private::create_folder(&self.path).map_err(wrong)?;
        let before = record::read(&self.path).map_err(wrong)?;
        let is_unnamed = before.is_none();
        let other = before.filter(|other| *other != self.project);
        if let (Kind::Outside { .. }, Some(other)) = (&self.kind, &other)
            && other.exists()
        {
            return Err(Error::OfAnother { path: self.path.clone(), project: other.clone() });
        }
        record::write(&self.path, &self.project).map_err(wrong)?;
        let found = words::Found { is_new, is_unnamed, other: other.as_deref() };
        Ok(words::about(self, &found))
    }
}

/// Where programs keep what they know; `None` where the environment names no home.
fn state_folder(environment: &Environment) -> Option<PathBuf> {
    let folder =
        |name| environment.value(name).map(PathBuf::from).filter(|path| path.is_absolute());
    folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")))
}

/// Such as `shop-0123456789abcdef`, of the folder's path.
fn name(project: &Path) -> String {
    let last = project.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name = last.chars().map(|c| if fits(c) { c } else { '-' }).take(NAME_CHARACTERS_MAX);
    let digest = hex(digest(&SHA256, project.as_os_str().as_bytes()).as_ref());
    format!("{}-{}", name.collect::<String>(), &digest[..DIGEST_CHARACTERS])
}

/// A link may have come with the folder, and lead to the data of another one.
fn is_folder(inside: &Path) -> Result<bool, Error> {
    match fs::symlink_metadata(inside) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(false)
        }
        Err(source) => Err(Error::Unusable { path: inside.to_owned(), source }),
        Ok(found) if found.is_symlink() => Err(Error::Link(inside.to_owned())),
        Ok(_) => Ok(true),
    }
}

fn holds_data(folder: &Path) -> bool {
    fs::symlink_metadata(folder.join(DATABASE)).is_ok()
}

/// `sudo` may leave the home of another user in the environment: what is made there as root, they could
/// not use.
fn check_home(folder: &Path) -> Result<(), Error> {
    let wrong = |source| Error::Unusable { path: folder.to_owned(), source };
    for above in folder.ancestors() {
        match fs::metadata(above) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(wrong(source)),
            Ok(found) if found.uid() == rustix::process::geteuid().as_raw() => return Ok(()),
            Ok(_) => return Err(Error::HomeOfAnother(above.to_owned())),
        }
    }
    Err(wrong(io::Error::from(ErrorKind::NotFound)))
}

#[cfg(test)]
mod tests;
