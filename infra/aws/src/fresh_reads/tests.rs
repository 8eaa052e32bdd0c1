//! What the function that reads is asked, and what is made of its answers.

use super::*;
use crate::clients::canned::Canned;
use serde_json::json;

const URL: &str = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/tradewind-live-action-order-get/invocations";

fn asked() -> FreshRead {
    FreshRead {
        connection: "shop".into(),
        order: "7".to_owned(),
        run: "run_1".into(),
        step: "mail".into(),
        fence: 2,
        until: "2026-03-01T08:00:10Z".parse().unwrap(),
    }
}

async fn read(status: u16, answer: Value) -> (Result<Value, NotRead>, Canned) {
    let canned = Canned::new(move |_, _| (status, answer.clone()));
    let stage = Stage::new([("FRESH_READS_URL".to_owned(), URL.to_owned())]);
    let reads = InvokedReads::new(&canned.clients(), &stage).unwrap();
    (reads.read_afresh(&asked()).await, canned)
}

#[tokio::test]
async fn the_function_is_called_and_its_answer_taken() {
    let order = json!({ "order": { "id": "7", "status": "placed" } });
    let (read, canned) = read(200, json!(FreshAnswer::of(Ok(order.clone())))).await;
    assert_eq!(read, Ok(order));
    let [(operation, question)] = &canned.asked()[..] else { panic!("{:?}", canned.asked()) };
    let path = "/2015-03-31/functions/tradewind-live-action-order-get/invocations";
    assert_eq!(operation, &format!("POST {path}"));
    assert_eq!(question["v"], 1);
    let read: FreshRead = serde_json::from_value(question["fresh_read"].clone()).unwrap();
    assert_eq!(read, asked());
}

#[tokio::test]
async fn why_nothing_was_read_comes_back_as_it_was_said() {
    let until = "2026-03-01T08:01:00Z".parse().unwrap();
    let reason = "401".to_owned();
    for why in [NotRead::HeldBack { until }, NotRead::NeedsRepair { reason }] {
        let (read, _) = read(200, json!(FreshAnswer::of(Err(why.clone())))).await;
        assert_eq!(read, Err(why));
    }
}

#[tokio::test]
async fn a_function_that_fails_or_answers_something_else_has_read_nothing() {
    let newer = json!({ "v": 2, "read": {} });
    for (status, answer) in [
        (429, json!({})),
        (403, json!({})),
        (200, json!("?")),
        (200, json!({ "v": 1 })),
        (200, newer),
    ] {
        let (read, _) = read(status, answer.clone()).await;
        assert!(matches!(read, Err(NotRead::NotNow { .. })), "{status} {answer}: {read:?}");
    }
}

#[tokio::test]
async fn a_function_without_the_right_to_ask_says_what_is_missing() {
    let canned = Canned::new(|_, _| (200, json!({})));
    let reads = InvokedReads::new(&canned.clients(), &Stage::new([])).unwrap();
    let Err(NotRead::NotNow { reason }) = reads.read_afresh(&asked()).await else { panic!() };
    assert!(reason.contains("tradewind plan --template"), "{reason}");
    assert_eq!(canned.asked(), []);
}
