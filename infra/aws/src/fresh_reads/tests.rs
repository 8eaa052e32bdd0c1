//! What the function that reads is asked, and what is made of its answers.

use super::*;
use crate::clients::canned::Canned;
use serde_json::json;
use std::sync::Mutex;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::limits::{Admission, Allowance, CallEnd, Caller, Standing};
use tradewind_engine::time::Timestamp;
use tradewind_memory::VirtualClock;

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

/// Remembers of which connections it was asked whether they are closed.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

#[async_trait]
impl Limits for Heard {
    async fn admit(
        &self,
        _: &ConnectionName,
        _: Allowance,
        _: Caller,
        _: Timestamp,
    ) -> Result<Admission, Unavailable> {
        Err(Unavailable::new("limits", "whoever reads asks for that"))
    }

    async fn report(
        &self,
        _: &ConnectionName,
        _: Caller,
        _: CallEnd,
        _: Timestamp,
    ) -> Result<Standing, Unavailable> {
        Err(Unavailable::new("limits", "whoever reads reports"))
    }

    async fn is_closed(&self, name: &ConnectionName, _: Timestamp) -> Result<bool, Unavailable> {
        self.0.lock().unwrap().push(name.0.clone());
        Ok(true)
    }
}

fn reads(canned: &Canned, stage: &Stage, heard: &Arc<Heard>) -> InvokedReads {
    let clock = Arc::new(VirtualClock::new("2026-03-01T08:00:00Z".parse().unwrap()));
    InvokedReads::new(&canned.clients(), stage, heard.clone(), clock).unwrap()
}

async fn read(status: u16, answer: Value) -> (Result<Value, NotRead>, Canned) {
    let (read, canned, _) = read_and_heard(status, answer).await;
    (read, canned)
}

/// The same, and of which connections it asked how they stand.
async fn read_and_heard(
    status: u16,
    answer: Value,
) -> (Result<Value, NotRead>, Canned, Vec<String>) {
    let canned = Canned::new(move |_, _| (status, answer.clone()));
    let stage = Stage::new([("FRESH_READS_URL".to_owned(), URL.to_owned())]);
    let heard = Arc::new(Heard::default());
    let read = reads(&canned, &stage, &heard).read_afresh(&asked()).await;
    let heard = heard.0.lock().unwrap().clone();
    (read, canned, heard)
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
async fn a_function_that_is_missing_or_may_not_be_called_is_for_a_person() {
    for (status, word, why) in [
        (403, "AccessDeniedException", "this one has no right to call it"),
        (404, "ResourceNotFoundException", "there is none of that name"),
    ] {
        let (read, _) = read(status, json!({ "__type": word })).await;
        let reason = format!(
            "the function tradewind-live-action-order-get that reads orders cannot be called: {why}; write the \
             stage's template anew with `tradewind plan --template`, deploy it, then replay"
        );
        assert_eq!(read, Err(NotRead::NeedsRepair { reason }));
    }
    for (status, word) in [(403, "ExpiredTokenException"), (404, "Unknown")] {
        let (read, _) = read(status, json!({ "__type": word })).await;
        assert!(matches!(read, Err(NotRead::NotNow { .. })), "{word}: {read:?}");
    }
}

#[tokio::test]
async fn whoever_asks_hears_of_the_outage_that_holds_a_read_back() {
    let until = "2026-03-01T08:01:00Z".parse().unwrap();
    let held_back = FreshAnswer::of(Err(NotRead::HeldBack { until }));
    assert_eq!(read_and_heard(200, json!(held_back)).await.2, ["shop"]);
    let order = FreshAnswer::of(Ok(json!({ "order": {} })));
    assert_eq!(read_and_heard(200, json!(order)).await.2, Vec::<String>::new());
}

#[tokio::test]
async fn a_function_without_the_right_to_ask_says_what_is_missing() {
    let canned = Canned::new(|_, _| (200, json!({})));
    let reads = reads(&canned, &Stage::new([]), &Arc::default());
    let Err(NotRead::NeedsRepair { reason }) = reads.read_afresh(&asked()).await else { panic!() };
    assert!(reason.starts_with("the function of `order.get` that reads orders cannot be called"));
    assert!(reason.contains("tradewind plan --template"), "{reason}");
    assert_eq!(canned.asked(), []);
}
