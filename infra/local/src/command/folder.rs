//! Reading a project folder: tradewind.yaml and the workflows below `workflows/`.
//!
//! Invariant: a file that would be passed over silently is a problem.

use super::environment::Environment;
use super::error::Error;
use crate::private::{self, Unfit};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use tradewind_engine::ids::WorkflowId;
use tradewind_engine::problems::{Place, Problem};
use tradewind_engine::project::{Project, Setting};
use tradewind_platform::apply::{PROJECT_FILE, ProjectFiles};

/// The folder of the workflows.
const WORKFLOWS: &str = "workflows";
/// Folders nest this deep at most, so that a link back to its own folder ends.
const DEPTH_MAX: usize = 8;
/// No file of a project is longer.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// All of them together are not longer, nor are there more.
const BYTES_MAX: usize = 64 * 1024 * 1024;
const ENTRIES_MAX: usize = 10_000;
const LEADS_OUT: &str = "the link leads out of the project folder";
const PUT_IT_HERE: &str = "put the file itself into the project folder";

/// What a project folder holds.
#[derive(Default)]
pub(super) struct ProjectFolder {
    /// The files, with the environment variables that tradewind.yaml names.
    pub(super) files: ProjectFiles,
    /// Files that cannot be read as what they should be.
    pub(super) problems: Vec<Problem>,
}

/// Reads the folder.
pub(super) fn read(dir: &Path, environment: &Environment) -> Result<ProjectFolder, Error> {
    let path = dir.join(PROJECT_FILE);
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => return Err(Error::NotFound(no_project(dir))),
        Err(source) => return Err(Error::file(path, source)),
    }
    let root = dir.canonicalize().map_err(|source| Error::file(dir, source))?;
    let mut reading = Reading { root, entries: 0, bytes: 0, folder: ProjectFolder::default() };
    if let Some(text) = reading.read_file(&path, PROJECT_FILE)? {
        reading.folder.files.env = named_variables(&text, environment);
        reading.folder.files.project = text;
    }
    reading.read_workflows(&dir.join(WORKFLOWS), "", &[])?;
    Ok(reading.folder)
}

/// The text of tradewind.yaml alone; `None` where it cannot be read, which `check` tells.
pub(super) fn read_project(dir: &Path) -> Option<String> {
    let root = dir.canonicalize().ok()?;
    let mut reading = Reading { root, entries: 0, bytes: 0, folder: ProjectFolder::default() };
    reading.read_file(&dir.join(PROJECT_FILE), PROJECT_FILE).ok()?
}

fn no_project(dir: &Path) -> String {
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    format!(
        "{} has no {PROJECT_FILE}: create one with a `connections:` map, and workflows/<id>.yaml \
         beside it; or name another folder with --dir",
        dir.display()
    )
}

/// A folder that is being read.
struct Reading {
    root: PathBuf,
    entries: usize,
    bytes: usize,
    folder: ProjectFolder,
}

impl Reading {
    /// `above`: the folders that this one is in.
    fn read_workflows(
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
        if !place.starts_with(&self.root) {
            return Ok(self.add(problem(file, "file_outside", LEADS_OUT).with_help(PUT_IT_HERE)));
        }
        if above.contains(&place) {
            let reason = "the link leads back to a folder that it is in";
            return Ok(self.add(problem(file, "file_misplaced", reason)));
        }
        if above.len() > DEPTH_MAX {
            return Ok(self.add(problem(file, "file_misplaced", "folders nest too deep")));
        }
        let entries = fs::read_dir(&place).map_err(wrong)?.take(ENTRIES_MAX + 1);
        let mut entries = entries.collect::<io::Result<Vec<_>>>().map_err(wrong)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        let above = [above, &[place]].concat();
        for entry in entries {
            self.entries += 1;
            if self.entries > ENTRIES_MAX {
                let reason = format!("there are more than {ENTRIES_MAX} files");
                return Ok(self.add(problem(WORKFLOWS, "too_many_files", &reason)));
            }
            self.read_entry(&entry, prefix, &above)?;
        }
        Ok(())
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
        if let Some(id) = relative.strip_suffix(".yaml").filter(|id| is_id(id)) {
            if let Some(text) = self.read_file(&entry.path(), &file)? {
                self.folder.files.workflows.insert(WorkflowId::from(id), text);
            }
        } else if name.ends_with(".yml") || name.ends_with(".yaml") {
            let help = "small and capital letters, digits, `-`, `_` and `.yaml` at the end";
            let found = problem(&file, "file_name_invalid", "this cannot name a workflow's file");
            self.add(found.with_help(help));
        }
        Ok(())
    }

    /// `None`: a problem says why. Nothing is waited for, and nothing outside of the folder is read.
    fn read_file(&mut self, path: &Path, file: &str) -> Result<Option<String>, Error> {
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
                self.add(problem(file, "file_outside", LEADS_OUT).with_help(PUT_IT_HERE));
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

fn problem(file: &str, code: &str, message: &str) -> Problem {
    Problem::new(code, Place::START, message).in_file(file)
}

fn is_id(id: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
    id.chars().all(fits) && !id.ends_with('/') && !id.is_empty()
}

/// A file that cannot be read as a project names none: its problems are told elsewhere.
fn named_variables(
    text: &str,
    environment: &Environment,
) -> std::collections::BTreeMap<String, String> {
    let Ok(project) = Project::parse(text) else { return Default::default() };
    let mut names = Vec::new();
    for connection in project.connections.values() {
        connection.settings.iter().for_each(|(_, setting)| collect(setting, &mut names));
    }
    let variables = environment.variables();
    let value = |name: String| variables.get(&name).cloned().map(|value| (name, value));
    names.into_iter().filter_map(value).collect()
}

fn collect(setting: &Setting, names: &mut Vec<String>) {
    match setting {
        Setting::Env(name) => names.push(name.clone()),
        Setting::List(items) => items.iter().for_each(|item| collect(item, names)),
        Setting::Map(entries) => entries.iter().for_each(|(_, entry)| collect(entry, names)),
        Setting::Text(_) | Setting::Integer(_) | Setting::Bool(_) | Setting::Secret(_) => {}
    }
}
