//! What there is to say about a data directory when work begins in it.

use super::homes::of_moved;
use super::volumes::can_be_renamed;
use super::{DataFolder, INSIDE, Kind};
use std::path::Path;

/// Folders that are gone and are named, at most.
const GONE_MAX: usize = 3;

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
    let path = data.path.display();
    let mut words = vec![match &data.kind {
        Kind::Named { .. } | Kind::Outside { .. } => format!("data: {path}"),
        Kind::Volume => format!("data: {path}, a volume of its own"),
        Kind::Homeless { not_ours: None } => format!(
            "data: {path}, in the project folder because HOME is not set; --data-dir names a better place"
        ),
        Kind::Homeless { not_ours: Some(home) } => format!(
            "data: {path}, in the project folder because {} is not this user's; --data-dir names a better \
             place",
            home.display()
        ),
        Kind::Inside { outside } => inside(&data.path, outside.as_deref()),
    }];
    match &data.kind {
        Kind::Named { others } => words.extend(others.iter().map(|other| {
            format!("      {} holds data of this project too, which is not used", other.display())
        })),
        Kind::Outside { passed_over: Some(inside) } => {
            let inside = inside.display();
            words.push(format!("      {inside} is not used: this project's data is there"));
        }
        Kind::Inside { .. } if found.is_unnamed && !found.is_new => words.push(UNNAMED.to_owned()),
        Kind::Outside { .. } | Kind::Inside { .. } | Kind::Volume | Kind::Homeless { .. } => {}
    }
    if let (Kind::Outside { .. }, true) = (&data.kind, found.is_new) {
        words.extend(gone(data));
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
    let outside = outside.filter(|outside| can_be_renamed(path, outside));
    let Some((outside, all)) = outside.and_then(|path| Some((path, path.parent()?))) else {
        return format!("data: {path_shown}, {why}; --data-dir names a better place");
    };
    let (all, from, to) = (quoted(all), quoted(path), quoted(outside));
    format!(
        "data: {path_shown}, {why}. To move it out, stop this process and run: mkdir -p -m 700 {all} \
         && mv {from} {to}"
    )
}

/// How the data directory of a renamed folder becomes this one; the command stands at the end.
pub(super) fn ways_on(new: &Path, old: &Path) -> String {
    let put_aside = format!("mv {} {}", quoted(new), quoted(&new.with_extension("unused")));
    let name = format!("start once with --data-dir {}", quoted(old));
    let rename = format!("mv {} {}", quoted(old), quoted(new));
    match (new.parent() == old.parent() && can_be_renamed(old, new), new.exists()) {
        (true, true) => format!("stop what runs on the two and run: {put_aside} && {rename}"),
        (true, false) => format!("{name}, or stop what still runs on it and run: {rename}"),
        (false, true) => format!("stop this process, {name} and run: {put_aside}"),
        (false, false) => name,
    }
}

/// Copies and clones of folders that are gone may be meant to go on with their data.
fn gone(data: &DataFolder) -> Vec<String> {
    let others = of_moved(&data.homes).into_iter();
    let others = others.filter(|(path, record)| *path != data.path && record.is_gone());
    let words = others.map(|(path, record)| {
        let (path_shown, project) = (path.display(), record.path.display());
        format!(
            "      {path_shown} holds the data of {project}, which is gone. If this folder takes its place, {}",
            ways_on(&data.path, &path)
        )
    });
    words.take(GONE_MAX).collect()
}

/// A copy of a folder brings the waiting work of the first one along, and both would do it.
fn is_still_there(kind: &Kind, other: &Path) -> bool {
    match kind {
        Kind::Named { .. } => other.exists(),
        Kind::Inside { .. } | Kind::Volume | Kind::Homeless { .. } => other.join(INSIDE).exists(),
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
