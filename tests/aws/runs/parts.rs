//! What is too long for an item.

use super::stand::{Stand, claim, make, noise, plan, run_at, start};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use tradewind_aws::store::Store;
use tradewind_engine::ids::StepPath;
use tradewind_engine::ports::{Expiry, RunFilter, Runs as _};
use tradewind_engine::protocol::{Advance, Change, Next, Write};
use tradewind_engine::runs::Run;
use tradewind_engine::time::{Timestamp, after};

const SECOND: Duration = Duration::from_secs(1);

pub(super) async fn what_is_long_stands_beside_the_run_and_comes_back(stand: &Stand) {
    let run = long_run(stand, &stand.store()).await;
    let below = stand.below("RUN#run_1").await;
    let kinds: Vec<&str> = below.iter().map(|sk| sk.split('#').next().unwrap()).collect();
    assert_eq!(kinds, ["IN", "OUT", "OUT", "RUN"]);
    assert_eq!(stand.objects().await, 1, "what no item can hold");

    let other = stand.store();
    assert_eq!(other.read(&run.id).await.unwrap().as_ref(), Some(&run));
    let filter = RunFilter { limit: 5, ..RunFilter::default() };
    let listed = other.list(&filter).await.unwrap().records;
    assert_eq!((&listed[0].id, listed[0].state), (&run.id, run.state));
    assert!(listed[0].input.is_null(), "lists do without what stands beside the run");
    assert!(item_bytes(stand).await < 64 * 1024);
    // Refused, with all of it, in a process that has not seen it.
    let claim = Write { run: run.id.clone(), change: claim("short", stand.now()) };
    assert_eq!(stand.store().write(&claim).await.unwrap(), Err(Some(run)));
}

pub(super) async fn a_redacted_run_leaves_no_part_behind(stand: &Stand) {
    let store = stand.store();
    long_run(stand, &store).await;
    // A part that a process wrote for a run that somebody else changed at the same time.
    leave_part(stand, "OUT#long#7#0011").await;
    stand.pass(SECOND);
    let unredacted = store.unredacted(stand.now(), None, 10).await.unwrap();
    assert_eq!(unredacted.len(), 1);
    let run = make(&stand.store(), "run_1", Change::Redact { now: stand.now() }).await;
    assert!(run.input.is_null());
    assert_eq!(stand.below("RUN#run_1").await, ["RUN"]);
    assert_eq!(stand.objects().await, 0);
    assert!(store.unredacted(stand.now(), None, 10).await.unwrap().is_empty());
    let ttl = |item: &std::collections::HashMap<String, AttributeValue>| item.contains_key("ttl");
    assert!(ttl(&item(stand).await), "nothing would be left behind");
}

/// The process ended between the run's redaction and its parts'.
pub(super) async fn a_redaction_that_was_cut_off_is_finished_by_the_next(stand: &Stand) {
    let store = stand.store();
    long_run(stand, &store).await;
    let redact = Change::Redact { now: stand.now() };
    make(&store, "run_1", redact.clone()).await;
    leave_part(stand, "OUT#long#1#0011").await;
    let update = stand.clients.dynamodb().update_item().table_name(stand.table());
    let key = |name: &str| AttributeValue::S(name.to_owned());
    let partition = item(stand).await["due_pk"].as_s().unwrap().replace("PURGE", "REDACT");
    update
        .key("pk", key("RUN#run_1"))
        .key("sk", key("RUN"))
        .update_expression("SET has_parts = :true, due_pk = :redact REMOVE #ttl")
        .expression_attribute_names("#ttl", "ttl")
        .expression_attribute_values(":true", AttributeValue::Bool(true))
        .expression_attribute_values(":redact", AttributeValue::S(partition))
        .send()
        .await
        .unwrap();

    stand.pass(SECOND);
    let next = stand.store();
    let unredacted = next.unredacted(stand.now(), None, 10).await.unwrap();
    assert_eq!(unredacted.len(), 1, "its parts hold data still");
    let again = Write { run: "run_1".into(), change: redact };
    let refused = next.write(&again).await.unwrap();
    assert_eq!(refused, Err(unredacted.into_iter().next()));
    assert_eq!(stand.below("RUN#run_1").await, ["RUN"]);
    assert!(next.unredacted(stand.now(), None, 10).await.unwrap().is_empty());
}

