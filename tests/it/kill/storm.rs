//! A hundred kills under load.

use super::orders::{Accepted, Orders};
use super::process::Process;
use super::shop::{HEADER, shop};
use crate::app::Platform;
use crate::fakes::Services;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;
use tempfile::tempdir;

const KILLS: usize = 100;
const CLIENTS: u64 = 4;
const SEED: u64 = 47;
/// A process is killed after so many calls to the services, at most.
const CALLS_MAX: u64 = 24;
/// So many orders come while a process lives, at most.
const ORDERS_MAX: usize = 3;
/// A process that has nothing to do but wait for a retry is killed all the same.
const QUIET_MAX: Duration = Duration::from_millis(250);
/// After a lost answer the sheet is asked 10 s later. Leases last for 90 s: nobody may wait for them.
const END_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_kills_lose_nothing_and_double_nothing() {
    let services = Services::start(HEADER).await;
    let given = shop(services.url());
    let folder = tempdir().unwrap();
    given.write(folder.path());
    let mut chance = StdRng::seed_from_u64(SEED);
    let orders = Orders::start(CLIENTS);
    for _ in 0..KILLS {
        let process = Process::start(&given, folder.path()).await;
        orders.go_to(&process.platform);
        orders.place(chance.random_range(0..=ORDERS_MAX));
        let mut calls = services.calls();
        let enough = *calls.borrow() + chance.random_range(1..=CALLS_MAX);
        // Quiet is as good a moment as any.
        let _ = tokio::time::timeout(QUIET_MAX, calls.wait_for(|calls| *calls >= enough)).await;
        process.kill();
    }
    let process = Process::start(&given, folder.path()).await;
    orders.go_to(&process.platform);
    let checked = tokio::time::timeout(END_WITHIN, check(&process.platform, &services, orders));
    let (succeeded, parked) = checked.await.expect("every run ends");
    assert!(succeeded > 0 && parked > 0, "{succeeded} succeeded, {parked} parked");
}

/// How many runs succeeded and how many were parked.
async fn check(platform: &Platform, services: &Services, orders: Orders) -> (usize, usize) {
    let accepted = orders.finish().await;
    let mut runs = BTreeSet::new();
    let (mut succeeded, mut parked) = (0, BTreeSet::new());
    for order in &accepted {
        let id = platform.run_of(&order.event).await;
        let run = platform.ended(&id).await;
        check_effects(platform, services, order, &run).await;
        match run["run"]["state"].as_str() {
            Some("succeeded") => succeeded += 1,
            Some("parked") => assert!(parked.insert(id.clone())),
            _ => panic!("{order:?} ended as {run:#}"),
        }
        assert!(runs.insert(id), "{order:?} shares a run");
    }
    assert_eq!(all_runs(platform).await, runs);
    assert_eq!(dead_letters(platform).await, parked);
    (succeeded, parked.len())
}

async fn check_effects(platform: &Platform, services: &Services, order: &Accepted, run: &Value) {
    let happened = services.happened();
    let number = order.number.to_string();
    let (mails, rows) = (happened.mails(&format!("Order {number}")), happened.rows(&number));
    let approvals = happened.approvals(&format!("order{number}"));
    let id = run["run"]["id"].as_str().unwrap();
    let told = platform.get(&format!("/api/outbox?run={id}")).await;
    let told = told["outbox"].as_array().unwrap().len();
    let at_most_once = mails <= 1 && rows <= 1 && approvals <= 1 && told <= 1;
    assert!(at_most_once, "{mails} mails, {rows} rows, {approvals} approvals, {told}: {run:#}");
    let found = [mails == 1, rows == 1, approvals == 1, told == 1];
    for (step, happened) in run["steps"].as_array().unwrap().iter().zip(found) {
        let is_done = step["state"] == "done";
        assert!(happened || !is_done, "a step is done that did not happen: {run:#}");
    }
}

async fn all_runs(platform: &Platform) -> BTreeSet<String> {
    let (mut runs, mut before) = (BTreeSet::new(), String::new());
    loop {
        let page = platform.get(&format!("/api/runs?limit=200{before}")).await;
        let ids = page["runs"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap());
        runs.extend(ids.map(str::to_owned));
        let Some(next) = page["next"].as_str() else { return runs };
        before = format!("&before={next}");
    }
}

/// The runs that raised an alarm.
async fn dead_letters(platform: &Platform) -> BTreeSet<String> {
    let letters = platform.get("/api/dead-letters?limit=200").await;
    let letters = letters["dead_letters"].as_array().unwrap();
    letters.iter().map(|letter| letter["run"].as_str().unwrap().to_owned()).collect()
}
