//! Steps that ask right before they act whether they are still wanted.

use super::shop::{Shop, given, step_of, story, subjects};
use crate::app::{ORDER, order};
use crate::fakes::sendgrid::{refused, taken};
use crate::fakes::{Answer, FakeServer, Seen};
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use std::sync::Mutex;

/// A mail that is sent for placed orders alone, however long its tries take.
const STILL: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: thank
    uses: email.send
    via: mail
    only_if_still: \"now.order.status == 'placed' and now.order.id == trigger.order.id\"
    retry: { attempts: 3, over: 1s }
    with: { to: a@example.com, subject: 'Order ${{ trigger.order.number }}', text: Thank you. }
  - { id: tell, uses: chat.post, via: ops, with: { text: 'The mail was ${{ steps.thank.status }}' } }
";

/// What the shop says of the order, read by read; the last of them for ever.
enum Says {
    Status(&'static str),
    Answers(Answer),
}

/// The services of a shop: its orders as they are read, and mails that are answered so.
async fn services(orders: Vec<Says>, mails: Vec<Answer>) -> FakeServer {
    let (orders, mails) = (Mutex::new(orders), Mutex::new(mails));
    FakeServer::deciding(move |request: &Seen| match request.target.as_str() {
        "/v3/mail/send" => next(&mails, taken),
        target if target.starts_with("/api/orders/") => {
            let mut orders = orders.lock().unwrap();
            let is_last = orders.len() == 1;
            let answer = match &orders[0] {
                Says::Answers(answer) => answer.clone(),
                Says::Status(status) => {
                    let mut order: Value = serde_json::from_str(ORDER).unwrap();
                    let id = target["/api/orders/".len()..].split('?').next();
                    order["data"]["id"] = json!(id);
                    order["data"]["attributes"]["status"] = json!(status);
                    Answer::json(200, order)
                }
            };
            if !is_last {
                orders.remove(0);
            }
            answer
        }
        _ => Answer::json(200, json!({ "access_token": "token-1", "expires_in": 7200 })),
    })
    .await
}

fn next(answers: &Mutex<Vec<Answer>>, or: fn() -> Answer) -> Answer {
    let mut answers = answers.lock().unwrap();
    if answers.is_empty() { or() } else { answers.remove(0) }
}

/// The story of a run with these answers, and how many mails were asked for.
async fn check(
    workflow: &str,
    orders: Vec<Says>,
    mails: Vec<Answer>,
    sent: usize,
    expected: Expect,
) -> Value {
    let services = services(orders, mails).await;
    let shop = Shop::open(given(&services.url).workflow("still", workflow)).await;
    let run = shop.served(&order(1)).await;
    expected.assert_eq(&story(&run));
    assert_eq!(subjects(&services.seen()).len(), sent);
    let still = &step_of(&run, "thank")["only_if_still"];
    assert!(still.as_str().unwrap().starts_with("now.order.status"), "{run:#}");
    shop.close().await;
    run
}

#[tokio::test]
async fn a_step_that_is_still_wanted_is_done() {
    let expected = expect![[r#"
        succeeded
        thank: done
        tell: done"#]];
    check(STILL, vec![Says::Status("placed")], Vec::new(), 1, expected).await;
}

#[tokio::test]
async fn a_step_that_is_not_wanted_any_more_is_skipped_and_the_run_goes_on() {
    let expected = expect![[r#"
        succeeded
        thank: skipped; no_longer_true
        tell: done"#]];
    check(STILL, vec![Says::Status("cancelled")], Vec::new(), 0, expected).await;
}

#[tokio::test]
async fn every_try_asks_again() {
    let expected = expect![[r#"
        succeeded
        thank: skipped at try 2; SendGrid answered 429: too many requests
        tell: done"#]];
    let later = refused(429, "too many requests").header("retry-after", "1");
    let orders = vec![Says::Status("placed"), Says::Status("cancelled")];
    check(STILL, orders, vec![later], 1, expected).await;
}

#[tokio::test]
async fn what_may_have_happened_is_not_said_to_be_skipped() {
    let expected = expect![[r#"
        parked
        thank: parked at try 2; no answer; no_longer_true, and an earlier try may have arrived
        tell: pending"#]];
    let workflow = STILL.replace("retry:", "on_unknown: retry\n    retry:");
    let orders = vec![Says::Status("placed"), Says::Status("cancelled")];
    let run = check(&workflow, orders, vec![Answer::Resets], 1, expected).await;
    let reason = "no_longer_true, and an earlier try may have arrived";
    assert_eq!(run["run"]["failure"]["reason"], reason);
    assert_eq!(run["can"], json!(["resolve"]));
}

#[tokio::test]
async fn a_shop_that_does_not_answer_is_asked_again_before_anything_is_done() {
    let expected = expect![[r#"
        succeeded
        thank: done at try 2; only_if_still: the order could not be read through shop: commercelayer answered 503: no reason given
        tell: done"#]];
    let orders = vec![Says::Answers(Answer::status(503)), Says::Status("placed")];
    check(STILL, orders, Vec::new(), 1, expected).await;
}

#[tokio::test]
async fn an_order_that_is_not_there_fails_the_step() {
    let expected = expect![[r#"
        failed
        thank: failed; only_if_still, asked through shop: order order1 is not there (any more)
        tell: pending"#]];
    check(STILL, vec![Says::Answers(Answer::status(404))], Vec::new(), 0, expected).await;
}

#[tokio::test]
async fn credentials_that_are_refused_park_the_run() {
    let expected = expect![[r#"
        parked
        thank: parked; only_if_still: the order could not be read through shop: commercelayer answered 401: no reason given
        tell: pending"#]];
    check(STILL, vec![Says::Answers(Answer::status(401))], Vec::new(), 0, expected).await;
}
