//! Opening the data directory, and what is said when that fails.

use super::{clock, commit, open, reopen, runs};
use crate::ports::given::{run, start};
use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::{TempDir, tempdir};
use tradewind::store::OpenError;
use tradewind_engine::ports::{Clock, Definitions, Events};
use tradewind_engine::time::Timestamp;

const DATABASE: &str = "tradewind.db";

#[tokio::test]
async fn the_folder_is_made_and_only_its_owner_may_read_it() {
    let parent = tempdir().unwrap();
    let folder = parent.path().join("shop/.tradewind");
    let _store = open(&folder).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for file in fs::read_dir(&folder).unwrap() {
        let file = file.unwrap().path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn a_second_process_is_refused_until_the_first_has_ended() {
    let folder = tempdir().unwrap();
    let first = open(folder.path()).unwrap();
    let refused = open(folder.path()).err().unwrap();
    assert!(matches!(refused, OpenError::InUse(_)));
    let message = refused.to_string();
    assert!(message.contains(&folder.path().display().to_string()), "{message}");
    assert!(message.contains("--data-dir"), "{message}");

    let handle = first.clone();
    drop(first);
    assert!(matches!(open(folder.path()), Err(OpenError::InUse(_))), "a handle still lives");
    drop(handle);
    open(folder.path()).unwrap();
}

#[tokio::test]
async fn what_was_committed_is_there_again() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    commit(&store, &[start(&run("run_1", clock().now()))]).await;
    drop(store);
    assert_eq!(runs(&reopen(folder.path()).unwrap()).await, ["run_1".into()]);
}

/// The schema's first version is never changed, so neither is this file.
#[tokio::test]
async fn a_database_of_the_first_version_opens() {
    let folder = tempdir().unwrap();
    let database = rusqlite::Connection::open(folder.path().join(DATABASE)).unwrap();
    database.execute_batch(include_str!("version_1.sql")).unwrap();
    database.close().unwrap();

    let store = open(folder.path()).unwrap();
    assert_eq!(runs(&store).await, ["run_1".into()]);
    let event = Events::read(&store, &"event_1".into()).await.unwrap().unwrap();
    assert_eq!(event.event.name, "order.placed");
    let current = store.current().await.unwrap();
    assert_eq!((current.revision, current.workflows[0].id.as_str()), (3, "order-log"));
    let next_at = store.next_visible_at("sheet.append_row").await.unwrap();
    let expected: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(next_at, Some(expected));
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    let folder = tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    let path = folder.path().join(DATABASE);
    let database = rusqlite::Connection::open(&path).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    let before = fs::read(&path).unwrap();

    let refused = open(folder.path()).err().unwrap();
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }), "{refused:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn another_file_in_its_place_is_left_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join(DATABASE);
    let text = "These are the notes of somebody else.\n".repeat(200);
    fs::write(&path, &text).unwrap();
    let refused = open(folder.path()).err().unwrap();
    assert!(matches!(refused, OpenError::NotADatabase(_)), "{refused:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_damaged_database_is_not_worked_on() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    for number in 0..50 {
        commit(&store, &[start(&run(&format!("run_{number}"), clock().now()))]).await;
    }
    drop(store);
    let path = folder.path().join(DATABASE);
    let whole = fs::read(&path).unwrap();
    for page in [1, 5, whole.len() / 4096 - 1] {
        let mut bytes = whole.clone();
        bytes[page * 4096..page * 4096 + 512].fill(0x5A);
        fs::write(&path, &bytes).unwrap();
        let refused = open(folder.path()).err().unwrap();
        assert!(matches!(refused, OpenError::Damaged { .. }), "page {page}: {refused:?}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "page {page}");
    }
}

/// It would look like a shop that has never had an order.
#[tokio::test]
async fn a_database_that_lost_its_content_is_no_new_one() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    commit(&store, &[start(&run("run_1", clock().now()))]).await;
    drop(store);
    let path = folder.path().join(DATABASE);
    let whole = fs::read(&path).unwrap();
    for kept in [0, 1, 100, 4_095, 4_096, whole.len() / 2 / 4_096 * 4_096] {
        fs::write(&path, &whole[..kept]).unwrap();
        let refused = open(folder.path()).err();
        assert!(refused.is_some(), "{kept} bytes of {} are no new store", whole.len());
        assert_eq!(fs::read(&path).unwrap(), whole[..kept], "{kept} bytes are left alone");
    }
    fs::write(&path, "").unwrap();
    let refused = open(folder.path()).err().unwrap();
    assert!(matches!(refused, OpenError::Emptied(_)), "{refused:?}");
    let message = refused.to_string();
    assert!(message.contains("restore a backup") && message.contains("delete"), "{message}");

    fs::write(&path, &whole).unwrap();
    assert_eq!(runs(&open(folder.path()).unwrap()).await, ["run_1".into()]);
    fs::remove_file(&path).unwrap();
    assert!(runs(&open(folder.path()).unwrap()).await.is_empty(), "whoever deletes it means it");
}

/// An older tradewind has left no mark, but a token, or a log that was not copied yet.
#[tokio::test]
async fn an_empty_database_beside_traces_of_use_is_no_new_one() {
    for (trace, content) in [("token", "secret"), ("api.json", "{}"), ("tradewind.db-wal", "log")] {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join(DATABASE), "").unwrap();
        fs::write(folder.path().join(trace), content).unwrap();
        let refused = open(folder.path()).err();
        assert!(matches!(refused, Some(OpenError::Emptied(_))), "{trace}: {refused:?}");
        assert_eq!(fs::read_to_string(folder.path().join(trace)).unwrap(), content);
    }
}

#[tokio::test]
async fn a_first_start_that_ended_early_is_made_up_for() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join(DATABASE), "").unwrap();
    fs::write(folder.path().join("tradewind.lock"), "").unwrap();
    fs::write(folder.path().join("tradewind.db-wal"), "").unwrap();
    assert!(runs(&open(folder.path()).unwrap()).await.is_empty());
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_says_why() {
    let parent: TempDir = tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    let refused = open(&file.join("data")).err().unwrap();
    assert!(matches!(refused, OpenError::Folder { .. }), "{refused:?}");
    assert!(refused.source().is_some());
}
