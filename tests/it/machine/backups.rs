//! Where a backup may be written to, and what it is then.

use super::started::Up;
use super::{check, mode, project, run, write};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};

/// A project that was served.
fn served() -> (TempDir, PathBuf) {
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "shop");
    Up::start(&dir, &[], &[]).stop();
    (parent, dir)
}

/// Whether the file is a whole database of ours.
fn is_whole(file: &Path) -> bool {
    // Another name, so that none of its peculiarities are in the way.
    let folder = tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    fs::copy(file, &copy).unwrap();
    let database = rusqlite::Connection::open(&copy).unwrap();
    let found: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    let runs: i64 = database.query_row("SELECT count(*) FROM runs", [], |row| row.get(0)).unwrap();
    found == "ok" && runs == 0
}

#[tokio::test]
async fn a_name_means_a_file_and_nothing_else() {
    let (_parent, dir) = served();
    write(&dir.join("other.db"), "somebody's", 0o600);
    let names =
        ["file:other.db", ":memory:", "file:new.db?mode=memory", "-x.db", "a b%20?c=d#e.db"];
    for name in names {
        let said = run(&dir, &[], &["backup", "--json", "--", name]).await;
        assert_eq!(said.code, Some(0), "{name}: {said:?}");
        let file = dir.join(name);
        assert_eq!(mode(&file), 0o600, "{name}");
        let said: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!(said["bytes"], fs::metadata(&file).unwrap().len(), "{name}");
        assert!(is_whole(&file), "{name}");
    }
    assert_eq!(fs::read_to_string(dir.join("other.db")).unwrap(), "somebody's");
    let left: Vec<String> = fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("backup") || name.contains("-wal") || name.contains("new-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn what_exists_is_never_replaced() {
    let (_parent, dir) = served();
    write(&dir.join("mine.db"), "mine", 0o644);
    fs::create_dir(dir.join("folder")).unwrap();
    symlink(dir.join("nowhere"), dir.join("dangling.db")).unwrap();
    symlink(dir.join("mine.db"), dir.join("link.db")).unwrap();
    for name in ["mine.db", "folder", "dangling.db", "link.db"] {
        let refused = run(&dir, &[], &["backup", name]).await;
        check(&refused, 1, &["error: ", name, "exists already"]);
    }
    assert_eq!(fs::read_to_string(dir.join("mine.db")).unwrap(), "mine");
    assert!(!dir.join("nowhere").exists());
    assert_eq!(fs::read_dir(dir.join("folder")).unwrap().count(), 0);
}

#[tokio::test]
async fn the_data_directory_takes_no_backup() {
    let (_parent, dir) = served();
    symlink(dir.join(".tradewind"), dir.join("way")).unwrap();
    let database = fs::read(dir.join(".tradewind/tradewind.db")).unwrap();
    for name in [
        ".tradewind/b.db",
        "way/b.db",
        ".tradewind/tradewind.db",
        ".tradewind/tradewind.db-journal",
    ] {
        let refused = run(&dir, &[], &["backup", name]).await;
        assert_eq!(refused.code, Some(1), "{name}: {refused:?}");
        assert!(refused.stderr.contains("data directory"), "{refused:?}");
    }
    assert!(!dir.join(".tradewind/b.db").exists());
    assert!(!dir.join(".tradewind/tradewind.db-journal").exists());
    assert!(fs::read(dir.join(".tradewind/tradewind.db")).unwrap() == database);
}

#[tokio::test]
async fn a_name_that_cannot_be_a_files_is_refused() {
    let (_parent, dir) = served();
    for name in ["", "..", "/", "no/such/folder.db", "sub/"] {
        let refused = run(&dir, &[], &["backup", name]).await;
        assert!(matches!(refused.code, Some(1 | 2)), "{name}: {refused:?}");
    }
}
