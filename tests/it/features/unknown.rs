//! Answers that never come.

use super::shop::{Shop, THANKS, given, id, story};
use crate::app::{ORDER, order};
use crate::fakes::sendgrid::taken;
use crate::fakes::{Answer, FakeServer};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

async fn check_lost(workflow: &str, answers: Vec<Answer>, calls: usize, expected: Expect) {
    let services = FakeServer::scripted(answers).await;
    let shop = Shop::open(given(&services.url).workflow("thanks", workflow)).await;
    expected.assert_eq(&story(&shop.served(&order(1)).await));
    assert_eq!(services.seen().len(), calls);
    shop.close().await;
}

#[tokio::test]
async fn a_mail_whose_answer_is_lost_is_held() {
    check_lost(
        THANKS,
        vec![Answer::Resets],
        1,
        expect![[r#"
        parked
        thank: parked; no answer"#]],
    )
    .await;
}

#[tokio::test]
async fn a_mail_that_may_come_twice_is_sent_again() {
    let workflow = THANKS.replace("retry:", "on_unknown: retry\n    retry:");
    check_lost(
        &workflow,
        vec![Answer::Resets, taken()],
        2,
        expect![[r#"
        succeeded
        thank: done at try 2; no answer"#]],
    )
    .await;
}

#[tokio::test]
async fn a_mail_that_takes_too_long_is_held() {
    let workflow = THANKS.replace("retry:", "timeout: 1s\n    retry:");
    check_lost(
        &workflow,
        vec![Answer::Stalls { status: 202 }],
        1,
        expect![[r#"
            parked
            thank: parked; no answer"#]],
    )
    .await;
}

#[tokio::test]
async fn a_read_that_takes_too_long_is_repeated() {
    let workflow = "
trigger: { event: order.placed, from: shop }
steps:
  - id: look
    uses: order.get
    via: shop
    timeout: 1s
    retry: { attempts: 3, over: 1s }
    with: { id: '${{ trigger.order.id }}' }
";
    let token = Answer::json(200, json!({ "access_token": "token-1", "expires_in": 7200 }));
    let found: Value = serde_json::from_str(ORDER).unwrap();
    let answers = vec![token, Answer::Stalls { status: 200 }, Answer::json(200, found)];
    check_lost(
        workflow,
        answers,
        3,
        expect![[r#"
            succeeded
            look: done at try 2; no answer"#]],
    )
    .await;
}

/// A mail whose answer is lost, then what a person says of it.
async fn check_resolved(outcome: Value, calls: usize, expected: Expect) {
    let services = FakeServer::scripted([Answer::Resets, taken()]).await;
    let workflow = format!(
        "{THANKS}
  - id: tell
    uses: chat.post
    via: ops
    with: {{ text: 'The mail: ${{{{ steps.thank.status }}}}' }}
"
    );
    let shop = Shop::open(given(&services.url).workflow("thanks", &workflow)).await;
    let run = shop.served(&order(1)).await;
    assert_eq!(run["can"], json!(["resolve"]));
    let refused = shop.call("POST", &format!("/api/runs/{}/replay", id(&run)), None).await;
    assert_eq!(refused.verdict(), "409 needs_resolving");
    let mut resolution = outcome;
    resolution["step"] = json!("thank");
    shop.act(id(&run), "resolve", resolution).await;
    shop.run_in(id(&run), "succeeded").await;
    assert_eq!(services.seen().len(), calls);
    expected.assert_eq(shop.outbox().await[0]["text"].as_str().unwrap());
    shop.close().await;
}

#[tokio::test]
async fn a_person_says_what_became_of_it() {
    check_resolved(json!({ "outcome": "happened" }), 1, expect!["The mail: succeeded"]).await;
    check_resolved(json!({ "outcome": "did_not" }), 2, expect!["The mail: succeeded"]).await;
    check_resolved(json!({ "outcome": "skip" }), 1, expect!["The mail: skipped"]).await;
}
