//! Reading the files of a folder that anybody may have made.
//!
//! Invariant: nothing is waited for, nothing outside of the folder is read, and it comes to an end.

use super::{PROVIDERS, ProjectFolder, WORKFLOWS};
use crate::command::error::Error;
use crate::private::{self, Unfit};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use tradewind_engine::ids::{ProviderId, WorkflowId};
use tradewind_engine::problems::{Place, Problem};
use tradewind_engine::workflows::name_fault;

/// Folders nest this deep at most, so that a link back to its own folder ends.
const DEPTH_MAX: usize = 8;
/// No file of a project is longer.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// All of them together are not longer, nor are there more.
const BYTES_MAX: usize = 64 * 1024 * 1024;
const ENTRIES_MAX: usize = 10_000;

/// What a provider's file is tried with.
const FIXTURES: &str = ".fixtures.yaml";

/// A folder that is being read.
pub(super) struct Reading {
    root: PathBuf,
    entries: usize,
    bytes: usize,
    pub(super) folder: ProjectFolder,
}

impl Reading {
    /// Nothing is read yet.
    pub(super) fn of(root: PathBuf) -> Self {
        Self { root, entries: 0, bytes: 0, folder: ProjectFolder::default() }
    }

    /// `above`: the folders that this one is in.
    pub(super) fn read_workflows(
        &mut self,
        path: &Path,
        prefix: &str,
        above: &[PathBuf],
    ) -> Result<(), Error> {
        let wrong = |source| Error::file(path, source);
        let file = format!("{WORKFLOWS}/{prefix}");
        let file = file.trim_end_matches('/');
        let place = match path.canonicalize() {
            Err(error) if error.kind() == ErrorKind::NotFound && above.is_empty() => return Ok(()),
            place => place.map_err(wrong)?,
        };
        if let Some(found) = self.problem_with(&place, file, above) {
            self.add(found);
            return Ok(());
        }
        let entries = fs::read_dir(&place).map_err(wrong)?.take(ENTRIES_MAX + 1);
        let mut entries = entries.collect::<io::Result<Vec<_>>>().map_err(wrong)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        let above = [above, &[place]].concat();
        for entry in entries {
            self.entries += 1;
            if self.entries > ENTRIES_MAX {
                let reason = format!("there are more than {ENTRIES_MAX} files");
                self.add(problem(WORKFLOWS, "too_many_files", &reason));
                return Ok(());
            }
            self.read_entry(&entry, prefix, &above)?;
        }
        Ok(())
    }

