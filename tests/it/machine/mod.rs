//! The machine that Tradewind runs on: what others left in its folders, who stands at its ports, and
//! what of its own stays behind.

mod backups;
mod data_folders;
mod moved;
mod place;
mod planted;
mod project_files;
mod removed;
mod started;
mod tokens_sent;
mod tracked;
mod upgrades;
mod volumes;

use crate::app::{Finished, finished, tradewind};
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

const PROJECT: &str = "connections:\n  mail: { provider: sandbox }\n";

/// Runs the command in that folder, with that environment and no other.
async fn run(dir: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Finished {
    run_with(dir, environment, arguments, "").await
}

/// The same, with something on its standard input.
async fn run_with(
    dir: &Path,
    environment: &[(&str, &str)],
    arguments: &[&str],
    input: &str,
) -> Finished {
    let mut command = tradewind(Path::new("."), &BTreeMap::new());
    command.current_dir(dir).envs(environment.iter().copied()).args(arguments);
    if input.is_empty() {
        return finished(command).await;
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), input).unwrap();
    let mut shell = std::process::Command::new("sh");
    shell.arg("-c").arg(format!("exec \"$0\" \"$@\" < {}", file.path().display()));
    shell.arg(command.get_program()).args(command.get_args()).env_clear().current_dir(dir);
    shell.envs(environment.iter().copied());
    finished(shell).await
}

/// A project folder in `parent`.
fn project(parent: &Path, name: &str) -> std::path::PathBuf {
    let dir = parent.join(name);
    write(&dir.join("tradewind.yaml"), PROJECT, 0o644);
    dir
}

/// A file with those rights, and the folder that it is in.
fn write(path: &Path, content: &str, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A data directory that only its owner may enter.
fn data_folder(dir: &Path) -> std::path::PathBuf {
    let data = dir.join(".tradewind");
    fs::create_dir_all(&data).unwrap();
    fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
    data
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

/// It ended with that code, and said all of these.
fn check(finished: &Finished, code: i32, words: &[&str]) {
    assert_eq!(finished.code, Some(code), "{finished:?}");
    for word in words {
        assert!(finished.stderr.contains(word), "no `{word}`: {finished:?}");
    }
}
