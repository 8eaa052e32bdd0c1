//! A copy made while the store is worked with.

use super::{clock, commit, open, runs};
use crate::ports::given::{event, record, run, send, start};
use futures::future::{join, join_all};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tempfile::tempdir;
use tradewind::store::{BackupError, backup};
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Clock, Events};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_opens_and_holds_all_that_was_there_when_it_began() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let store = open(folder.path()).unwrap();
    let now = clock().now();
    let write = async |prefix: &str, number: usize| {
        let id = format!("run_{prefix}_{number}");
        commit(&store, &[start(&run(&id, now)), send(&id), record(event(&id, now))]).await;
    };
    join_all((0..100).map(|number| write("before", number))).await;
    let path = copy.path().join("tradewind.db");
    let meanwhile = join_all((0..100).map(|number| write("meanwhile", number)));
    let from = folder.path().to_owned();
    let to = path.clone();
    let copying = tokio::task::spawn_blocking(move || backup(&from, &to));
    let (backed_up, _) = join(copying, meanwhile).await;
    backed_up.unwrap().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    let restored = open(copy.path()).unwrap();
    let found: Vec<RunId> = runs(&restored).await;
    let from_before = found.iter().filter(|run| run.as_str().starts_with("run_before")).count();
    assert_eq!(from_before, 100);
    let events = Events::list(&restored, None, 1_000).await.unwrap().len();
    let messages = restored.queue_depths(now).await.unwrap()[0].waiting;
    assert_eq!((events, messages), (found.len(), found.len() as u64), "one moment, not several");
}

#[tokio::test]
async fn a_backup_of_a_quiet_store_equals_it() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let store = open(folder.path()).unwrap();
    for number in 0..10 {
        commit(&store, &[start(&run(&format!("run_{number}"), clock().now()))]).await;
    }
    let path = copy.path().join("tradewind.db");
    backup(folder.path(), &path).unwrap();
    assert_eq!(runs(&open(copy.path()).unwrap()).await, runs(&store).await);
}

#[tokio::test]
async fn a_backup_never_replaces_a_file() {
    let folder = tempdir().unwrap();
    let _store = open(folder.path()).unwrap();
    let others = tempdir().unwrap();
    let path = others.path().join("mine.db");
    fs::write(&path, "mine").unwrap();
    let refused = backup(folder.path(), &path).unwrap_err();
    assert!(matches!(refused, BackupError::Exists(_)), "{refused:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    let nowhere = backup(folder.path(), &others.path().join("no/such/folder.db")).unwrap_err();
    assert!(matches!(nowhere, BackupError::File { .. }), "{nowhere:?}");
}
