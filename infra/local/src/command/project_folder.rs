//! Reading a project folder: tradewind.yaml, the workflows below `workflows/` and the files of its own providers
//! below `providers/`.
//!
//! Invariant: a file that would be passed over silently is a problem.

mod reading;

use super::environment::Environment;
use super::error::Error;
use reading::Reading;
use std::path::Path;
use tradewind_engine::problems::Problem;
use tradewind_engine::project::{Project, Setting};
use tradewind_platform::apply::{PROJECT_FILE, ProjectFiles};

/// The folder of the workflows.
const WORKFLOWS: &str = "workflows";
/// The folder of the providers of its own.
const PROVIDERS: &str = "providers";

/// What a project folder holds.
#[derive(Default)]
pub(crate) struct ProjectFolder {
    /// The files, with the environment variables that tradewind.yaml names.
    pub(crate) files: ProjectFiles,
    /// Files that cannot be read as what they should be.
    pub(crate) problems: Vec<Problem>,
}

/// Reads the folder.
pub(crate) fn read(dir: &Path, environment: &Environment) -> Result<ProjectFolder, Error> {
    let path = dir.join(PROJECT_FILE);
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => return Err(Error::NotFound(no_project(dir))),
        Err(source) => return Err(Error::file(path, source)),
    }
    let root = dir.canonicalize().map_err(|source| Error::file(dir, source))?;
    let mut reading = Reading::of(root);
    if let Some(text) = reading.read_file(&path, PROJECT_FILE)? {
        reading.folder.files.env = named_variables(&text, environment);
        reading.folder.files.project = text;
    }
    reading.read_workflows(&dir.join(WORKFLOWS), "", &[])?;
    reading.read_providers(&dir.join(PROVIDERS))?;
    Ok(reading.folder)
}

/// The text of tradewind.yaml alone; `None` where it cannot be read, which `check` tells.
pub(crate) fn read_project(dir: &Path) -> Option<String> {
    let root = dir.canonicalize().ok()?;
    let mut reading = Reading::of(root);
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
