//! Which data directory belongs to a project folder.
//!
//! Outside of the folder, where a clone, an archive or a commit of it brings none along and takes none
//! away: below `$XDG_STATE_HOME` or `~/.local/state`, named after the folder and its path. One that
//! stands in the folder already goes on being used: what waits in it must not be left behind.
//!
//! Invariant: nothing is moved here, two folders never share a directory that nobody named, and a folder
//! whose data may lie elsewhere does not begin without it.

mod error;
mod homes;
mod place;
mod record;
mod volumes;
mod words;

pub(super) use error::Error;

use super::environment::Environment;
use crate::private::{self, DATABASE, SECRETS_FILE, TOKEN_FILE, TOKENS_FILE};
use homes::{Homes, check_home};
use place::Place;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use volumes::is_volume;

/// The data directory within a project folder.
const INSIDE: &str = ".tradewind";
/// What it takes to be somebody's: work, secrets or tokens.
const KEPT: [&str; 4] = [DATABASE, SECRETS_FILE, TOKENS_FILE, TOKEN_FILE];

/// The data directory of a project folder, which need not be there yet.
pub(super) struct DataFolder {
    pub(super) path: PathBuf,
    project: Place,
    /// Where the directories of all projects may be.
    homes: Vec<PathBuf>,
    kind: Kind,
}

/// Why it is this one.
enum Kind {
    /// The command line says so. Others hold data of this project.
    Named { others: Vec<PathBuf> },
    /// It stands in the project folder; it could stand there.
    Inside { outside: Option<PathBuf> },
    /// It stands in the project folder, where somebody mounted a file system for it.
    Volume,
    /// It is the usual one. The one in the project folder holds nothing and is passed over.
    Outside { passed_over: Option<PathBuf> },
    /// There is no home to put it in, or that one, which is not ours.
    Homeless { not_ours: Option<PathBuf> },
}

/// Finds it; nothing is made or changed.
pub(super) fn find(
    dir: &Path,
    named: Option<&Path>,
    environment: &Environment,
) -> Result<DataFolder, Error> {
    let project = Place::of(dir, environment);
    let homes = Homes::of(environment);
    let inside = project.real.join(INSIDE);
    let outside = homes.of_project(&project);
    let found = |path: PathBuf, kind| {
        let (project, homes) = (project.clone(), homes.all.clone());
        Ok(DataFolder { path, project, homes, kind })
    };
    if let Some(path) = named {
        let own = path.canonicalize().ok();
        let others = [&outside[..], &[inside]].concat().into_iter();
        let others = others.filter(|other| holds_data(other) && other.canonicalize().ok() != own);
        return found(path.to_owned(), Kind::Named { others: others.collect() });
    }
    let is_inside = is_folder(&inside)?;
    if let [first, second, ..] = &outside[..] {
        return Err(Error::Two { first: first.clone(), second: second.clone() });
    }
    let is_volume = is_inside && is_volume(&inside);
    let with_data = outside.first().filter(|outside| match holds_data(outside) {
        true => true,
        false => !is_inside || !holds_data(&inside) && (is_volume || !is_kept(&inside)),
    });
    match (is_inside, with_data) {
        (true, Some(outside)) if is_volume || holds_data(&inside) => {
            Err(Error::Two { first: inside, second: outside.clone() })
        }
        (true, Some(outside)) => {
            found(outside.clone(), Kind::Outside { passed_over: Some(inside) })
        }
        (true, None) if is_volume => found(inside, Kind::Volume),
        (true, None) => found(inside, Kind::Inside { outside: homes.usual(&project) }),
        (false, Some(outside)) => found(outside.clone(), Kind::Outside { passed_over: None }),
        (false, None) => match homes.usual(&project) {
            Some(outside) => found(outside, Kind::Outside { passed_over: None }),
            None => found(inside, Kind::Homeless { not_ours: homes.not_ours }),
        },
    }
}

impl DataFolder {
    /// Makes it where there is none, makes sure that it is ours alone, and writes down whose it is.
    /// What there is to say about it. Where it holds nothing, but another may be this folder's, nothing is
    /// made unless a new one `is_wanted`.
    pub(super) fn prepare(&self, is_wanted: bool) -> Result<Vec<String>, Error> {
        let is_new = !holds_data(&self.path);
        let wrong = |source| Error::Unusable { path: self.path.clone(), source };
        let is_outside = matches!(self.kind, Kind::Outside { .. });
        if let (true, Some(all)) = (is_outside, self.path.parent()) {
            check_home(all)?;
        }
        let is_named = matches!(self.kind, Kind::Named { .. });
        if !is_named && !is_wanted && !is_kept(&self.path) {
            self.check_left_behind()?;
        }
        if let (true, Some(all)) = (is_outside, self.path.parent()) {
            private::make_folder(all)
                .map_err(|source| Error::Unusable { path: all.to_owned(), source })?;
        }
        private::create_folder(&self.path).map_err(wrong)?;
        let before = record::read(&self.path).map_err(wrong)?;
        let is_unnamed = before.is_none();
        let other = before.as_ref().filter(|other| !other.is_of(&self.project));
        let other = other.map(|other| other.path.clone());
        if let (true, Some(other)) = (is_outside, &other)
            && other.exists()
        {
            return Err(Error::OfAnother { path: self.path.clone(), project: other.clone() });
        }
        record::write(&self.path, before.as_ref(), &self.project).map_err(wrong)?;
        let found = words::Found { is_new, is_unnamed, other: other.as_deref() };
        Ok(words::about(self, &found))
    }

    /// An error where the data of this very folder lies elsewhere because it had another name: without it,
    /// what waits would stand still, and what was done would be done again.
    fn check_left_behind(&self) -> Result<(), Error> {
        let mut others = homes::of_moved(&self.homes).into_iter();
        let Some((old, record)) = others.find(|(_, record)| record.may_be(&self.project)) else {
            return Ok(());
        };
        let ways_on = words::ways_on(&self.path, &old);
        Err(Error::Renamed { old, project: record.path, ways_on })
    }
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

/// Whether it holds anything that somebody would miss.
fn is_kept(folder: &Path) -> bool {
    KEPT.iter().any(|name| fs::symlink_metadata(folder.join(name)).is_ok())
}

#[cfg(test)]
mod tests;
