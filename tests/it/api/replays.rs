//! Taking many runs up again.

use super::given::Stand;
use super::world::{WORKFLOW, World};
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::ids::RunId;
use tradewind_engine::runs::RunState;

const PATH: &str = "/api/replays";

/// A run for each of them, the next a minute after the one before.
async fn runs(world: &World, stands: &[Stand]) -> Vec<RunId> {
    let mut runs = Vec::new();
    for (number, stand) in stands.iter().enumerate() {
        let event = world.event(&format!("ord_{number}")).await;
        let listed = world.call("GET", &format!("/api/runs?event={event}"), Value::Null).await;
        let run = RunId::from(listed.json()["runs"][0]["id"].as_str().unwrap());
        world.bring(&run, *stand).await;
        world.pass(Duration::from_secs(60));
        runs.push(run);
    }
    runs
}

/// What a replay of these has counted.
async fn replay(world: &World, body: Value) -> Value {
    let answer = world.call("POST", PATH, body).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let job = answer.json();
    let path = format!("{PATH}/{}", job["id"].as_str().unwrap());
    assert_eq!(world.call("GET", &path, Value::Null).await.json(), job);
    json!([job["state"], job["replayed"], job["refused"]])
}

#[tokio::test]
async fn everything_that_stopped_is_taken_up_unless_it_may_not_be() {
    let world = World::applied().await;
    let stands = [Stand::Failed, Stand::NeedsRepair, Stand::Unknown, Stand::Active];
    let all = runs(&world, &[&stands[..], &[Stand::Succeeded, Stand::Redacted]].concat()).await;
    world.dead_letter(&all[0]).await;
    assert_eq!(replay(&world, json!({ "dry_run": true })).await, json!(["done", 2, 2]));
    assert_eq!(world.state(&all[0]).await, RunState::Failed);

    let answer = world.call("POST", PATH, Value::Null).await.json();
    assert_eq!(json!([answer["replayed"], answer["refused"]]), json!([2, 2]));
    let refused = answer["refusals"].as_array().unwrap();
    let refused: Vec<&str> = refused.iter().map(|one| one["run"].as_str().unwrap()).collect();
    assert_eq!(refused, [all[5].as_str(), all[2].as_str()]);
    for run in &all[..2] {
        assert_eq!(world.state(run).await, RunState::Active);
    }
    let letters = world.call("GET", "/api/dead-letters", Value::Null).await.json();
    assert_eq!(letters["dead_letters"], json!([]), "it has been settled");
    let id = answer["id"].as_str().unwrap();
    assert_eq!(world.audit().await.last().unwrap(), &format!("runs.replay | {id} | "));
}

#[tokio::test]
async fn a_replay_is_narrowed_down_by_workflow_state_and_time() {
    let world = World::applied().await;
    let all =
        runs(&world, &[Stand::Failed, Stand::NeedsRepair, Stand::Failed, Stand::Failed]).await;
    let (second, fourth) = (world.read(&all[1]).await, world.read(&all[3]).await);
    let body = json!({
        "workflow": WORKFLOW,
        "state": "failed",
        "since": second.created_at,
        "until": fourth.created_at,
        "force": true,
    });
    assert_eq!(replay(&world, body).await, json!(["done", 1, 0]));
    assert_eq!(world.state(&all[2]).await, RunState::Active);
    let line = world.audit().await.pop().unwrap();
    assert!(line.ends_with(&format!(
        "workflow {WORKFLOW}, failed, since {}, until {}, force",
        second.created_at, fourth.created_at
    )));
    assert_eq!(replay(&world, json!({ "state": "parked" })).await, json!(["done", 1, 0]));
}

#[tokio::test]
async fn a_filter_that_fits_no_run_is_refused() {
    let world = World::applied().await;
    let cases = [
        (json!({ "workflow": "mail" }), "422 unknown_workflow"),
        (json!({ "since": "2026-11-23T12:00:01Z" }), "422 filter_senseless"),
        (
            json!({ "since": "2026-11-22T12:00:00Z", "until": "2026-11-22T12:00:00Z" }),
            "422 filter_senseless",
        ),
        (json!({ "state": "succeeded" }), "400 field_invalid"),
        (json!({ "since": "yesterday" }), "400 field_invalid"),
        (json!({ "states": [] }), "400 unknown_field"),
    ];
    for (body, expected) in cases {
        assert_eq!(world.call("POST", PATH, body.clone()).await.refusal(), expected, "{body}");
    }
    let missing = world.call("GET", "/api/replays/job_1", Value::Null).await;
    assert_eq!(missing.refusal(), "404 not_found");
}

#[tokio::test]
async fn the_same_request_is_one_replay() {
    let world = World::applied().await;
    let run = runs(&world, &[Stand::Failed]).await.remove(0);
    let key = [("idempotency-key", "once")];
    let first = world.call_with("POST", PATH, &key, json!({})).await;
    assert_eq!((first.status.as_u16(), first.json()["replayed"].clone()), (202, json!(1)));
    world.event("ord_9").await;
    let again = world.call_with("POST", PATH, &key, json!({})).await;
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &first.text));
    // The id comes from the key, so that it is the same where the first answer was lost.
    let other = World::applied().await;
    let same = other.call_with("POST", PATH, &key, json!({})).await.json();
    assert_eq!(same["id"], first_id(&world, &run).await);
}

async fn first_id(world: &World, run: &RunId) -> Value {
    assert_eq!(world.state(run).await, RunState::Active);
    let line = world.audit().await.into_iter().find(|line| line.starts_with("runs.replay"));
    json!(line.unwrap().split(" | ").nth(1).unwrap())
}
