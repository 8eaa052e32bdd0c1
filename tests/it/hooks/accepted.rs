//! What becomes of deliveries that are accepted.

use super::shop::{OLD_PARCEL_SECRET, OLD_SECRET, PARCEL_SECRET, SECRET, given, placed};
use crate::app::{Given, Hook, ORDER, TestApp, in_state, order};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::join_all;
use serde_json::{Value, json};
use tradewind_engine::ports::{Clock, Events};

fn parcel(app: &TestApp, id: &str, body: impl Into<Vec<u8>>) -> Hook {
    Hook::standard("parcels", id, body, PARCEL_SECRET, app.clock.now())
}

#[tokio::test]
async fn a_signed_order_becomes_a_run_that_succeeds() {
    let app = given().start().await;
    let answered = placed(ORDER).send(&app).await;
    let event = answered.event();
    assert_eq!(answered.json(), json!({ "event_ids": [event] }));
    let run = app.run_of(&event).await;
    assert_eq!(app.ended(&run).await["run"]["state"], "succeeded");
    let outbox = app.get(&format!("/api/outbox?run={run}")).await;
    assert_eq!(outbox["outbox"][0]["input"]["to"], json!("ada@example.com"));
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn the_second_of_two_signatures_may_fit() {
    let app = given().start().await;
    let hook = parcel(&app, "msg_1", "{}");
    let fits = hook.headers["webhook-signature"].to_str().unwrap().to_owned();
    let other = format!("v1,{}", STANDARD.encode([7; 32]));
    let answered = hook.header("webhook-signature", &format!("{other} {fits}")).send(&app).await;
    app.dispatched(&answered.event()).await;
    app.stop().await;
}

#[tokio::test]
async fn while_secrets_are_rotated_both_sign() {
    let app = given().start().await;
    for (number, secret) in [(1, SECRET), (2, OLD_SECRET)] {
        let body = order(number).to_string();
        let hook = Hook::commercelayer("shop", "orders.place", body, secret);
        let run = app.run_of(&hook.send(&app).await.event()).await;
        app.run_in(&run, "succeeded").await;
    }
    for (id, secret) in [("msg_1", PARCEL_SECRET), ("msg_2", OLD_PARCEL_SECRET)] {
        let hook = Hook::standard("parcels", id, "{}", secret, app.clock.now());
        app.dispatched(&hook.send(&app).await.event()).await;
    }
    app.stop().await;
}

#[tokio::test]
async fn a_secret_that_only_acting_needs_closes_no_endpoint() {
    let project = "
connections:
  shop:
    provider: commercelayer
    organization: acme
    client_id: id
    client_secret: '${{ secret.nobody_set_it }}'
    webhook_secret: '${{ secret.cl_webhook }}'
";
    let app = Given::project(project).secret("cl_webhook", SECRET).start().await;
    assert_eq!(app.get("/api/endpoints").await["endpoints"][0]["ready"], json!(true));
    app.dispatched(&placed(ORDER).send(&app).await.event()).await;
    app.stop().await;
}

#[tokio::test]
async fn a_disabled_workflow_leaves_a_verdict_and_no_run() {
    let app = given().start().await;
    let approved = in_state(order(1), "approved").to_string();
    let hook = Hook::commercelayer("shop", "orders.approve", approved, SECRET);
    let event = app.dispatched(&hook.send(&app).await.event()).await;
    let verdict = &event["event"]["verdicts"][0];
    assert_eq!(
        (&verdict["workflow"], &verdict["decision"], &verdict["reason"]),
        (&json!("sleeping"), &json!("no_match"), &json!("the workflow is disabled"))
    );
    assert_eq!(app.get("/api/runs").await["runs"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn a_topic_that_nobody_listens_to_is_accepted() {
    let app = given().start().await;
    let cancelled = in_state(order(1), "cancelled").to_string();
    let known = Hook::commercelayer("shop", "orders.cancel", cancelled, SECRET).send(&app).await;
    assert_eq!(app.dispatched(&known.event()).await["event"]["verdicts"], json!([]));
    for body in [ORDER, "{}", "[1]", "7"] {
        let unknown = Hook::commercelayer("shop", "prices.update", body, SECRET).send(&app).await;
        assert_eq!(unknown.verdict(), "200", "{body}");
        assert_eq!(unknown.json(), json!({ "event_ids": [] }));
    }
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn ten_of_the_same_at_once_start_one_run() {
    let app = given().start().await;
    let hook = placed(ORDER);
    let answers = join_all((0..10).map(|_| hook.send(&app))).await;
    let events: Vec<String> = answers.iter().map(|answered| answered.event()).collect();
    assert!(events.iter().all(|event| *event == events[0]), "{events:?}");
    app.run_of(&events[0]).await;
    app.settle().await;
    assert_eq!(app.get("/api/runs").await["runs"].as_array().unwrap().len(), 1);
    assert_eq!(app.get("/api/events").await["events"].as_array().unwrap().len(), 1);
    assert_eq!(app.get("/api/outbox").await["outbox"].as_array().unwrap().len(), 1);
    app.stop().await;
}

/// What a parcel's body became.
async fn data(app: &TestApp, id: &str, body: &str) -> Value {
    let event = parcel(app, id, body).send(app).await.event();
    app.dispatched(&event).await["data"]["body"].clone()
}

#[tokio::test]
async fn unusual_json_is_accepted_without_loss() {
    let app = given().start().await;
    assert_eq!(data(&app, "twice", r#"{"a":1,"a":2}"#).await, json!({ "a": 2 }));
    let long = "12345678901234567890123";
    assert_eq!(data(&app, "long", &format!(r#"{{"n":{long}}}"#)).await, json!({ "n": long }));
    let odd = "{\"text\":\"\u{ffff}\"}";
    assert_eq!(data(&app, "odd", odd).await, json!({ "text": "\u{ffff}" }));
    let deep = format!("{}{}", "[".repeat(64), "]".repeat(64));
    assert_ne!(data(&app, "deep", &deep).await, json!(null));
    app.stop().await;
}

#[tokio::test]
async fn the_bytes_of_a_delivery_are_kept_as_they_came() {
    let app = given().start().await;
    let body = "{ \"text\" : \"\u{ffff}\", \"a\":1, \"a\":1e2 }\n";
    let event = parcel(&app, "odd", body).send(&app).await.event();
    app.dispatched(&event).await;
    let record = Events::read(app.store(), &event.as_str().into()).await.unwrap().unwrap();
    assert_eq!(STANDARD.decode(record.event.raw.unwrap()).unwrap(), body.as_bytes());
    app.stop().await;
}

#[tokio::test]
async fn a_zero_character_is_accepted_and_stops_the_step_that_would_send_it() {
    let app = given().start().await;
    let mut order = order(7);
    let items = order["included"].as_array_mut().unwrap();
    for item in items.iter_mut().filter(|item| item["type"] == "line_items") {
        item["attributes"]["name"] = json!("Tea\u{0}pot");
    }
    let event = placed(order.to_string()).send(&app).await.event();
    let run = app.run_in(&app.run_of(&event).await, "failed").await;
    let failure = &run["run"]["failure"];
    assert_eq!(failure["step"], "thank");
    let reason = failure["reason"].as_str().unwrap();
    assert!(reason.contains("control_character") && reason.contains("text"), "{reason}");
    assert_eq!(app.get("/api/outbox").await["outbox"], json!([]));
    app.settle().await;
    app.stop().await;
}
