//! What people may do with a run, and what they are told.

use super::given::{STEP, Stand};
use super::world::World;
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::ids::RunId;
use tradewind_engine::runs::RunState;

async fn act(world: &World, run: &RunId, verb: &str, body: Value) -> String {
    let answer = world.call("POST", &format!("/api/runs/{run}/{verb}"), body).await;
    if answer.status == 200 { "200".to_owned() } else { answer.refusal() }
}

#[tokio::test]
async fn a_run_is_taken_up_stopped_or_resolved_only_where_it_may_be() {
    let force = || json!({ "force": true });
    let happened = || json!({ "step": STEP, "outcome": "happened" });
    let cases = [
        (Stand::Succeeded, "replay", Value::Null, "409 run_succeeded"),
        (Stand::Succeeded, "cancel", Value::Null, "409 run_succeeded"),
        (Stand::Active, "replay", Value::Null, "409 run_active"),
        (Stand::Active, "replay", force(), "409 run_active"),
        (Stand::Active, "cancel", Value::Null, "200"),
        (Stand::Active, "resolve", happened(), "409 run_not_parked"),
        (Stand::Failed, "replay", Value::Null, "200"),
        (Stand::Failed, "replay", force(), "200"),
        (Stand::Failed, "cancel", Value::Null, "409 run_stopped"),
        (Stand::Failed, "resolve", happened(), "409 run_not_parked"),
        (Stand::NeedsRepair, "replay", Value::Null, "200"),
        (Stand::NeedsRepair, "resolve", happened(), "200"),
        (Stand::Cancelled, "replay", Value::Null, "409 run_cancelled"),
        (Stand::Cancelled, "cancel", Value::Null, "409 run_cancelled"),
        (Stand::Redacted, "replay", Value::Null, "409 payload_redacted"),
        (Stand::Redacted, "replay", force(), "409 payload_redacted"),
    ];
    for (stand, verb, body, expected) in cases {
        let world = World::applied().await;
        let run = world.run(stand).await;
        assert_eq!(
            act(&world, &run, verb, body.clone()).await,
            expected,
            "{stand:?} {verb} {body}"
        );
    }
}

#[tokio::test]
async fn after_the_key_window_a_replay_needs_force() {
    let world = World::applied().await;
    let run = world.run(Stand::Unknown).await;
    world.pass(Duration::from_secs(91 * 86_400));
    let shown = world.call("GET", &format!("/api/runs/{run}"), Value::Null).await.json();
    assert_eq!(shown["can"], json!(["force_replay", "resolve"]));
    assert_eq!(act(&world, &run, "replay", Value::Null).await, "409 needs_resolving");
    assert_eq!(act(&world, &run, "replay", json!({ "force": true })).await, "200");

    let world = World::applied().await;
    let run = world.run(Stand::Failed).await;
    world.pass(Duration::from_secs(89 * 86_400));
    let path = format!("/api/runs/{run}");
    let shown = world.call("GET", &path, Value::Null).await.json();
    assert_eq!(shown["can"], json!(["replay"]));
    world.pass(Duration::from_secs(2 * 86_400));
    let shown = world.call("GET", &path, Value::Null).await.json();
    assert_eq!(shown["can"], json!(["force_replay"]));
    assert_eq!(act(&world, &run, "replay", Value::Null).await, "409 idempotency_window_passed");
    assert_eq!(act(&world, &run, "replay", json!({ "force": true })).await, "200");
}

#[tokio::test]
async fn a_person_says_what_became_of_a_parked_step() {
    let cases = [
        (json!({ "step": STEP, "outcome": "happened", "output": { "message_id": "m" } }), "done"),
        (json!({ "step": STEP, "outcome": "happened" }), "done"),
        (json!({ "step": STEP, "outcome": "skip" }), "skipped"),
        (json!({ "step": STEP, "outcome": "did_not" }), "ready"),
    ];
    for (body, state) in cases {
        let world = World::applied().await;
        let run = world.run(Stand::Unknown).await;
        let answer = world.call("POST", &format!("/api/runs/{run}/resolve"), body.clone()).await;
        let shown = answer.json();
        assert_eq!(shown["run"]["state"], "active", "{body}: {shown}");
        assert_eq!(shown["steps"][0]["state"], state, "{body}");
        assert_eq!(shown["steps"][0]["output"], body["output"].clone().or_empty(&body));
    }
    let refused = [
        (json!({ "step": "tell", "outcome": "skip" }), "409 other_step"),
        (json!({ "step": STEP, "outcome": "skip", "output": {} }), "422 output_unfit"),
        (json!({ "step": STEP, "outcome": "happened", "output": 1 }), "422 output_unfit"),
        (json!({ "step": STEP, "outcome": "maybe" }), "400 field_invalid"),
        (json!({ "step": STEP }), "400 field_invalid"),
    ];
    let world = World::applied().await;
    let run = world.run(Stand::Unknown).await;
    for (body, expected) in refused {
        assert_eq!(act(&world, &run, "resolve", body.clone()).await, expected, "{body}");
    }
    assert_eq!(world.state(&run).await, RunState::Parked);
}

