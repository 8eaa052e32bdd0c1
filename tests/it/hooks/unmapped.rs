//! Deliveries that their provider signed and that cannot be read: kept, seen and read again.

use super::shop::{PARCEL_SECRET, given, placed};
use crate::app::{Hook, ORDER, TestApp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::ports::{Clock as _, Events};

/// It says what it is and who placed it; what it is about is another kind of resource.
fn odd() -> String {
    ORDER.replacen("\"type\": \"orders\"", "\"type\": \"order_copies\"", 1)
}

async fn letter(app: &TestApp) -> Value {
    app.wait_for("the letter of the delivery", async || {
        let letters = app.get("/api/dead-letters").await;
        letters["dead_letters"].as_array().unwrap().first().cloned()
    })
    .await
}

#[tokio::test]
async fn a_signed_delivery_that_cannot_be_read_is_accepted_kept_and_listed() {
    let app = given().start().await;
    for body in [odd(), "{}".to_owned(), "[1]".to_owned()] {
        let answered = placed(body.clone()).send(&app).await;
        assert!(answered.status.is_success(), "{answered:?}");
        let event = answered.json()["event_ids"][0].as_str().unwrap().to_owned();
        let kept = app.dispatched(&event).await;
        assert_eq!(kept["event"]["name"], "delivery.unmapped");
        assert_eq!(kept["event"]["topic"], "orders.place");
        let record = Events::read(app.store(), &event.as_str().into()).await.unwrap().unwrap();
        assert_eq!(STANDARD.decode(record.event.raw.unwrap()).unwrap(), body.as_bytes());
    }
    let letters = app.wait_for("three letters", async || {
        let letters = app.get("/api/dead-letters").await["dead_letters"].clone();
        (letters.as_array().unwrap().len() == 3).then_some(letters)
    });
    let letters = letters.await;
    assert_eq!((&letters[0]["kind"], &letters[0]["queue"]), (&json!("event"), &json!("dispatch")));
    let reasons = letters.to_string();
    assert!(reasons.contains("unmapped: data.type is not orders"), "{reasons}");
    for listed in ["events", "dead-letters"] {
        let shown = app.command(&[listed]).await;
        assert!(shown.stdout.contains("data.type"), "{shown:?}");
    }
    let refusals = app.get("/api/refusals").await;
    assert_eq!(refusals["refusals"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn its_letter_stays_while_the_mapping_cannot_read_it() {
    let app = given().start().await;
    placed(odd()).send(&app).await;
    let letter = letter(&app).await;
    let id = letter["id"].as_str().unwrap();
    let path = format!("/api/dead-letters/{id}/redrive");
    let refused = app.call("POST", &path, Some(json!({}))).await;
    assert_eq!(refused.verdict(), "422 payload_invalid");
    let shown = app.command(&["dead-letters", "redrive", id]).await;
    assert!(shown.code != Some(0) && shown.stderr.contains("can still not be read"), "{shown:?}");
    assert_eq!(app.get("/api/dead-letters").await["dead_letters"][0]["id"], letter["id"]);
    app.stop().await;
}

/// What a new mapping reads is what the old one could not: here the kept body changes instead.
#[tokio::test]
async fn once_it_can_be_read_it_becomes_the_event_it_would_have_been_and_once() {
    let app = given().start().await;
    let kept = placed(odd()).send(&app).await.json()["event_ids"][0].as_str().unwrap().to_owned();
    let letter = letter(&app).await["id"].as_str().unwrap().to_owned();
    app.settle().await;
    let app = repaired(app, &kept).await;
    app.post(&format!("/api/dead-letters/{letter}/redrive"), json!({})).await;

    let settled = app.get(&format!("/api/events/{kept}")).await;
    let event = settled["event"]["unmapped"]["read_as"][0].as_str().unwrap().to_owned();
    let run = app.run_of(&event).await;
    assert_eq!(app.ended(&run).await["run"]["state"], "succeeded");
    assert_eq!(app.get("/api/dead-letters").await["dead_letters"], json!([]));
    // The shop sends it again, and by now it can be read at once.
    assert_eq!(placed(ORDER).send(&app).await.json()["event_ids"], json!([event]));
    app.settle().await;
    assert_eq!(app.get("/api/outbox").await["outbox"].as_array().unwrap().len(), 1);
    let gone = app.call("POST", &format!("/api/dead-letters/{letter}/redrive"), None).await;
    assert_eq!(gone.verdict(), "404 not_found");
    app.stop().await;
}

#[tokio::test]
async fn its_data_goes_with_the_days_and_its_letter_with_it() {
    let app = given().start().await;
    let kept = placed(odd()).send(&app).await.json()["event_ids"][0].as_str().unwrap().to_owned();
    letter(&app).await;
    app.clock.pass(Duration::from_secs(31 * 86_400));
    app.wait_for("the letter to go", async || {
        // The round that was under way may have looked before.
        app.clock.pass(Duration::from_secs(3_600));
        let letters = app.get("/api/dead-letters").await;
        (letters["dead_letters"] == json!([])).then_some(())
    })
    .await;
    let event = app.get(&format!("/api/events/{kept}")).await;
    assert!(event["event"]["redacted_at"].is_string() && event["data"] == json!({}), "{event}");
    app.stop().await;
}

#[tokio::test]
async fn what_its_sender_did_wrong_is_refused_as_before() {
    let app = given().start().await;
    let now = app.clock.now();
    let parcel = Hook::standard("parcels", "msg_1", "{", PARCEL_SECRET, now).send(&app).await;
    assert_eq!(parcel.verdict(), "400 json_invalid");
    let unsigned = placed(odd()).without("x-commercelayer-signature").send(&app).await;
    assert_eq!(unsigned.verdict(), "401 signature_missing");
    let labelled = placed(odd()).header("content-type", "text/xml").send(&app).await;
    assert_eq!(labelled.verdict(), "415 content_type_unsupported");
    assert_eq!(app.get("/api/events").await["events"], json!([]));
    app.stop().await;
}

/// The same folder after the kept body was put right.
async fn repaired(app: TestApp, event: &str) -> TestApp {
    let (given, clock) = (app.given(), app.clock.clone());
    let folder = app.stop().await;
    let database = Connection::open(folder.path().join(".tradewind/tradewind.db")).unwrap();
    let sql = "SELECT document FROM events WHERE id = ?1";
    let document: String = database.query_row(sql, [event], |row| row.get(0)).unwrap();
    let mut document: Value = serde_json::from_str(&document).unwrap();
    document["event"]["raw"] = json!(STANDARD.encode(ORDER));
    let sql = "UPDATE events SET document = ?2 WHERE id = ?1";
    assert_eq!(database.execute(sql, [event, &document.to_string()]).unwrap(), 1);
    drop(database);
    given.start_in(folder, clock).await
}
