//! A stored document that nobody can read hides no other.

use super::{clock, commit, open, reopen, runs};
use crate::ports::given::{QUEUE, claim, event, record, run, send, start};
use crate::ports::local::VISIBILITY;
use std::path::Path;
use std::time::Duration;
use tempfile::tempdir;
use tradewind_engine::ports::{Clock, Events, Runs};
use tradewind_engine::time::after;

#[tokio::test]
async fn one_unreadable_run_stops_neither_the_start_nor_the_lists() {
    let folder = tempdir().unwrap();
    let now = clock().now();
    let store = open(folder.path()).unwrap();
    for id in ["run_1", "run_2"] {
        let run = run(id, now);
        commit(&store, &[send(id), start(&run), claim(&run, now)]).await;
    }
    // They are worked on, so that the start looks at them.
    store.receive(QUEUE, 2, VISIBILITY, now).await.unwrap();
    drop(store);
    spoil(folder.path(), "UPDATE runs SET document = '{\"lease_until\":\"' WHERE id = 'run_1'");

    let store = reopen(folder.path()).unwrap();
    assert_eq!(runs(&store).await, ["run_2".into()]);
    let due = store.due(after(now, Duration::from_secs(86_400)), None, 10).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].steps[&"log".into()].lease_until, None);
    assert!(Runs::read(&store, &"run_1".into()).await.is_err(), "who asks for it is told");
}

#[tokio::test]
async fn one_unreadable_event_hides_no_other() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    for id in ["event_1", "event_2"] {
        commit(&store, &[record(event(id, clock().now()))]).await;
    }
    spoil(folder.path(), "UPDATE events SET document = '{}' WHERE id = 'event_1'");
    let events = Events::list(&store, None, 10).await.unwrap();
    let events: Vec<&str> = events.iter().map(|record| record.event.id.as_str()).collect();
    assert_eq!(events, ["event_2"]);
}

fn spoil(folder: &Path, sql: &str) {
    let database = rusqlite::Connection::open(folder.join("tradewind.db")).unwrap();
    assert_eq!(database.execute(sql, []).unwrap(), 1);
}
