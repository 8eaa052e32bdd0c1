//! Where data directories may be, and which of those that are there belong to a project.

use super::place::Place;
use super::record::{self, Record};
use super::{Error, holds_data, is_kept};
use crate::command::environment::Environment;
use ring::digest::{SHA256, digest};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use tradewind_engine::digests::hex;

/// All data directories of a user, in the folder of what programs keep.
const OURS: &str = "tradewind";
const NAME_CHARACTERS_MAX: usize = 40;
/// Of the digest of the project's path: enough that no two are alike.
const DIGEST_CHARACTERS: usize = 16;

/// The folders with data directories of all projects.
pub(super) struct Homes {
    /// Those that data may lie in, the usual one first.
    pub(super) all: Vec<PathBuf>,
    /// A new one may be made in the first of them.
    has_usual: bool,
    /// What the environment names and another user owns.
    pub(super) not_ours: Option<PathBuf>,
}

impl Homes {
    pub(super) fn of(environment: &Environment) -> Self {
        let mut homes = Self { all: Vec::new(), has_usual: false, not_ours: None };
        for state in state_folders(environment) {
            let all = state.join(OURS);
            // Root may write there and would: that is refused when something is made.
            match check_home(&all) {
                Err(error) if !rustix::process::geteuid().is_root() => {
                    let owned = if let Error::HomeOfAnother(above) = error { above } else { state };
                    homes.not_ours.get_or_insert(owned);
                }
                _ => homes.all.push(all),
            }
        }
        homes.has_usual = !homes.all.is_empty();
        // Data that was made with a home is not left behind without.
        if environment.value("HOME").is_none() {
            homes.all.extend(std::env::home_dir().map(|home| home.join(".local/state").join(OURS)));
        }
        homes
    }

    /// Where the data directory of the project is made.
    pub(super) fn usual(&self, project: &Place) -> Option<PathBuf> {
        self.all.first().filter(|_| self.has_usual).map(|all| all.join(name(&project.given)))
    }

    /// The data directories that are the project's: those by the name that it was given, else those by its
    /// other names. They hold something.
    pub(super) fn of_project(&self, project: &Place) -> Vec<PathBuf> {
        let by_name = |path: &Path| {
            let named = self.all.iter().map(|all| all.join(name(path)));
            named.filter(|path| is_kept(path)).collect::<Vec<_>>()
        };
        let records = || recorded(&self.all).into_iter().filter(|(path, _)| is_kept(path));
        let by_record = |wanted: &dyn Fn(&Record) -> bool| {
            records().filter(|(_, record)| wanted(record)).map(|(path, _)| path).collect::<Vec<_>>()
        };
        let given = by_record(&|record| record.path == project.given);
        let given = distinct([by_name(&project.given), given].concat());
        if !given.is_empty() {
            return given;
        }
        let real = by_record(&|record| record.is_at(&project.real));
        distinct([by_name(&project.real), real].concat())
    }
}

/// Data directories that hold data of folders that are not where they were.
pub(super) fn of_moved(homes: &[PathBuf]) -> Vec<(PathBuf, Record)> {
    let holding = recorded(homes).into_iter().filter(|(path, _)| holds_data(path));
    holding.filter(|(_, record)| record.has_moved()).collect()
}

/// All data directories that say whose they are.
fn recorded(homes: &[PathBuf]) -> Vec<(PathBuf, Record)> {
    let entries = homes.iter().map(fs::read_dir).flat_map(|found| found.into_iter().flatten());
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    // Such as `shop-0123456789abcdef.unused`: put aside by a person.
    paths.retain(|path| path.extension().is_none());
    paths.sort();
    let read = |path: PathBuf| Some((path.clone(), record::read(&path).ok()??));
    distinct(paths).into_iter().filter_map(read).collect()
}

/// Each of them once, by whatever way it was found.
fn distinct(paths: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    let is_new = |path: &PathBuf| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone()));
    paths.into_iter().filter(is_new).collect()
}

/// Where programs keep what they know, as the environment names it.
pub(super) fn state_folders(environment: &Environment) -> Vec<PathBuf> {
    let folder =
        |name| environment.value(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = folder("HOME").map(|home| home.join(".local/state"));
    folder("XDG_STATE_HOME").into_iter().chain(home).collect()
}

/// Such as `shop-0123456789abcdef`, of the folder's path.
pub(super) fn name(project: &Path) -> String {
    let last = project.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name = last.chars().map(|c| if fits(c) { c } else { '-' }).take(NAME_CHARACTERS_MAX);
    let digest = hex(digest(&SHA256, project.as_os_str().as_bytes()).as_ref());
    format!("{}-{}", name.collect::<String>(), &digest[..DIGEST_CHARACTERS])
}

/// `sudo` may leave the home of another user in the environment: what is made there as root, they could
/// not use.
pub(super) fn check_home(folder: &Path) -> Result<(), Error> {
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
