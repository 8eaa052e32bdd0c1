//! Reading a project folder: tradewind.yaml and the workflows below `workflows/`.
//!
//! Invariant: a file that would be passed over silently is a problem.

use super::environment::Environment;
use super::error::Error;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use tradewind_engine::ids::WorkflowId;
use tradewind_engine::problems::{Place, Problem};
use tradewind_engine::project::{Project, Setting};
use tradewind_engine::workflows::name_fault;
use tradewind_platform::apply::{PROJECT_FILE, ProjectFiles};

/// The folder of the workflows.
const WORKFLOWS: &str = "workflows";
/// Folders nest this deep at most, so that a link back to its own folder ends.
const DEPTH_MAX: usize = 8;
/// No file of a project is longer.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What a project folder holds.
pub(super) struct ProjectFolder {
    /// The files, with the environment variables that tradewind.yaml names.
    pub(super) files: ProjectFiles,
    /// Files that cannot be read as what they should be.
    pub(super) problems: Vec<Problem>,
}

/// Reads the folder.
pub(super) fn read(dir: &Path, environment: &Environment) -> Result<ProjectFolder, Error> {
    let mut folder = ProjectFolder { files: ProjectFiles::default(), problems: Vec::new() };
    let path = dir.join(PROJECT_FILE);
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => return Err(Error::NotFound(no_project(dir))),
        Err(source) => return Err(Error::file(path, source)),
    }
    if let Some(text) = read_file(&path, PROJECT_FILE, &mut folder.problems)? {
        folder.files.env = named_variables(&text, environment);
        folder.files.project = text;
    }
    read_workflows(&dir.join(WORKFLOWS), "", 0, &mut folder)?;
    Ok(folder)
}

fn no_project(dir: &Path) -> String {
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    format!(
        "{} has no {PROJECT_FILE}: create one with a `connections:` map, and workflows/<id>.yaml \
         beside it; or name another folder with --dir",
        dir.display()
    )
}

fn read_workflows(
    path: &Path,
    prefix: &str,
    depth: usize,
    folder: &mut ProjectFolder,
) -> Result<(), Error> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound && depth == 0 => return Ok(()),
        entries => entries.and_then(Iterator::collect::<io::Result<Vec<_>>>),
    };
    let mut entries = entries.map_err(|source| Error::file(path, source))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let relative = format!("{prefix}{name}");
        let file = format!("{WORKFLOWS}/{relative}");
        let is_folder = fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_dir());
        // What begins with a dot belongs to editors and systems.
        if name.starts_with('.') {
            continue;
        }
        if is_folder && depth < DEPTH_MAX {
            read_workflows(&entry.path(), &format!("{relative}/"), depth + 1, folder)?;
        } else if is_folder {
            folder.problems.push(problem(&file, "file_misplaced", "folders nest too deep"));
        } else if let Some(id) = relative.strip_suffix(".yaml").map(WorkflowId::from) {
            if let Some(fault) = name_fault(&id) {
                let found = problem(&file, "file_name_invalid", fault.message);
                folder.problems.push(found.with_help(fault.help));
            } else if let Some(text) = read_file(&entry.path(), &file, &mut folder.problems)? {
                folder.files.workflows.insert(id, text);
            }
        } else if name.ends_with(".yml") {
            let help = "small and capital letters, digits, `-`, `_` and `.yaml` at the end";
            let found = problem(&file, "file_name_invalid", "this cannot name a workflow's file");
            folder.problems.push(found.with_help(help));
        }
    }
    Ok(())
}

/// `None`: a problem says why.
fn read_file(
    path: &Path,
    file: &str,
    problems: &mut Vec<Problem>,
) -> Result<Option<String>, Error> {
    let wrong = |source| Error::file(path, source);
    if fs::metadata(path).map_err(wrong)?.len() > FILE_BYTES_MAX {
        problems.push(problem(file, "file_too_large", "the file is longer than 1 MB"));
        return Ok(None);
    }
    match String::from_utf8(fs::read(path).map_err(wrong)?) {
        Ok(text) => Ok(Some(text)),
        Err(_) => {
            problems.push(problem(file, "not_text", "the file is not UTF-8 text"));
            Ok(None)
        }
    }
}

fn problem(file: &str, code: &str, message: &str) -> Problem {
    Problem::new(code, Place::START, message).in_file(file)
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
