//! What there is to say about a data directory when work begins in it.

use super::{DataFolder, INSIDE, Kind, holds_data, record};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Folders that were renamed and are named, at most.
const RENAMED_MAX: usize = 3;

/// An older tradewind has written no name into it; nor has who packs one with a folder.
const UNNAMED: &str = "      it was there before, and does not say whose it is: if nobody has run tradewind in \
    this folder before, it came with it, with work that waits and a token and a key that others know: stop \
    this process and remove it";

/// What was found in it.
pub(super) struct Found<'a> {
    /// It holds no data yet.
    pub(super) is_new: bool,
    /// Nothing says whose it is.
    pub(super) is_unnamed: bool,
    /// The project folder that it belonged to before.
    pub(super) other: Option<&'a Path>,
}

/// All of it.
pub(super) fn about(data: &DataFolder, found: &Found<'_>) -> Vec<String> {
    let mut words = vec![match &data.kind {
        Kind::Named | Kind::Outside { .. } => format!("data: {}", data.path.display()),
        Kind::Homeless => format!(
            "data: {}, in the project folder because HOME is not set; --data-dir names a better place",
            data.path.display()
        ),
        Kind::Inside { outside } => inside(&data.path, outside.as_deref()),
    }];
    if let Kind::Outside { passed_over: Some(inside) } = &data.kind {
        let inside = inside.display();
        words.push(format!("      {inside} is not used: remove it, it did not come from here"));
    }
    if let (Kind::Inside { .. }, true, false) = (&data.kind, found.is_unnamed, found.is_new) {
        words.push(UNNAMED.to_owned());
    }
    if let (Kind::Outside { .. }, true) = (&data.kind, found.is_new) {
        words.extend(
            renamed(&data.path)
                .into_iter()
                .map(|(old, project)| rename(&data.path, &old, &project)),
        );
    }
    if let Some(other) = found.other.filter(|other| is_still_there(&data.kind, other)) {
        words.push(format!(
            "      it was last used for {}, which is still there: what waits in it belongs to that one",
            other.display()
        ));
    }
    words
}

fn inside(path: &Path, outside: Option<&Path>) -> String {
    let why = "in the project folder: whoever copies, packs or commits that takes tokens, keys and \
               customers' data along";
    let path_shown = path.display();
    let Some((outside, all)) = outside.and_then(|path| Some((path, path.parent()?))) else {
        return format!("data: {path_shown}, {why}; --data-dir names a better place");
    };
    let (all, from, to) = (quoted(all), quoted(path), quoted(outside));
    format!(
        "data: {path_shown}, {why}. To move it out, stop this process and run: mkdir -p -m 700 {all} \
         && mv {from} {to}"
    )
}

fn rename(new: &Path, old: &Path, project: &Path) -> String {
    let unused = quoted(&new.with_extension("unused"));
    let (old_shown, project) = (old.display(), project.display());
    let (new, old) = (quoted(new), quoted(old));
    format!(
        "      {old_shown} holds the data of {project}, which is gone. If this folder is that one under \
         another name, stop this process and run: mv {new} {unused} && mv {old} {new}"
    )
}

/// Data directories beside this one that hold data of folders that are no longer there.
fn renamed(data_dir: &Path) -> Vec<(PathBuf, PathBuf)> {
    let entries = data_dir.parent().map(fs::read_dir).into_iter().flatten().flatten().flatten();
    let others = entries.map(|entry| entry.path()).filter(|path| path != data_dir);
    let of_gone = others.filter(|path| holds_data(path)).filter_map(|path| {
        let project = record::read(&path).ok()??;
        let is_gone =
            fs::symlink_metadata(&project).is_err_and(|error| error.kind() == ErrorKind::NotFound);
        is_gone.then_some((path, project))
    });
    of_gone.take(RENAMED_MAX).collect()
}

/// A copy of a folder brings the waiting work of the first one along, and both would do it.
fn is_still_there(kind: &Kind, other: &Path) -> bool {
    match kind {
        Kind::Named => other.exists(),
        Kind::Inside { .. } | Kind::Homeless => other.join(INSIDE).exists(),
        Kind::Outside { .. } => false,
    }
}

/// As a shell takes it for one word.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    match path.chars().all(is_plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}