pub(super) async fn a_run_whose_part_is_gone_is_unavailable_and_hides_no_other(stand: &Stand) {
    let store = stand.store();
    let run = long_run(stand, &store).await;
    let other = run_at("run_2", "log", stand.now());
    start(&store, &other).await;
    let parts = stand.below("RUN#run_1").await;
    let part = parts.iter().find(|sk| sk.starts_with("IN#")).unwrap();
    let delete = stand.clients.dynamodb().delete_item().table_name(stand.table());
    let delete = delete.key("pk", AttributeValue::S("RUN#run_1".to_owned()));
    delete.key("sk", AttributeValue::S(part.clone())).send().await.unwrap();

    let next = stand.store();
    assert!(next.read(&run.id).await.is_err());
    let filter = RunFilter { limit: 5, ..RunFilter::default() };
    let listed = next.list(&filter).await.unwrap();
    let listed: BTreeSet<&str> = listed.iter().map(|run| run.id.as_str()).collect();
    assert_eq!(listed, BTreeSet::from(["run_1", other.id.as_str()]), "the list needs no part");
}

pub(super) async fn purging_a_run_removes_all_that_stands_with_it(stand: &Stand) {
    let store = stand.store();
    long_run(stand, &store).await;
    stand.pass(SECOND);
    let expiry =
        Expiry { history: stand.now(), events_given_up: Timestamp::MIN, replies: Timestamp::MIN };
    assert_eq!(stand.store().purge(&expiry, 10).await.unwrap(), 1);
    assert!(stand.below("RUN#run_1").await.is_empty());
    assert_eq!(stand.objects().await, 0);
    // The process that has seen it finds out.
    let write = Write { run: "run_1".into(), change: Change::DeadLettered { resumed: 0 } };
    assert_eq!(store.write(&write).await.unwrap(), Err(None));
    assert_eq!(store.read(&"run_1".into()).await.unwrap(), None);
}

/// A run with a long input that gave much and has ended.
async fn long_run(stand: &Stand, store: &Store) -> Run {
    let mut run = run_at("run_1", "long", stand.now());
    run.input = json!({ "order": noise(1, 6_000) });
    start(store, &run).await;
    let gave = [("long", 12_000, "enormous"), ("enormous", 900_000, "short"), ("short", 10, "")];
    for (path, length, next) in gave {
        stand.pass(SECOND);
        let now = stand.now();
        make(store, "run_1", claim(path, now)).await;
        let next = if next.is_empty() { Next::End } else { Next::Step(plan(next)) };
        let (path, output) = (StepPath::from(path), Some(json!(noise(2, length))));
        let advance = Advance::to(next);
        let complete = Change::Complete { path, fence: 1, now, output, skipped: None, advance };
        run = make(store, "run_1", complete).await;
    }
    assert_eq!(run.ended_at, Some(stand.now()));
    assert!(after(run.created_at, SECOND) < stand.now());
    run
}

async fn leave_part(stand: &Stand, sk: &str) {
    let put = stand.clients.dynamodb().put_item().table_name(stand.table());
    let put = put.item("pk", AttributeValue::S("RUN#run_1".to_owned()));
    put.item("sk", AttributeValue::S(sk.to_owned())).send().await.unwrap();
}

/// The largest value of the run's own item.
async fn item_bytes(stand: &Stand) -> usize {
    let item = item(stand).await;
    let bytes = item.values().filter_map(|value| value.as_b().ok()).map(|blob| blob.as_ref().len());
    bytes.max().unwrap_or_default()
}

async fn item(stand: &Stand) -> std::collections::HashMap<String, AttributeValue> {
    let get = stand.clients.dynamodb().get_item().table_name(stand.table());
    let get = get.key("pk", AttributeValue::S("RUN#run_1".to_owned()));
    get.key("sk", AttributeValue::S("RUN".to_owned())).send().await.unwrap().item.unwrap()
}
