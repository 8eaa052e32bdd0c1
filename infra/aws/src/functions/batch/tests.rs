//! Batches whose messages come to different ends.

use super::*;
use crate::clients::canned::Canned;
use crate::stage::Stage;
use crate::store::Store;
use serde_json::json;
use std::sync::Arc;
use tradewind_memory::VirtualClock;

/// Does what its message says.
struct Obeys(Settled);

#[async_trait]
impl Worker for Obeys {
    async fn work(&self, receipt: &Receipt, body: &str, _: &Way) -> Result<Handled, Unavailable> {
        match body {
            "panic" => panic!("as it was told"),
            "give up" => Ok(Handled::GiveUp("it makes no sense".to_owned())),
            "leave" => Ok(Handled::Left("not now".to_owned())),
            "forget" => Ok(Handled::Settled),
            "fail" => Err(Unavailable { service: "store", reason: "busy".to_owned() }),
            _ => {
                self.0.mark(Some(receipt), End::Done);
                Ok(Handled::Settled)
            }
        }
    }
}

/// Which of the messages show again, where SQS and DynamoDB answer so.
async fn left(bodies: &[&str], status: u16) -> (Vec<String>, Vec<String>) {
    let canned = Canned::new(move |_, _| (status, json!({ "MessageId": "1" })));
    let variables = [
        ("RUNS_TABLE", "runs"),
        ("DEFINITIONS_TABLE", "definitions"),
        ("BUCKET", "bucket"),
        ("QUEUES_URL", "https://sqs.us-east-1.amazonaws.com/1/tradewind-live-"),
    ];
    let stage = Stage::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let clock = Arc::new(VirtualClock::new("2026-03-01T08:00:00Z".parse().unwrap()));
    let clients = canned.clients();
    let queues = Queues::new(&clients, &stage, clock.clone()).unwrap();
    let store = Store::new(&clients, &stage, clock.clone()).unwrap();
    let settled = Settled::default();
    let batches = Batches {
        queue: "email.send".to_owned(),
        worker: Obeys(settled.clone()),
        letters: Letters::new(store, queues.clone(), clock),
        queues,
        settled,
        deadline: Deadline::default(),
    };
    let messages = bodies.iter().map(|body| {
        let message = json!({ "messageId": body, "receiptHandle": body, "body": body });
        serde_json::from_value(message).unwrap()
    });
    let response = batches.work_on(messages.collect()).await;
    let failures = response.batch_item_failures.into_iter().map(|one| one.item_identifier);
    let asked = canned.asked().into_iter().map(|(operation, _)| operation);
    (failures.collect(), asked.collect())
}

#[tokio::test]
async fn a_panic_in_one_message_harms_no_other() {
    let (left, asked) = left(&["one", "panic", "two"], 200).await;
    assert_eq!(left, ["panic"]);
    assert_eq!(asked, ["AmazonSQS.ChangeMessageVisibility"]);
}

#[tokio::test]
async fn only_what_was_acknowledged_or_given_up_is_done() {
    let (left, asked) = left(&["leave", "one", "forget", "fail", "give up"], 200).await;
    assert_eq!(left, ["leave", "forget", "fail"]);
    let letters = asked.iter().filter(|one| !one.ends_with("ChangeMessageVisibility"));
    let letters: Vec<&String> = letters.collect();
    assert_eq!(letters, ["DynamoDB_20120810.PutItem", "AmazonSQS.SendMessage"], "the item first");
}

#[tokio::test]
async fn what_could_not_be_given_up_shows_again() {
    assert_eq!(left(&["give up", "one"], 500).await.0, ["give up"]);
}

#[test]
fn a_message_that_is_left_shows_again_later_each_time() {
    let seconds = [1, 2, 3, 9, 10, 40, 1_000].map(|receives| left_for(receives).as_secs());
    assert_eq!(seconds, [15, 30, 60, 3_600, 3_600, 3_600, 3_600]);
}
