use super::*;
use crate::clients::canned::Canned;
use crate::stage::Stage;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::events::EventRecord;
use tradewind_engine::queues::Queue;
use tradewind_memory::{SeededIds, VirtualClock};

fn stage() -> Stage {
    let variables = [
        ("RUNS_TABLE", "runs"),
        ("DEFINITIONS_TABLE", "definitions"),
        ("BUS_NAME", "tradewind-live"),
        ("BUCKET", "bucket"),
        ("QUEUES_URL", "https://sqs.us-east-1.amazonaws.com/1/tradewind-live-"),
    ];
    Stage::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

fn journal(canned: &Canned) -> AwsJournal {
    let (clients, stage) = (canned.clients(), stage());
    let clock = Arc::new(VirtualClock::new("2026-03-01T08:00:00Z".parse().unwrap()));
    let ids = Arc::new(SeededIds::new(1));
    let store = Store::new(&clients, &stage, clock.clone()).unwrap();
    let deployed = Deployed::new(Arc::new(store.clone()), clock.clone(), Duration::ZERO);
    let deployed = Arc::new(deployed);
    let queues = Queues::new(&clients, &stage, clock.clone()).unwrap();
    let bus = AwsBus::new(&clients, &stage, queues.clone(), clock.clone(), ids).unwrap();
    let letters = Letters::new(store.clone(), queues.clone(), clock);
    AwsJournal::new(store, queues, bus, letters, deployed, Settled::default())
}

/// Everything succeeds except what begins with `refused`.
fn all_but(refused: &'static str) -> Canned {
    Canned::new(move |operation, _| match operation.starts_with(refused) {
        true => (500, json!({})),
        false => (200, json!({ "MessageId": "1" })),
    })
}

fn operations(canned: &Canned) -> Vec<String> {
    canned.asked().into_iter().map(|(operation, _)| operation).collect()
}

fn wake() -> WakeUp {
    WakeUp::new(&"run_1".into(), &"log".into())
}

fn send() -> Command {
    Command::Send {
        to: Queue::Action("sheet.append_row".into()),
        wake: wake(),
        not_before: None,
        via: None,
    }
}

fn dead_letter() -> Command {
    Command::DeadLetter { of: Queue::Action("sheet.append_row".into()), wake: wake() }
}

fn receipt(handle: &str) -> Receipt {
    crate::queues::receipt("tradewind-live-sheet-append-row", handle)
}

#[tokio::test]
async fn a_letter_can_be_seen_before_its_alarm_is_raised() {
    let canned = all_but("nothing");
    journal(&canned).commit(None, &[dead_letter()]).await.unwrap();
    assert_eq!(operations(&canned), ["DynamoDB_20120810.PutItem", "AmazonSQS.SendMessage"]);

    let canned = all_but("DynamoDB");
    journal(&canned).commit(None, &[dead_letter()]).await.unwrap_err();
    assert_eq!(operations(&canned), ["DynamoDB_20120810.PutItem"]);
}

#[tokio::test]
async fn a_message_is_done_with_only_after_all_that_stands_before_it() {
    let journal = journal(&all_but("AmazonSQS.SendMessage"));
    let receipt = receipt("1");
    journal.commit(Some(&receipt), &[send(), Command::Ack]).await.unwrap_err();
    assert_eq!(journal.settled.take_end(&receipt), None);
    journal.commit(Some(&receipt), &[Command::Ack]).await.unwrap();
    assert_eq!(journal.settled.take_end(&receipt), Some(End::Done));
    assert_eq!(journal.settled.take_end(&receipt), None, "it is taken once");
}

#[tokio::test]
async fn whoever_gave_a_list_is_told_how_far_it_came() {
    let data = json!({
        "v": 1, "id": "evt_1", "name": "order.placed", "accepted_at": "2026-03-01T08:00:00Z",
        "test": false, "data": {},
    });
    let event: Event = serde_json::from_value(data).unwrap();
    let record = EventRecord { event, verdicts: Vec::new(), redacted_at: None };
    let list = [Command::Record(record), send(), send(), Command::Ack];
    for (refused, done) in [("DynamoDB", 0), ("AmazonSQS", 1)] {
        let interrupted = journal(&all_but(refused)).commit(None, &list).await.unwrap_err();
        assert_eq!(interrupted.done, done, "{refused}");
    }
}

#[tokio::test]
async fn a_held_message_is_not_done_with() {
    let canned = all_but("nothing");
    let journal = journal(&canned);
    let again = [Command::ShowAgain(Duration::from_secs(7))];
    journal.commit(Some(&receipt("1")), &again).await.unwrap();
    journal.commit(None, &again).await.unwrap();
    assert_eq!(operations(&canned), ["AmazonSQS.ChangeMessageVisibility"]);
    assert_eq!(journal.settled.take_end(&receipt("1")), Some(End::Held));
    assert_eq!(journal.settled.take_end(&receipt("2")), None);
}

#[tokio::test]
async fn acknowledging_asks_nothing() {
    let canned = all_but("");
    journal(&canned).commit(Some(&receipt("1")), &[Command::Ack]).await.unwrap();
    journal(&canned).commit(None, &[Command::Ack]).await.unwrap();
    assert!(operations(&canned).is_empty());
}
