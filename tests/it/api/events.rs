//! Events made by hand, and starting again.

use super::given::{STEP, Stand, order};
use super::world::{SOURCE, WORKFLOW, World, project};
use serde_json::{Value, json};
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Clock, Events};

#[tokio::test]
async fn an_event_by_hand_goes_the_way_of_every_event() {
    let world = World::applied().await;
    let id = world.event("ord_1").await;
    let shown = world.call("GET", &format!("/api/events/{id}"), Value::Null).await.json();
    assert_eq!(shown["event"]["connection"], "shop", "the one that the workflow waits for");
    assert_eq!(shown["data"]["order"]["number"], "1001");
    let verdict = &shown["event"]["verdicts"][0];
    assert_eq!((&verdict["workflow"], &verdict["decision"]), (&json!(WORKFLOW), &json!("run")));
    let run = verdict["run"].as_str().unwrap();
    assert_eq!(world.call("GET", &format!("/api/runs/{run}"), Value::Null).await.status, 200);

    let mut test = order("ord_2");
    test["test"] = json!(true);
    let id = world.call("POST", "/api/events", test).await.json()["event_id"].clone();
    world.dispatch_all().await;
    let path = format!("/api/events/{}", id.as_str().unwrap());
    let shown = world.call("GET", &path, Value::Null).await.json();
    let verdict = &shown["event"]["verdicts"][0];
    assert_eq!((&verdict["decision"], &verdict["run"]), (&json!("no_match"), &Value::Null));
    assert_eq!(verdict["reason"], "`not trigger.test` does not hold");
}

#[tokio::test]
async fn an_event_that_makes_no_sense_is_refused() {
    let world = World::applied().await;
    let event = |event: &str, connection: Value| {
        let mut body = json!({ "event": event, "data": {} });
        if !connection.is_null() {
            body["connection"] = connection;
        }
        body
    };
    let cases = [
        (event("order.palced", Value::Null), "422 unknown_event"),
        (event("order.placed", json!("none")), "422 unknown_connection"),
        (event("run.failed", Value::Null), "422 request_invalid"),
    ];
    for (body, expected) in cases {
        let answer = world.call("POST", "/api/events", body.clone()).await;
        assert_eq!(answer.refusal(), expected, "{body}");
    }
    assert!(world.memory.messages().is_empty());

    let mut two = project(SOURCE);
    two["workflows"]["second"] = json!(SOURCE.replace("from: shop", "from: other_shop"));
    assert_eq!(world.call("PUT", "/api/project", two).await.status, 200);
    let answer = world.call("POST", "/api/events", order("ord_1")).await;
    assert_eq!(answer.refusal(), "422 connection_needed");
    let mut named = order("ord_1");
    named["connection"] = json!("other_shop");
    assert_eq!(world.call("POST", "/api/events", named).await.status, 202);
}

#[tokio::test]
async fn a_workflow_is_started_again_and_its_repeated_effects_are_told() {
    let world = World::applied().await;
    let first = world.run(Stand::Succeeded).await;
    let event = world.read(&first).await.event;
    let path = format!("/api/events/{event}/runs");
    let again = json!({ "workflow": WORKFLOW });
    let answer = world.call("POST", &path, again.clone()).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let started = answer.json();
    assert_eq!(started["generation"], 1);
    let effect = |step: &str, action: &str| {
        json!({
            "run": first, "step": step, "action": action, "provider": "sandbox",
            "class": "keyed", "certain": true,
        })
    };
    assert_eq!(
        started["repeats"],
        json!([effect("confirm", "email.send"), effect("tell", "chat.post")])
    );
    let second = RunId::from(started["run_id"].as_str().unwrap());
    assert_eq!(world.read(&second).await.generation, 1);

    // Beside one that works, no other is started.
    assert_eq!(world.call("POST", &path, again.clone()).await.refusal(), "409 run_active");
    world.bring(&second, Stand::Unknown).await;
    let third = world.call("POST", &path, again).await.json();
    assert_eq!(third["generation"], 2);
    let repeats = third["repeats"].as_array().unwrap();
    assert_eq!(repeats.len(), 3, "{third}");
    assert_eq!((&repeats[2]["step"], &repeats[2]["certain"]), (&json!(STEP), &json!(false)));
}

#[tokio::test]
async fn a_workflow_is_not_started_on_what_is_not_for_it() {
    let world = World::applied().await;
    let run = world.run(Stand::Succeeded).await;
    let event = world.read(&run).await.event;
    let path = format!("/api/events/{event}/runs");
    let mut two = project(SOURCE);
    two["workflows"]["second"] = json!(SOURCE.replace("order.placed", "order.approved"));
    assert_eq!(world.call("PUT", "/api/project", two).await.status, 200);
    let cases = [("second", "422 event_unfit"), ("none", "404 not_found")];
    for (workflow, expected) in cases {
        let answer = world.call("POST", &path, json!({ "workflow": workflow })).await;
        assert_eq!(answer.refusal(), expected, "{workflow}");
    }
    let again = json!({ "workflow": WORKFLOW });
    let answer = world.call("POST", "/api/events/evt_none/runs", again.clone()).await;
    assert_eq!(answer.refusal(), "404 not_found");
    Events::redact(&*world.memory, &event, world.clock.now()).await.unwrap();
    assert_eq!(world.call("POST", &path, again).await.refusal(), "409 payload_redacted");
}
