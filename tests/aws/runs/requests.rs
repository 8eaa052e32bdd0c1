//! How much is asked of DynamoDB.

use super::stand::{Stand, claim, make, plan, run_at, start};
use serde_json::json;
use std::time::Duration;
use tradewind_aws::store::Store;
use tradewind_engine::ids::StepPath;
use tradewind_engine::ports::{RunFilter, Runs as _};
use tradewind_engine::protocol::{Advance, Change, Next};
use tradewind_engine::runs::RunState;
use tradewind_stack::requests::{EVENT, calls_of_steps};

const DAY: Duration = Duration::from_secs(86_400);

pub(super) async fn a_step_takes_two_requests(stand: &Stand) {
    let store = stand.store();
    stand.clients.requests().take_counts();
    start(&store, &run_at("run_1", "step_0", stand.now())).await;
    for number in 0..5 {
        step(stand, &store, &store, number).await;
    }
    let requests = stand.clients.requests().take_counts();
    assert_eq!((requests["DynamoDB.PutItem"], requests["DynamoDB.UpdateItem"]), (6, 5));
    // As `tradewind plan` says, less the event's record.
    let planned = calls_of_steps(5).dynamodb - EVENT.dynamodb;
    assert_eq!(requests.values().sum::<u64>(), planned);
    let run = store.read(&"run_1".into()).await.unwrap().unwrap();
    assert_eq!(run.state, RunState::Succeeded);
}

/// The claim is all that a process has to know.
pub(super) async fn a_process_that_has_just_started_reads_once(stand: &Stand) {
    start(&stand.store(), &run_at("run_1", "step_0", stand.now())).await;
    stand.clients.requests().take_counts();
    let store = stand.store();
    step(stand, &store, &store, 0).await;
    assert_eq!(made(stand), ["PutItem 1", "UpdateItem 1"]);
    // One that remembers an older run reads before it refuses anything.
    let other = stand.store();
    step(stand, &other, &store, 1).await;
    assert_eq!(made(stand), ["GetItem 1", "PutItem 1", "UpdateItem 1"]);
    // One that has seen nothing reads.
    let change = Change::Cancel { now: stand.now() };
    make(&stand.store(), "run_1", change).await;
    assert_eq!(made(stand), ["GetItem 1", "PutItem 1"]);
}

pub(super) async fn the_newest_runs_are_found_within_days(stand: &Stand) {
    let store = stand.store();
    for number in 0..3 {
        start(&store, &run_at(&format!("run_{number}"), "log", stand.now())).await;
        stand.pass(DAY * 20);
    }
    let list = async |limit| {
        let filter = RunFilter { limit, ..RunFilter::default() };
        let runs = store.list(&filter).await.unwrap();
        runs.into_iter().map(|run| run.id.0).collect::<Vec<_>>()
    };
    assert_eq!(list(10).await, ["run_2", "run_1", "run_0"]);
    stand.clients.requests().take_counts();
    assert_eq!(list(1).await, ["run_2"]);
    assert_eq!(made(stand), ["BatchGetItem 1", "Query 25"]);
    stand.pass(DAY * 75);
    assert_eq!(list(10).await, ["run_2", "run_1"], "the oldest was started too long ago");
}

/// Claims the step in one process and completes it in another.
async fn step(stand: &Stand, claims: &Store, completes: &Store, number: u32) {
    let (path, now) = (StepPath(format!("step_{number}")), stand.now());
    make(claims, "run_1", claim(path.as_str(), now)).await;
    let next = match number {
        4 => Next::End,
        _ => Next::Step(plan(&format!("step_{}", number + 1))),
    };
    let advance = Advance::to(next);
    let output = Some(json!({ "message_id": "1" }));
    let change = Change::Complete { path, fence: 1, now, output, skipped: None, advance };
    make(completes, "run_1", change).await;
}

fn made(stand: &Stand) -> Vec<String> {
    let requests = stand.clients.requests().take_counts();
    let named = requests.iter().filter_map(|(operation, count)| {
        Some(format!("{} {count}", operation.strip_prefix("DynamoDB.")?))
    });
    named.collect()
}
