//! Texts of senders that stand in lists and keys have a length, and nothing of a delivery is lost by it.

use crate::app::{Given, Hook, TestApp, order};
use serde_json::{Value, json};
use tradewind_engine::events::{EVENT_VERSION_PLAIN, Event};
use tradewind_engine::ports::{Bus as _, Clock as _};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.shop }}\" }
  hook:
    provider: webhook
    verify: { scheme: standard_webhooks, secret: \"${{ secret.hook }}\" }
  mail: { provider: sandbox }
";
const COPIES: &str = "
trigger: { event: webhook.received, from: hook, once_per: trigger.body.key }
steps:
  - { id: copy, uses: email.send, via: mail, with: { to: a@example.com, subject: Hi, text: Hi } }
";

fn given() -> Given {
    Given::project(PROJECT).workflow("copies", COPIES).secret("hook", SECRET).secret("shop", "hush")
}

async fn hook(app: &TestApp, id: &str, body: &Value) -> String {
    let hook = Hook::standard("hook", id, body.to_string(), SECRET, app.clock.now());
    hook.send(app).await.event()
}

#[tokio::test]
async fn a_topic_is_kept_up_to_two_hundred_characters_and_the_body_keeps_all_of_it() {
    let app = given().start().await;
    let long = "t\u{e9}".repeat(100_000);
    let event = hook(&app, "one", &json!({ "type": long, "key": "k" })).await;
    let seen = app.dispatched(&event).await;
    let topic = seen["event"]["topic"].as_str().unwrap();
    assert!(topic.chars().count() <= 200, "{} characters", topic.chars().count());
    assert!(topic.starts_with("t\u{e9}t\u{e9}"));
    assert!(seen["event"]["notes"].to_string().contains("topic"), "{}", seen["event"]["notes"]);
    assert_eq!(seen["data"]["body"]["type"], json!(long));
    let hidden = hook(&app, "two", &json!({ "type": "a\u{1b}[31m\u{202e}b", "key": "k2" })).await;
    let seen = app.dispatched(&hidden).await;
    assert_eq!(seen["event"]["topic"], "a\u{fffd}[31m\u{fffd}b");
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn an_order_with_an_id_that_is_none_is_kept_as_it_came() {
    let app = given().start().await;
    let mut odd = order(1);
    odd["data"]["id"] = json!("x".repeat(60_000));
    let placed =
        |order: &Value| Hook::commercelayer("shop", "orders.place", order.to_string(), "hush");
    let event = placed(&odd).send(&app).await.event();
    let seen = app.dispatched(&event).await;
    assert_eq!(seen["event"]["name"], "delivery.unmapped");
    assert!(seen.to_string().contains("256 bytes"), "{}", seen["event"]);
    let mut good = order(2);
    good["data"]["id"] = json!("x".repeat(256));
    let seen = app.dispatched(&placed(&good).send(&app).await.event()).await;
    assert_eq!(seen["event"]["name"], "order.placed");
    app.stop().await;
}

#[tokio::test]
async fn a_long_key_is_kept_as_its_digest_and_still_starts_one_run() {
    let app = given().start().await;
    let key = "k".repeat(240_000);
    let body = json!({ "type": "a", "key": key });
    let run = app.run_of(&hook(&app, "one", &body).await).await;
    let seen = app.run_in(&run, "succeeded").await;
    let kept = seen["run"]["key"].as_str().unwrap();
    assert!(kept.len() <= 512, "{} bytes", kept.len());
    assert!(kept.starts_with("sha256:"), "{kept}");
    let other = hook(&app, "two", &body).await;
    assert_eq!(app.run_of(&other).await, run, "the same key is the same run");
    let short = "k".repeat(512);
    let run = app.run_of(&hook(&app, "three", &json!({ "key": short })).await).await;
    assert_eq!(app.run_in(&run, "succeeded").await["run"]["key"], json!(short));
    app.settle().await;
    app.stop().await;
}

/// What was stored before there was a limit.
fn huge(number: u32, app: &TestApp) -> Event {
    let text = "\u{1}".repeat(1_000_000);
    Event {
        v: EVENT_VERSION_PLAIN,
        id: format!("evt_{number:024}").as_str().into(),
        name: "webhook.received".to_owned(),
        connection: Some("hook".into()),
        provider: Some("webhook".into()),
        topic: Some(text.clone()),
        accepted_at: app.clock.now(),
        revision: Some(1),
        test: false,
        data: serde_json::Map::from_iter([("body".to_owned(), json!({ "key": number }))]),
        raw: None,
        run: None,
        emitted: None,
        notes: vec![text],
    }
}

#[tokio::test]
async fn lists_cut_what_was_stored_before_there_was_a_limit() {
    let app = given().start().await;
    for number in 0..13 {
        app.store().publish(&[huge(number, &app)]).await.unwrap();
    }
    app.dispatched(&format!("evt_{:024}", 12)).await;
    let listed = app.call("GET", "/api/events", None).await;
    assert!(listed.text.len() < 100_000, "{} bytes", listed.text.len());
    let shown = app.command(&["events"]).await;
    assert_eq!(shown.code, Some(0), "{}", &shown.stderr);
    assert_eq!(shown.stdout.matches("evt_").count(), 13);
    let shown = app.command(&["events", &format!("evt_{:024}", 12)]).await;
    assert_eq!(shown.code, Some(0), "{}", &shown.stderr);
    app.stop().await;
}
