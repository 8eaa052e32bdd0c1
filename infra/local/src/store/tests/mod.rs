//! What only the inside can show: how requests share commits, full disks, and commits that fail.

use super::Store;
use super::batch::{Cx, Done, Request};
use super::errors::{Fault, OpenError};
use super::messages::send_message;
use futures::FutureExt as _;
use futures::future::{join_all, join3};
use rusqlite::ffi;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::{TempDir, tempdir};
use tradewind_engine::ports::{Clock, Unavailable};
use tradewind_engine::time::Timestamp;

const QUEUE: &str = "sheet.append_row";
const REQUESTS: usize = 50;

struct Still(Timestamp);

#[async_trait::async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }

    async fn sleep(&self, _duration: Duration) {}
}

fn store() -> (TempDir, Store) {
    let folder = tempdir().unwrap();
    let clock = Arc::new(Still("2026-03-01T08:00:00Z".parse().unwrap()));
    let store = Store::open(folder.path(), clock).unwrap();
    (folder, store)
}

/// Lets the writer begin on `requests` only when all of them wait.
async fn together<T>(
    store: &Store,
    requests: impl IntoIterator<Item = impl Future<Output = T>>,
) -> Vec<T> {
    let (open, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let first = store.write(move |_| {
        gate.lock().unwrap().recv().unwrap();
        Ok(())
    });
    let (_, answers, ()) = join3(first, join_all(requests), async { open.send(()).unwrap() }).await;
    answers
}

async fn put(store: &Store, body: impl Into<String>) -> Result<(), Unavailable> {
    let body = body.into();
    store.write(move |cx: &mut Cx<'_>| send_message(cx, QUEUE, &body, None, "")).await
}

async fn bodies(store: &Store) -> Vec<String> {
    let now = store.clock.now();
    let received = store.receive(QUEUE, 10_000, Duration::ZERO, now).await.unwrap();
    received.into_iter().map(|message| message.body).collect()
}

#[tokio::test]
async fn requests_that_wait_share_a_commit_and_keep_their_order() {
    let (_folder, store) = store();
    let before = store.commits();
    let numbers: Vec<String> = (0..REQUESTS).map(|number| number.to_string()).collect();
    let requests = numbers.iter().map(|number| put(&store, number));
    assert!(together(&store, requests).await.iter().all(Result::is_ok));
    assert!(store.commits() - before <= 2, "{} commits", store.commits() - before);
    assert_eq!(bodies(&store).await, numbers);
}

#[tokio::test]
async fn a_request_that_fails_or_panics_takes_back_only_itself() {
    let (_folder, store) = store();
    let ends = together(&store, (0..8).map(|number| spoiled(&store, number))).await;
    let answered: Vec<bool> = ends.iter().map(Result::is_ok).collect();
    assert_eq!(answered, [true, false, false, true, true, false, false, true]);
    assert_eq!(bodies(&store).await, ["0", "4"]);
    put(&store, "the writer lives").await.unwrap();
}

/// Every request sends a message; then it succeeds, fails, panics or thinks better of it.
async fn spoiled(store: &Store, number: u32) -> Result<(), Unavailable> {
    let work = move |cx: &mut Cx<'_>| -> Result<Done<()>, Fault> {
        send_message(cx, QUEUE, &number.to_string(), None, "")?;
        match number % 4 {
            0 => Ok(Done::Keep(())),
            1 => Err(cx.connection.execute("no such statement", []).unwrap_err().into()),
            2 => panic!("a bug in a request"),
            _ => Ok(Done::Undo(())),
        }
    };
    store.write_if(work).await
}

#[tokio::test]
async fn a_commit_that_fails_fails_all_its_requests() {
    let (_folder, store) = store();
    let setup = "CREATE TABLE parents (id INTEGER PRIMARY KEY);
        CREATE TABLE children (parent REFERENCES parents DEFERRABLE INITIALLY DEFERRED);";
    store.write(|cx| Ok(cx.connection.execute_batch(setup)?)).await.unwrap();
    // The condition is looked at by COMMIT alone.
    let spoil = async |spoils: bool| {
        let insert = "INSERT INTO children VALUES (1)";
        store
            .write(move |cx| {
                if spoils {
                    cx.connection.execute(insert, [])?;
                }
                send_message(cx, QUEUE, "body", None, "")
            })
            .await
    };
    let ends = together(&store, [false, true, false].map(spoil)).await;
    assert!(ends.iter().all(Result::is_err), "{ends:?}");
    put(&store, "later").await.unwrap();
    assert_eq!(bodies(&store).await, ["later"]);
}

#[tokio::test]
async fn a_full_disk_fails_requests_and_loses_none_that_was_answered() {
    let (_folder, store) = store();
    limit_pages(&store, 80).await;
    let body = |number: usize| format!("{number}:{}", "x".repeat(8_000));
    let mut answered = Vec::new();
    for round in 0..8 {
        let numbers: Vec<usize> = (round * 10..round * 10 + 10).collect();
        let ends = together(&store, numbers.iter().map(|number| put(&store, body(*number)))).await;
        let ends = numbers.into_iter().zip(ends);
        answered.extend(ends.filter(|(_, end)| end.is_ok()).map(|(number, _)| body(number)));
    }
    let refused = loop {
        let next = body(80 + answered.len());
        match put(&store, next.clone()).await {
            Ok(()) => answered.push(next),
            Err(refused) => break refused,
        }
    };
    assert!(refused.reason.contains("full"), "{refused}");
    assert!((1..80).contains(&answered.len()));

    limit_pages(&store, 10_000).await;
    assert_eq!(bodies(&store).await, answered);
    put(&store, "there is space again").await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_found_by_the_probe_although_a_few_bytes_still_fit() {
    let (_folder, store) = store();
    let probe = || store.probe(store.clock.now());
    probe().await.unwrap();
    limit_pages(&store, 80).await;
    while put(&store, "x".repeat(45_000)).await.is_ok() {}
    put(&store, "a few bytes").await.unwrap();
    let refused = probe().await.unwrap_err();
    assert!(refused.reason.contains("full"), "{refused}");

    limit_pages(&store, 10_000).await;
    probe().await.unwrap();
    assert_eq!(store.probed_at().await, Ok(Some(store.clock.now())));
}

#[tokio::test]
async fn the_end_of_the_thread_that_writes_is_noticed() {
    /// Nobody could be told of its end.
    struct Unanswerable;

    impl Request for Unanswerable {
        fn work(&mut self, _: &mut Cx<'_>) -> Result<bool, Unavailable> {
            Ok(true)
        }

        fn answer(self: Box<Self>, _: Result<(), Unavailable>) {
            panic!("a bug outside of every request");
        }
    }

    let (_folder, store) = store();
    assert_eq!(store.ended().now_or_never(), None, "it works");
    store.writer.send(Box::new(Unanswerable)).await.unwrap();
    store.ended().await;
    assert!(put(&store, "lost").await.is_err());
}

async fn limit_pages(store: &Store, pages: i64) {
    let limit = move |cx: &mut Cx<'_>| {
        cx.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        Ok(())
    };
    store.write(limit).await.unwrap();
}

#[test]
fn a_failure_of_the_database_says_what_a_person_can_do() {
    let said = |code| {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        OpenError::database("/data/tradewind.db".as_ref(), error.into()).to_string()
    };
    assert!(said(ffi::SQLITE_READONLY).contains("owner and rights"));
    assert!(said(ffi::SQLITE_CANTOPEN).contains("owner and rights"));
    assert!(said(ffi::SQLITE_FULL).contains("no space left"));
    assert!(said(ffi::SQLITE_NOTADB).contains("not a tradewind database"));
    assert!(said(ffi::SQLITE_CORRUPT).contains("restore a backup"));
    assert!(said(ffi::SQLITE_IOERR).contains("cannot be opened"));
}