trait OrEmpty {
    fn or_empty(self, body: &Value) -> Value;
}

impl OrEmpty for Value {
    /// A step that happened without an output gave an empty one.
    fn or_empty(self, body: &Value) -> Value {
        if self.is_null() && body["outcome"] == "happened" { json!({}) } else { self }
    }
}

#[tokio::test]
async fn what_a_person_can_do_is_told_and_holds() {
    let cases = [
        (Stand::Active, json!(["cancel"]), "worked on"),
        (Stand::Succeeded, json!([]), "start it again from its event"),
        (Stand::Failed, json!(["replay"]), "Repair the cause of what step confirm says"),
        (Stand::NeedsRepair, json!(["replay", "resolve"]), "Repair the connection"),
        (Stand::Unknown, json!(["force_replay", "resolve"]), "confirm"),
        (Stand::Cancelled, json!([]), "stopped it"),
        (Stand::Redacted, json!([]), "removed"),
    ];
    for (stand, can, hint) in cases {
        let world = World::applied().await;
        let run = world.run(stand).await;
        let shown = world.call("GET", &format!("/api/runs/{run}"), Value::Null).await.json();
        assert_eq!(shown["can"], can, "{stand:?}");
        assert!(shown["hint"].as_str().unwrap().contains(hint), "{stand:?}: {}", shown["hint"]);
        let may_replay = can.as_array().unwrap().contains(&json!("replay"));
        let replayed = act(&world, &run, "replay", Value::Null).await;
        assert_eq!(replayed == "200", may_replay, "{stand:?}: {replayed}");
    }
}

#[tokio::test]
async fn a_run_shows_all_steps_in_the_order_of_the_workflow() {
    let world = World::applied().await;
    let run = world.run(Stand::Active).await;
    world.complete(&run, STEP).await;
    let shown = world.call("GET", &format!("/api/runs/{run}"), Value::Null).await.json();
    let steps: Vec<String> = shown["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| format!("{} {} via {}", step["path"], step["state"], step["connection"]))
        .collect();
    assert_eq!(steps, [r#""confirm" "done" via "mail""#, r#""tell" "ready" via "mail""#]);
    assert_eq!(shown["steps"][0]["name"], "Email the customer");
    assert_eq!(shown["steps"][0]["output"], json!({ "message_id": "m-1" }));
    assert_eq!(
        shown["trigger"],
        json!({ "test": false, "order": { "id": "ord_1", "number": "1001" } })
    );

    let world = World::applied().await;
    let run = world.run(Stand::Failed).await;
    let shown = world.call("GET", &format!("/api/runs/{run}"), Value::Null).await.json();
    let step = &shown["steps"][0];
    assert_eq!((&step["attempts"], &step["reason"]), (&json!(1), &json!("the mailbox is full")));
    assert_eq!(step["tried"][0]["reason"], "the mailbox is full");
    assert_eq!(shown["run"]["failure"]["step"], STEP);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::applied().await;
    for verb in ["replay", "cancel"] {
        assert_eq!(act(&world, &"run_none".into(), verb, Value::Null).await, "404 not_found");
    }
    let body = json!({ "step": STEP, "outcome": "skip" });
    assert_eq!(act(&world, &"run_none".into(), "resolve", body).await, "404 not_found");
    for path in ["/api/runs/run_none", "/api/events/evt_none", "/api/workflows/none"] {
        assert_eq!(world.call("GET", path, Value::Null).await.refusal(), "404 not_found", "{path}");
    }
}
