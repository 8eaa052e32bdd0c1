//! What comes from outside: whoever repeats a command of ours builds what was checked, with the
//! dependencies that Cargo.lock pins, and no newer ones.

use crate::tidy::root;
use std::fs;
use std::path::{Path, PathBuf};

/// What of cargo's looks at Cargo.lock.
const VERBS: [&str; 9] =
    ["install", "build", "run", "test", "bench", "check", "clippy", "fetch", "lambda build"];
/// Short, because they are the first that anybody types; in a clone Cargo.lock fits, and so is what is
/// built.
const SHORT: [&str; 2] = ["cargo run -- demo", "cargo test"];
/// What may show commands.
const ENDINGS: [&str; 5] = ["md", "rs", "yaml", "toml", "service"];

#[test]
fn every_command_that_is_shown_keeps_to_the_lock_file() {
    let mut loose = Vec::new();
    let mut shown = 0;
    for file in files(&root()) {
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        let text = fs::read_to_string(&file).unwrap();
        for command in commands(&text) {
            shown += 1;
            if !command.contains(" --locked") && !SHORT.contains(&command.as_str()) {
                loose.push(format!("{name}: {command}"));
            }
        }
    }
    assert!(shown > 8, "only {shown} commands were found");
    assert!(loose.is_empty(), "these need --locked:\n{}", loose.join("\n"));
}

#[test]
fn commands_are_found_where_they_are_shown() {
    let text = "//! `cargo test -p x --test it`, which `cargo lambda build` left\n\
                UPDATE=1 cargo run \\\n  --example y\n# cargo build --locked\ncargo tree -p x\n";
    let found: Vec<String> = commands(text).collect();
    assert_eq!(
        found,
        ["cargo test -p x --test it", "cargo run --example y", "cargo build --locked"]
    );
}

/// What checks the dependencies is pinned itself, and asked before a change lands.
#[test]
fn dependencies_are_checked_by_tools_that_are_pinned() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let run = read(".ci/run");
    let is_check = |line: &&str| line.starts_with("\"$(.ci/tool deny)\" ");
    let checks: Vec<&str> = run.lines().filter(is_check).collect();
    assert_eq!(checks.len(), 2, "of this workspace and of the fuzz targets");
    for checked in ["-D warnings", "bans", "licenses", "sources", "--locked"] {
        assert!(checks.iter().all(|line| line.contains(checked)), "{checked}: {checks:?}");
    }
    let tool = read(".ci/tool");
    let install = tool.lines().find(|line| line.contains("cargo install")).unwrap();
    assert!(install.contains("--version \"$version\" --locked"), "{install}");
    assert_eq!(tool.matches("version=").count(), 2, "deny and cyclonedx");
}

/// The commands in a text, without what stands around them. A name alone, such as that of `cargo test`,
/// shows no command.
fn commands(text: &str) -> impl Iterator<Item = String> {
    // A line that goes on is one with the next.
    let lines = text.replace("\\\n", " ");
    let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
    lines.into_iter().flat_map(|line| {
        let starts = line.match_indices("cargo ").map(|(at, _)| at).collect::<Vec<_>>();
        let command = |at: usize| {
            let rest = &line[at..];
            let end = rest.find(['`', '"', '>', '#', ';', '|']).unwrap_or(rest.len());
            rest[..end].split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let is_shown = |command: &String| {
            let asked = |verb: &str| command.starts_with(&format!("cargo {verb} -"));
            VERBS.iter().any(|verb| asked(verb))
        };
        starts.into_iter().map(command).filter(is_shown).collect::<Vec<_>>()
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_ours = !name.starts_with('.') || name == ".ci";
        if path.is_dir() {
            if is_ours && name != "target" {
                files.extend(self::files(&path));
            }
        } else if folder.file_name().is_some_and(|name| name == ".ci")
            || path.extension().is_some_and(|one| ENDINGS.iter().any(|ending| one == *ending))
        {
            files.push(path);
        }
    }
    // Its examples of commands are none.
    files.retain(|file| !file.ends_with("tests/it/supply.rs"));
    files
}
