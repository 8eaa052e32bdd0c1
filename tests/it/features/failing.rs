//! Refusals, waits and repairs.

use super::shop::{Shop, THANKS, given, id, step_of, story, subjects};
use crate::app::order;
use crate::fakes::sendgrid::{refused, taken};
use crate::fakes::{Answer, FakeServer};
use expect_test::expect;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::watch;
use tradewind_engine::time::{Timestamp, until};

#[tokio::test]
async fn a_provider_that_asks_for_a_wait_gets_it() {
    let later = refused(429, "too many requests").header("retry-after", "1");
    let services = FakeServer::scripted([later, taken()]).await;
    let shop = Shop::open(given(&services.url).workflow("thanks", THANKS)).await;
    let run = shop.served(&order(1)).await;
    expect![[r#"
        succeeded
        thank: done at try 2; SendGrid answered 429: too many requests"#]]
    .assert_eq(&story(&run));
    let step = step_of(&run, "thank");
    let time = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
    let waited = until(time(&step["tried"][0]["at"]), time(&step["claimed_at"]));
    assert!(waited >= Duration::from_secs(1), "waited {waited:?}");
    shop.close().await;
}

const TWO_MAILS: &str = "
trigger: { event: order.placed, from: shop }
steps:
  - id: first
    uses: email.send
    via: mail
    with: { to: a@example.com, subject: First, text: x }
  - id: second
    uses: email.send
    via: mail
    with: { to: a@example.com, subject: Second, text: x }
on_failure:
  - uses: chat.post
    via: ops
    with:
      text: '${{ trigger.order.number }}: ${{ failure.step }} failed, ${{ failure.reason }}'
";

#[tokio::test]
async fn a_refused_step_fails_the_run_and_a_replay_goes_on_there() {
    let services = FakeServer::scripted([taken(), refused(400, "bad"), taken()]).await;
    let shop = Shop::open(given(&services.url).workflow("two", TWO_MAILS)).await;
    let run = shop.served(&order(3)).await;
    expect![[r#"
        failed
        first: done
        second: failed; SendGrid answered 400: bad
        on_failure[0]: done"#]]
    .assert_eq(&story(&run));
    let told = "3: second failed, SendGrid answered 400: bad";
    assert_eq!(shop.outbox().await, [json!({ "text": told })]);
    let letters = shop.get("/api/dead-letters").await;
    let letter = &letters["dead_letters"][0];
    assert_eq!((&letter["run"], &letter["step"]), (&run["run"]["id"], &json!("second")));

    shop.act(id(&run), "replay", json!({})).await;
    let run = shop.run_in(id(&run), "succeeded").await;
    assert_eq!(run["run"]["taken_up"], 1);
    assert_eq!(subjects(&services.seen()), ["First", "Second", "Second"]);
    assert_eq!(shop.get("/api/dead-letters").await["dead_letters"], json!([]));
    shop.close().await;
}

#[tokio::test]
async fn a_dead_letter_that_is_sent_back_is_a_replay() {
    let services = FakeServer::scripted([refused(400, "bad"), taken()]).await;
    let shop = Shop::open(given(&services.url).workflow("thanks", THANKS)).await;
    let run = shop.served(&order(1)).await;
    let letters = shop.get("/api/dead-letters").await;
    let letter = letters["dead_letters"][0]["id"].as_str().unwrap();
    shop.post(&format!("/api/dead-letters/{letter}/redrive"), json!({})).await;
    shop.run_in(id(&run), "succeeded").await;
    shop.close().await;
}

#[tokio::test]
async fn a_refused_key_parks_the_run_until_the_secret_was_replaced() {
    let services = FakeServer::scripted([refused(401, "no such key"), taken()]).await;
    let shop = Shop::open(given(&services.url).workflow("thanks", THANKS)).await;
    let run = shop.served(&order(1)).await;
    expect![[r#"
        parked
        thank: parked; SendGrid answered 401: no such key"#]]
    .assert_eq(&story(&run));
    assert_eq!(run["run"]["failure"]["kind"], "needs_repair");
    shop.set_secret("sendgrid", "SG.new").await;
    shop.act(id(&run), "replay", json!({})).await;
    shop.run_in(id(&run), "succeeded").await;
    let seen = services.seen();
    let keys: Vec<_> = seen.iter().map(|seen| seen.header("authorization").unwrap()).collect();
    assert_eq!(keys, ["Bearer SG.key", "Bearer SG.new"]);
    shop.close().await;
}

#[tokio::test]
async fn a_key_that_is_replaced_while_it_is_used_stops_nothing() {
    let (replaced, is_replaced) = watch::channel(false);
    let services = FakeServer::deciding(move |seen| match seen.header("authorization") {
        Some("Bearer SG.new") => taken(),
        // The old one is gone by the time of the answer.
        _ => {
            Answer::Waits { gate: is_replaced.clone(), then: Box::new(refused(401, "no such key")) }
        }
    })
    .await;
    let shop = Shop::open(given(&services.url).workflow("thanks", THANKS)).await;
    let first = shop.run_of(&shop.place(&order(1)).await).await;
    shop.wait_for("the first call", async || services.seen().first().map(drop)).await;
    shop.set_secret("sendgrid", "SG.new").await;
    replaced.send_replace(true);
    let runs = [shop.ended(&first).await, shop.served(&order(2)).await];
    for run in runs {
        expect![[r#"
            succeeded
            thank: done"#]]
        .assert_eq(&story(&run));
    }
    let seen = services.seen();
    let keys: Vec<_> = seen.iter().map(|seen| seen.header("authorization").unwrap()).collect();
    assert_eq!(keys, ["Bearer SG.key", "Bearer SG.new", "Bearer SG.new"]);
    assert_eq!(shop.get("/api/dead-letters").await["dead_letters"], json!([]));
    shop.close().await;
}

#[tokio::test]
async fn a_run_without_tries_left_fails() {
    let services = FakeServer::deciding(|_| Answer::status(503)).await;
    let shop = Shop::open(given(&services.url).workflow("thanks", THANKS)).await;
    expect![[r#"
        failed
        thank: failed at try 3; SendGrid answered 503; SendGrid answered 503; no tries left: SendGrid answered 503"#]]
    .assert_eq(&story(&shop.served(&order(1)).await));
    assert_eq!(services.seen().len(), 3);
    shop.close().await;
}
