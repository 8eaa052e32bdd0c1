//! Where a project folder is.

use crate::command::environment::Environment;
use std::path::{Component, Path, PathBuf};

/// A project folder.
#[derive(Clone)]
pub(super) struct Place {
    /// As whoever started the command calls it: a link that names the release of the day stays that link.
    pub(super) given: PathBuf,
    /// Without any link.
    pub(super) real: PathBuf,
}

impl Place {
    pub(super) fn of(dir: &Path, environment: &Environment) -> Self {
        let real = dir.canonicalize().or_else(|_| std::path::absolute(dir));
        let real = real.unwrap_or_else(|_| dir.to_owned());
        // The system knows the working folder without links alone; a shell says how it came there.
        let shell = environment.value("PWD").map(|folder| Path::new(folder).join(dir));
        let given = [shell, Some(dir.to_owned())].into_iter().flatten().find_map(|path| {
            let path = std::path::absolute(path).ok()?;
            let is_plain = path.components().all(|part| part != Component::ParentDir);
            (is_plain && path.canonicalize().is_ok_and(|path| path == real)).then_some(path)
        });
        Self { given: given.unwrap_or_else(|| real.clone()), real }
    }
}
