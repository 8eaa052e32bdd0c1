//! What keeps the process from starting: each is said with its place and the way out, and changes
//! nothing.

use crate::app::{Finished, Given, finished, tradewind};
use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};
use tradewind::runtime::Runtime;

const PROJECT: &str = "connections:\n  mail: { provider: sandbox }\n";

/// A folder that was served before.
async fn served() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let given = Given::project(PROJECT);
    given.write(folder.path());
    Runtime::start(&given.options(folder.path())).await.unwrap().stop().await;
    let data_dir = folder.path().join(".tradewind");
    // A reader that closes last leaves the log behind; here all is in the database.
    let database = rusqlite::Connection::open(data_dir.join("tradewind.db")).unwrap();
    database.pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
    database.close().unwrap();
    (folder, data_dir)
}

async fn up(dir: &Path, arguments: &[&str]) -> Finished {
    let mut command = tradewind(dir, &BTreeMap::new());
    command.args(["up", "--port", "0"]).args(arguments);
    finished(command).await
}

/// It ended with that code, and said all of these.
fn check(finished: &Finished, code: i32, words: &[&str]) {
    assert_eq!(finished.code, Some(code), "{finished:?}");
    for word in words {
        assert!(finished.stderr.contains(word), "no `{word}`: {finished:?}");
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[tokio::test]
async fn a_second_process_is_refused_and_the_first_goes_on() {
    let app = Given::project(PROJECT).start().await;
    let second = up(app.dir(), &[]).await;
    let data_dir = shown(&app.data_dir());
    check(&second, 1, &["error: ", &data_dir, "in use by another", "--data-dir"]);
    assert_eq!(app.call("GET", "/health", None).await.status, 200);
    let runs = app.command(&["runs"]).await;
    assert_eq!(runs.code, Some(0), "the first is still found: {runs:?}");
    app.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_named_and_nothing_is_applied() {
    let (folder, _) = served().await;
    fs::write(folder.path().join("tradewind.yaml"), "connections:\n  books: { provider: csv }\n")
        .unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let mut command = tradewind(folder.path(), &BTreeMap::new());
    command.args(["up", "--port", &address.port().to_string()]);
    let refused = finished(command).await;
    check(&refused, 1, &["error: cannot listen on", &address.to_string(), "--port"]);
    drop(taken);
    let clock = std::sync::Arc::new(crate::app::MovableClock::new());
    let app = Given::project(PROJECT).start_in(folder, clock).await;
    let project = app.get("/api/project").await;
    assert_eq!((&project["revision"], &project["connections"]["books"]), (&1.into(), &().into()));
    app.stop().await;
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_written_is_named() {
    let (folder, _) = served().await;
    fs::write(folder.path().join("file"), "notes").unwrap();
    // The owner of everything may write to any folder that is one, but not to these.
    for data_dir in
        [folder.path().join("file"), folder.path().join("file/data"), "/proc/data".into()]
    {
        let refused = up(folder.path(), &["--data-dir", &shown(&data_dir)]).await;
        check(&refused, 1, &["error: ", &shown(&data_dir), "cannot be used", "--data-dir"]);
    }
    assert_eq!(fs::read_to_string(folder.path().join("file")).unwrap(), "notes");
}

#[tokio::test]
async fn a_damaged_database_is_named_and_left_as_it_is() {
    let (folder, data_dir) = served().await;
    let database = data_dir.join("tradewind.db");
    let mut bytes = fs::read(&database).unwrap();
    bytes[4096..8192].fill(0x5A);
    fs::write(&database, &bytes).unwrap();
    let refused = up(folder.path(), &[]).await;
    check(&refused, 1, &["error: ", &shown(&database), "is damaged", "restore a backup"]);
    assert!(fs::read(&database).unwrap() == bytes, "it was changed");
}

#[tokio::test]
async fn another_file_in_place_of_the_database_is_left_as_it_is() {
    let (folder, data_dir) = served().await;
    let database = data_dir.join("tradewind.db");
    let notes = "These are the notes of somebody else.\n".repeat(200);
    fs::write(&database, &notes).unwrap();
    let refused = up(folder.path(), &[]).await;
    let words = [&shown(&database), "is not a tradewind database", "move it away"];
    check(&refused, 1, &words);
    assert_eq!(fs::read_to_string(&database).unwrap(), notes);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_as_it_is() {
    let (folder, data_dir) = served().await;
    let database = data_dir.join("tradewind.db");
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let bytes = fs::read(&database).unwrap();
    let refused = up(folder.path(), &[]).await;
    let words = [&shown(&database), "newer tradewind (schema 99", "start that version"];
    check(&refused, 1, &words);
    assert!(fs::read(&database).unwrap() == bytes, "it was changed");
}

#[tokio::test]
async fn a_folder_without_project_is_named() {
    let folder = tempdir().unwrap();
    let refused = up(folder.path(), &[]).await;
    check(&refused, 5, &["error: ", "has no tradewind.yaml", "create one", "--dir"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "something was made");
}

#[tokio::test]
async fn a_project_with_problems_is_not_applied() {
    let (folder, _) = served().await;
    fs::write(folder.path().join("tradewind.yaml"), "connections: [").unwrap();
    let refused = up(folder.path(), &[]).await;
    assert_eq!(refused.code, Some(3), "{refused:?}");
    let said = format!("{}{}", refused.stdout, refused.stderr);
    assert!(
        said.contains("tradewind.yaml:2:1: yaml_invalid") && said.contains("1 problem"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_token_that_cannot_be_read_is_named() {
    let (folder, data_dir) = served().await;
    let token = data_dir.join("token");
    fs::remove_file(&token).unwrap();
    fs::create_dir(&token).unwrap();
    let refused = up(folder.path(), &[]).await;
    check(&refused, 1, &["error: ", &shown(&token)]);
}
