//! The same request with the same `Idempotency-Key` is carried out once.

use super::given::{Stand, order};
use super::world::World;
use serde_json::{Value, json};
use tradewind_engine::ports::{Clock, KEY_HELD_FOR, KeyUse, Replies};

const KEY: &[(&str, &str)] = &[("idempotency-key", "once")];

#[tokio::test]
async fn the_first_answer_is_given_again() {
    let world = World::applied().await;
    let run = world.run(Stand::Failed).await;
    let path = format!("/api/runs/{run}/replay");
    let first = world.call_with("POST", &path, KEY, json!({ "force": false })).await;
    assert_eq!((first.status.as_u16(), first.header("idempotent-replayed")), (200, ""));
    let again = world.call_with("POST", &path, KEY, json!({ "force": false })).await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (200, "true"));
    assert_eq!(again.text, first.text);
    assert_eq!(again.header("content-type"), "application/json");
    let noted = world.audit().await.iter().filter(|line| line.starts_with("run.replay")).count();
    assert_eq!(noted, 1);
    // Without the key it is another request.
    assert_eq!(world.call("POST", &path, Value::Null).await.refusal(), "409 run_active");
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let world = World::applied().await;
    let run = world.run(Stand::Succeeded).await;
    let path = format!("/api/runs/{run}/replay");
    let first = world.call_with("POST", &path, KEY, json!({})).await;
    assert_eq!(first.refusal(), "409 run_succeeded");
    let other = world.call_with("POST", &path, KEY, json!({ "force": true })).await;
    assert_eq!(other.refusal(), "422 idempotency_mismatch");
    let again = world.call_with("POST", &path, KEY, json!({})).await;
    assert_eq!((again.refusal(), again.text), ("409 run_succeeded".to_owned(), first.text));
    // Under another path the key is another one.
    let cancel = world.call_with("POST", &format!("/api/runs/{run}/cancel"), KEY, json!({})).await;
    assert_eq!(cancel.refusal(), "409 run_succeeded");
    assert_eq!(cancel.header("idempotent-replayed"), "");
}

#[tokio::test]
async fn an_event_is_made_once() {
    let world = World::applied().await;
    let first = world.call_with("POST", "/api/events", KEY, order("ord_1")).await;
    let again = world.call_with("POST", "/api/events", KEY, order("ord_1")).await;
    assert_eq!((first.status.as_u16(), &again.text), (202, &first.text));
    assert_eq!(world.memory.messages().len(), 1);
    let other = World::applied().await;
    let same = other.call_with("POST", "/api/events", KEY, order("ord_1")).await;
    assert_eq!(same.text, first.text, "the event has its id from the key");
}

#[tokio::test]
async fn a_malformed_request_keeps_no_key() {
    let world = World::applied().await;
    let bad = world.call_with("POST", "/api/events", KEY, json!({ "event": 1 })).await;
    assert_eq!(bad.refusal(), "400 field_invalid");
    assert_eq!(world.call_with("POST", "/api/events", KEY, order("a")).await.status, 202);
}

#[tokio::test]
async fn a_key_is_visible_ascii_of_limited_length() {
    let world = World::applied().await;
    let long = "k".repeat(201);
    let cases: &[&[(&str, &str)]] = &[
        &[("idempotency-key", "")],
        &[("idempotency-key", "two words")],
        &[("idempotency-key", "ключ")],
        &[("idempotency-key", &long)],
        &[("idempotency-key", "a"), ("idempotency-key", "b")],
    ];
    for headers in cases {
        let answer = world.call_with("POST", "/api/events", headers, order("a")).await;
        assert_eq!(answer.refusal(), "400 idempotency_key_invalid", "{headers:?}");
    }
}

#[tokio::test]
async fn while_another_process_answers_a_key_it_is_carried_out_by_no_other() {
    let world = World::applied().await;
    let begun = world.memory.reserve_key("token /api/events once", world.clock.now()).await;
    assert_eq!(begun, Ok(KeyUse::New));
    for _ in 0..2 {
        let answer = world.call_with("POST", "/api/events", KEY, order("ord_1")).await;
        assert_eq!(answer.refusal(), "409 in_progress");
    }
    assert!(world.memory.messages().is_empty());
    // It may have died in the meantime.
    world.pass(KEY_HELD_FOR);
    let answer = world.call_with("POST", "/api/events", KEY, order("ord_1")).await;
    assert_eq!(answer.status, 202);
    assert_eq!(world.memory.messages().len(), 1);
}
