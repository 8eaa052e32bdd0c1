//! Power loss at any byte: what was answered is there, and every list is there whole or not at all.

use super::{clock, commit, open, runs};
use crate::ports::given::{QUEUE, run, send, start};
use crate::ports::local::VISIBILITY;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::fs;
use tempfile::tempdir;
use tradewind_engine::ports::Clock;

const LISTS: usize = 20;

#[tokio::test]
async fn a_crash_at_any_byte_keeps_exactly_what_was_answered() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let (database, log) =
        (folder.path().join("tradewind.db"), folder.path().join("tradewind.db-wal"));
    let now = clock().now();
    let mut answered_at = Vec::new();
    for number in 0..LISTS {
        let id = format!("run_{number}");
        commit(&store, &[start(&run(&id, now)), send(&id)]).await;
        answered_at.push(fs::metadata(&log).unwrap().len() as usize);
    }
    let (database, log) = (fs::read(&database).unwrap(), fs::read(&log).unwrap());
    let mut chance = StdRng::seed_from_u64(7);
    let cuts = (0..40).map(|_| chance.random_range(answered_at[0]..=log.len()));
    for cut in cuts.chain(answered_at.clone()) {
        let kept = answered_at.iter().filter(|length| **length <= cut).count();
        check_crash(&database, &log[..cut], kept).await;
        // A torn write may also leave behind what was never written.
        let torn = [&log[..cut], &[0xA5; 5_000]].concat();
        check_crash(&database, &torn, kept).await;
    }
}

async fn check_crash(database: &[u8], log: &[u8], kept: usize) {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("tradewind.db"), database).unwrap();
    fs::write(folder.path().join("tradewind.db-wal"), log).unwrap();
    let store = open(folder.path()).unwrap();
    assert_eq!(runs(&store).await.len(), kept, "log of {} bytes", log.len());
    let messages = store.receive(QUEUE, LISTS, VISIBILITY, clock().now()).await.unwrap();
    assert_eq!(messages.len(), kept, "log of {} bytes", log.len());
}
