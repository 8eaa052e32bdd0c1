//! What a start may take for granted: no older process lives.

use super::{clock, commit, open, reopen};
use crate::ports::given::{QUEUE, claim, complete, run, run_of, send, send_at, start};
use crate::ports::local::VISIBILITY;
use std::time::Duration;
use tempfile::tempdir;
use tradewind::store::Store;
use tradewind_engine::jobs::{Job, JobWork, ReplayRuns};
use tradewind_engine::ports::{Clock, Jobs, Journal, KeyUse, Replies, Runs};
use tradewind_engine::protocol::{Command, Committed};
use tradewind_engine::runs::StepState;
use tradewind_engine::time::after;

#[tokio::test]
async fn a_start_ends_all_leases_and_leaves_the_rest_of_a_run_alone() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let now = clock().now();
    let (held, done) = (run("run_held", now), run("run_done", now));
    commit(&store, &[send("run_held"), start(&held), claim(&held, now)]).await;
    // Whoever has a lease has its message.
    store.receive(QUEUE, 1, VISIBILITY, now).await.unwrap();
    commit(&store, &[start(&done), claim(&done, now), complete(&done, 1, now)]).await;
    let before = [read(&store, "run_held").await, read(&store, "run_done").await];
    drop(store);

    let store = reopen(folder.path()).unwrap();
    let mut expected = before[0].clone();
    let step = expected.steps.get_mut(&"log".into()).unwrap();
    assert_eq!(step.state, StepState::Running);
    assert!(step.lease_until.take().is_some());
    assert_eq!(read(&store, "run_held").await, expected);
    assert_eq!(read(&store, "run_done").await, before[1]);
    let again = commit(&store, &[claim(&held, now)]).await;
    assert!(matches!(again, Committed::Applied(_)), "its effect may be repeated");
}

#[tokio::test]
async fn a_start_shows_what_was_in_flight_and_keeps_what_waits_for_its_time() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let now = clock().now();
    let later = after(now, Duration::from_secs(30));
    commit(&store, &[send("run_received"), send("run_held")]).await;
    commit(&store, &[send_at("run_delayed", later)]).await;
    let received = store.receive(QUEUE, 10, VISIBILITY, now).await.unwrap();
    let again = Command::ShowAgain(Duration::from_secs(20));
    store.commit(Some(&received[1].receipt), &[again]).await.unwrap();
    drop(store);

    let store = reopen(folder.path()).unwrap();
    let again = store.receive(QUEUE, 10, VISIBILITY, now).await.unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!((run_of(&again[0].body).as_str(), again[0].receives), ("run_received", 2));
    store.commit(Some(&received[0].receipt), &[Command::Ack]).await.unwrap();
    let rest = store.receive(QUEUE, 10, VISIBILITY, later).await.unwrap();
    let rest: Vec<String> = rest.iter().map(|message| run_of(&message.body)).collect();
    assert_eq!(rest, ["run_held", "run_delayed"]);
    assert_eq!(store.queue_depths(now).await.unwrap()[0].in_flight, 3, "the old receipt is stale");
}

#[tokio::test]
async fn a_start_frees_keys_and_jobs() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let now = clock().now();
    assert_eq!(store.reserve_key("key", now).await.unwrap(), KeyUse::New);
    let job = Job::new("job_1".into(), JobWork::ReplayRuns(ReplayRuns::default()), now);
    let leased_until = Some(after(now, Duration::from_secs(60)));
    store.add(&Job { leased_until, ..job.clone() }).await.unwrap();
    drop(store);

    let store = reopen(folder.path()).unwrap();
    assert_eq!(store.reserve_key("key", now).await.unwrap(), KeyUse::New);
    assert_eq!(store.open(10).await.unwrap(), [job]);
}

async fn read(store: &Store, run: &str) -> tradewind_engine::runs::Run {
    Runs::read(store, &run.into()).await.unwrap().unwrap()
}
