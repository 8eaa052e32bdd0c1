//! Documents in which something is missing or odd: what is not needed to know which order it is
//! becomes null, and the order goes on.

use super::shop::{PARCEL_SECRET, SECRET, given, placed};
use crate::app::{Hook, TestApp, order};
use serde_json::{Value, json};
use tradewind_engine::ports::Clock;

/// The data of the only event that this becomes.
async fn data(app: &TestApp, topic: &str, body: String) -> Value {
    let answered = Hook::commercelayer("shop", topic, body, SECRET).send(app).await;
    app.dispatched(&answered.event()).await["data"].clone()
}

fn line(order: &mut Value) -> &mut Value {
    let items = order["included"].as_array_mut().unwrap();
    let line = items.iter_mut().find(|item| item["type"] == "line_items").unwrap();
    &mut line["attributes"]
}

#[tokio::test]
async fn a_line_without_price_leaves_a_cell_empty_and_the_order_goes_on() {
    let app = given().start().await;
    let mut order = order(7);
    line(&mut order)["unit_amount_cents"] = Value::Null;
    let event = placed(order.to_string()).send(&app).await.event();
    let placed = &app.dispatched(&event).await["data"]["order"];
    assert_eq!(placed["lines"][0]["unit_price"], Value::Null);
    assert_ne!(placed["lines"][0]["total"], Value::Null);
    app.run_in(&app.run_of(&event).await, "succeeded").await;
    app.stop().await;
}

#[tokio::test]
async fn an_order_without_status_currency_and_total_is_an_order() {
    let app = given().start().await;
    let mut order = order(8);
    for name in ["status", "currency_code", "total_amount_with_taxes_cents", "tax_included"] {
        order["data"]["attributes"][name] = Value::Null;
    }
    line(&mut order)["quantity"] = json!({ "odd": 1 });
    let placed = data(&app, "orders.place", order.to_string()).await;
    for name in ["status", "currency", "total"] {
        assert_eq!(placed["order"][name], Value::Null, "{name}");
    }
    assert_eq!(placed["order"]["lines"][0]["quantity"], Value::Null);
    app.stop().await;
}

#[tokio::test]
async fn half_an_emoji_in_a_name_becomes_a_mark_and_a_person_sees_a_note() {
    let app = given().start().await;
    let mut order = order(9);
    line(&mut order)["name"] = json!("Tea for two HALF");
    let body = order.to_string().replace("HALF", r"\ud83d");
    let event = placed(body).send(&app).await.event();
    let shown = app.dispatched(&event).await;
    assert_eq!(shown["data"]["order"]["lines"][0]["name"], "Tea for two \u{fffd}");
    let notes = shown["event"]["notes"].as_array().unwrap();
    assert!(notes[0].as_str().unwrap().contains("attributes.name"), "{notes:?}");
    let printed = app.command(&["events", &event]).await.stdout;
    assert!(printed.contains("Note") && printed.contains("attributes.name"), "{printed}");
    app.stop().await;
}

#[tokio::test]
async fn the_body_as_it_was_sent_stays_readable_for_workflows() {
    let workflow = "
trigger: { event: webhook.received, from: parcels }
steps:
  - { id: tell, uses: chat.post, via: mail, with: { text: '${{ trigger.raw.name }}' } }
";
    let app = given().workflow("raw", workflow).start().await;
    let body = r#"{"name":"cut \ud83d"}"#;
    let hook = Hook::standard("parcels", "msg_1", body, PARCEL_SECRET, app.clock.now());
    let run = app.run_of(&hook.send(&app).await.event()).await;
    app.run_in(&run, "succeeded").await;
    let outbox = app.get("/api/outbox").await;
    assert_eq!(outbox["outbox"][0]["input"]["text"], "cut \u{fffd}");
    app.stop().await;
}

#[tokio::test]
async fn halves_of_a_pair_are_taken_wherever_they_stand() {
    let app = given().start().await;
    let bodies = [
        (r#"{"a":"\udc00\ud800"}"#, json!({ "a": "\u{fffd}\u{fffd}" })),
        (r#"{"a":"\ud800\u0041"}"#, json!({ "a": "\u{fffd}A" })),
        (r#"{"\ud800":1}"#, json!({ "\u{fffd}": 1 })),
        (r#"{"a":"\uD83D\uDE00"}"#, json!({ "a": "\u{1f600}" })),
    ];
    for (number, (body, expected)) in bodies.into_iter().enumerate() {
        let id = format!("msg_{number}");
        let hook = Hook::standard("parcels", &id, body, PARCEL_SECRET, app.clock.now());
        let event = hook.send(&app).await.event();
        assert_eq!(app.dispatched(&event).await["data"]["body"], expected, "{body}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_else_is_odd_in_a_body_is_noted_with_the_event() {
    let app = given().start().await;
    let body = r#"{"a":1,"a":2,"n":12345678901234567890123}"#;
    let hook = Hook::standard("parcels", "msg_1", body, PARCEL_SECRET, app.clock.now());
    let notes = app.dispatched(&hook.send(&app).await.event()).await["event"]["notes"].to_string();
    assert!(notes.contains("the key \\\"a\\\" comes twice"), "{notes}");
    assert!(notes.contains("n: ") && notes.contains("as text"), "{notes}");
    app.stop().await;
}