    /// The files that describe providers of the project's own. What they are tried with stands beside them.
    pub(super) fn read_providers(&mut self, path: &Path) -> Result<(), Error> {
        let wrong = |source| Error::file(path, source);
        let place = match path.canonicalize() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            place => place.map_err(wrong)?,
        };
        if let Some(found) = self.problem_with(&place, PROVIDERS, &[]) {
            self.add(found);
            return Ok(());
        }
        let entries = fs::read_dir(&place).map_err(wrong)?.take(ENTRIES_MAX);
        let mut entries = entries.collect::<io::Result<Vec<_>>>().map_err(wrong)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let file = format!("{PROVIDERS}/{name}");
            if name.starts_with('.') || name.ends_with(FIXTURES) {
                continue;
            }
            if let Some(id) = name.strip_suffix(".yaml") {
                if let Some(text) = self.read_file(&entry.path(), &file)? {
                    self.folder.files.providers.insert(ProviderId::from(id), text);
                }
            } else if name.ends_with(".yml") {
                let found =
                    problem(&file, "file_name_invalid", "this cannot name a provider's file");
                self.add(found.with_help("let its name end in `.yaml`"));
            }
        }
        Ok(())
    }

    /// Why the folder at that place is not read.
    fn problem_with(&self, place: &Path, file: &str, above: &[PathBuf]) -> Option<Problem> {
        let misplaced = |reason| Some(problem(file, "file_misplaced", reason));
        match () {
            () if !place.starts_with(&self.root) => Some(outside(file)),
            () if above.iter().any(|folder| folder == place) => {
                misplaced("the link leads back to a folder that it is in")
            }
            () if above.len() > DEPTH_MAX => misplaced("folders nest too deep"),
            () => None,
        }
    }

    fn read_entry(
        &mut self,
        entry: &fs::DirEntry,
        prefix: &str,
        above: &[PathBuf],
    ) -> Result<(), Error> {
        let name = entry.file_name().to_string_lossy().into_owned();
        let relative = format!("{prefix}{name}");
        let file = format!("{WORKFLOWS}/{relative}");
        // What begins with a dot belongs to editors and systems.
        if name.starts_with('.') {
            return Ok(());
        }
        if fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_dir()) {
            return self.read_workflows(&entry.path(), &format!("{relative}/"), above);
        }
        if let Some(id) = relative.strip_suffix(".yaml").map(WorkflowId::from) {
            if let Some(fault) = name_fault(&id) {
                let found = problem(&file, "file_name_invalid", fault.message);
                self.add(found.with_help(fault.help));
            } else if let Some(text) = self.read_file(&entry.path(), &file)? {
                self.folder.files.workflows.insert(id, text);
            }
        } else if name.ends_with(".yml") {
            let help = "small and capital letters, digits, `-`, `_` and `.yaml` at the end";
            let found = problem(&file, "file_name_invalid", "this cannot name a workflow's file");
            self.add(found.with_help(help));
        }
        Ok(())
    }

    /// `None`: a problem says why.
    pub(super) fn read_file(&mut self, path: &Path, file: &str) -> Result<Option<String>, Error> {
        let place = match path.canonicalize() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.add(problem(file, "not_a_file", "the link leads nowhere"));
                return Ok(None);
            }
            place => place.map_err(|source| Error::file(path, source))?,
        };
        let content = match place.starts_with(&self.root) {
            true => private::open_plain(&place)
                .and_then(|opened| private::read_all(&place, opened, FILE_BYTES_MAX)),
            false => {
                self.add(outside(file));
                return Ok(None);
            }
        };
        let found = match content.map_err(not_read) {
            Ok(content) => match String::from_utf8(content) {
                Ok(text) if self.has_room(&text) => return Ok(Some(text)),
                Ok(_) => {
                    problem(file, "file_too_large", "all files together are longer than 64 MB")
                }
                Err(_) => problem(file, "not_text", "the file is not UTF-8 text"),
            },
            Err(NotRead::TooLong) => {
                problem(file, "file_too_large", "the file is longer than 1 MB")
            }
            Err(NotRead::NotPlain) => {
                let help = "a pipe, a device or a socket has no end: put the file itself there";
                problem(file, "not_a_file", "this is not a plain file").with_help(help)
            }
            Err(NotRead::Failed(source)) => return Err(Error::file(path, source)),
        };
        self.add(found);
        Ok(None)
    }

    fn has_room(&mut self, text: &str) -> bool {
        self.bytes += text.len();
        self.bytes <= BYTES_MAX
    }

    fn add(&mut self, problem: Problem) {
        self.folder.problems.push(problem);
    }
}

enum NotRead {
    NotPlain,
    TooLong,
    Failed(io::Error),
}

fn not_read(error: io::Error) -> NotRead {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Unfit>()) {
        Some(Unfit::TooLong { .. }) => NotRead::TooLong,
        Some(_) => NotRead::NotPlain,
        None => NotRead::Failed(error),
    }
}

fn outside(file: &str) -> Problem {
    let help = "put the file itself into the project folder";
    problem(file, "file_outside", "the link leads out of the project folder").with_help(help)
}

fn problem(file: &str, code: &str, message: &str) -> Problem {
    Problem::new(code, Place::START, message).in_file(file)
}
