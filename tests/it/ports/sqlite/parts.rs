//! What is too long for its row, in a table of its own.

use super::{clock, commit, open, reopen};
use crate::ports::given::{event, record, run, start};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use tradewind::store::Store;
use tradewind_engine::ports::{Clock as _, Events, Expiry, Runs};
use tradewind_engine::protocol::{Change, Command, Write};
use tradewind_engine::runs::{Run, StepRecord, StepState};
use tradewind_engine::time::Timestamp;

fn database(folder: &Path) -> Connection {
    Connection::open(folder.join("tradewind.db")).unwrap()
}

fn number(folder: &Path, sql: &str) -> i64 {
    database(folder).query_row(sql, [], |row| row.get(0)).unwrap()
}

fn long(letter: char, length: usize) -> Value {
    json!({ "text": letter.to_string().repeat(length) })
}

/// A run that has ended, with a hundred steps that gave something.
fn large_run(steps: usize, each: usize) -> Run {
    let mut run = run("run_1", clock().now());
    let first = run.steps.values().next().unwrap().clone();
    run.input = long('i', 100_000);
    run.steps.clear();
    for number in 0..steps {
        let output = Some(long('o', each + number));
        let step = StepRecord { state: StepState::Done, output, ..first.clone() };
        run.steps.insert(format!("step_{number}").as_str().into(), step);
    }
    run
}

#[tokio::test]
async fn the_row_of_a_run_of_many_outputs_stays_small_and_the_run_comes_back() {
    for (steps, each) in [(100, 5_000), (100, 20_000), (1, 2_000_000)] {
        let folder = tempfile::tempdir().unwrap();
        let run = large_run(steps, each);
        let store = open(folder.path()).unwrap();
        commit(&store, &[start(&run)]).await;
        drop(store);
        let bytes = number(folder.path(), "SELECT length(document) FROM runs");
        assert!(bytes < 96 * 1024, "{steps} steps of {each}: {bytes}");
        let store = reopen(folder.path()).unwrap();
        assert_eq!(Runs::read(&store, &run.id).await.unwrap(), Some(run));
    }
}

#[tokio::test]
async fn parts_go_with_the_data_of_their_owners_and_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let mut event = event("event_1", clock().now());
    event.raw = Some("e30=".repeat(50_000));
    let mut other = large_run(1, 10);
    (other.id, other.event) = ("run_2".into(), event.id.clone());
    commit(&store, &[start(&large_run(3, 50_000)), start(&other), record(event.clone())]).await;
    let parts = "SELECT count(*) FROM parts";
    assert_eq!(number(folder.path(), parts), 6);
    let now = clock().now();
    for change in [Change::Cancel { now }, Change::Redact { now }] {
        let write = Write { run: "run_1".into(), change };
        commit(&store, &[Command::Write(write)]).await;
    }
    assert_eq!(number(folder.path(), parts), 2, "those of the other run and of the event");
    Events::redact(&store, &event.id, now).await.unwrap();
    assert_eq!(number(folder.path(), parts), 1);
    commit(
        &store,
        &[Command::Write(Write { run: "run_2".into(), change: Change::Cancel { now } })],
    )
    .await;
    let all = Timestamp::MAX;
    let expiry = Expiry { history: all, events_given_up: all, replies: all };
    store.purge(&expiry, 100).await.unwrap();
    assert_eq!(number(folder.path(), parts), 0);
}

/// A message that was given up on may have been the only one to name them.
#[tokio::test]
async fn parts_of_an_event_that_was_never_recorded_go_with_its_last_message() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let mut event = event("event_1", clock().now());
    event.raw = Some("e30=".repeat(50_000));
    tradewind_engine::ports::Bus::publish(&store, &[event]).await.unwrap();
    let all = Timestamp::MAX;
    let expiry = |given_up| Expiry { history: all, events_given_up: given_up, replies: all };
    store.purge(&expiry(all), 100).await.unwrap();
    let parts = "SELECT count(*) FROM parts";
    assert_eq!(number(folder.path(), parts), 1, "its message waits");
    let visibility = std::time::Duration::from_secs(60);
    let taken = store.receive("dispatch", 1, visibility, clock().now()).await.unwrap();
    assert!(store.give_up(&taken[0].receipt, "no").await.unwrap());
    store.purge(&expiry(Timestamp::MIN), 100).await.unwrap();
    assert_eq!(number(folder.path(), parts), 1, "its letter waits");
    store.purge(&expiry(all), 100).await.unwrap();
    assert_eq!(number(folder.path(), parts), 0);
}

/// As they were written before there was such a table.
#[tokio::test]
async fn rows_that_hold_all_by_themselves_are_read_and_made_small_by_the_next_write() {
    let folder = tempfile::tempdir().unwrap();
    let run = large_run(2, 40_000);
    let store: Store = open(folder.path()).unwrap();
    commit(&store, &[start(&Run { input: json!({}), steps: Default::default(), ..run.clone() })])
        .await;
    drop(store);
    let document = serde_json::to_string(&run).unwrap();
    database(folder.path()).execute("UPDATE runs SET document = ?1", [&document]).unwrap();
    let store = reopen(folder.path()).unwrap();
    assert_eq!(Runs::read(&store, &run.id).await.unwrap().as_ref(), Some(&run));
    let cancel = Write { run: run.id.clone(), change: Change::Cancel { now: clock().now() } };
    commit(&store, &[Command::Write(cancel)]).await;
    let kept = Runs::read(&store, &run.id).await.unwrap().unwrap();
    assert_eq!((&kept.input, &kept.steps), (&run.input, &run.steps));
    assert!(number(folder.path(), "SELECT length(document) FROM runs") < 32 * 1024);
}
