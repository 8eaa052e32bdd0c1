//! Events on their way to the dispatch queue.

use super::Stand;
use crate::ports::given;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tradewind_aws::bus::{Envelope, Unopened};
use tradewind_engine::events::Event;
use tradewind_engine::ports::Bus as _;
use tradewind_engine::queues::DISPATCH_QUEUE;

/// Characters that no queue takes, that JSON escapes, and that two readers may disagree on.
const NASTY: &str = "\u{0}\u{1F}\"\\\u{7F}\u{FEFF}\u{FFFE}\u{FFFF}\u{10FFFF}\u{2028}é😀";

pub(super) async fn every_character_comes_through_bus_rule_and_queue(stand: &Stand) {
    let event = event(NASTY, 10);
    stand.bus().publish(std::slice::from_ref(&event)).await.unwrap();
    assert_eq!(opened(stand).await, event);
}

pub(super) async fn every_character_comes_round_the_bus(stand: &Stand) {
    stand.front.answer(|_| Some((500, json!({ "__type": "InternalException" }).to_string())));
    let event = event(NASTY, 10);
    stand.bus().publish(std::slice::from_ref(&event)).await.unwrap();
    assert_eq!(opened(stand).await, event);
}

pub(super) async fn an_entry_that_the_bus_refuses_is_sent_again_alone(stand: &Stand) {
    let tries = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&tries);
    stand.front.answer(move |body| {
        let entries = serde_json::from_str::<Value>(body).unwrap()["Entries"].clone();
        let count = entries.as_array().unwrap().len();
        match seen.fetch_add(1, Ordering::Relaxed) {
            0 => {
                assert_eq!(count, 2);
                let refused = json!({ "ErrorCode": "ThrottlingException" });
                Some((200, json!({ "Entries": [{ "EventId": "1" }, refused] }).to_string()))
            }
            _ => {
                assert_eq!(count, 1);
                None
            }
        }
    });
    let events = [event("taken", 1), event("refused", 1)];
    stand.bus().publish(&events).await.unwrap();
    assert_eq!(tries.load(Ordering::Relaxed), 2);
    // The front has only said that it took the first.
    assert_eq!(opened(stand).await, events[1]);
}

pub(super) async fn a_long_body_is_fetched_from_where_it_is(stand: &Stand) {
    let event = event("long", 1_000_000);
    stand.bus().publish(std::slice::from_ref(&event)).await.unwrap();
    assert_eq!(opened(stand).await, event);
}

pub(super) async fn a_body_that_is_gone_or_changed_is_given_up_on(stand: &Stand) {
    stand.bus().publish(&[event("long", 100_000)]).await.unwrap();
    let message = stand.next(DISPATCH_QUEUE).await;
    let envelope: Value = serde_json::from_str(&message.body).unwrap();
    let key = envelope["blob"]["key"].as_str().unwrap();

    stand.blobs().put(key, "something else".into()).await.unwrap();
    let changed = Envelope::open(&message.body, &stand.blobs()).await.unwrap_err();
    stand.blobs().remove(key).await.unwrap();
    let gone = Envelope::open(&message.body, &stand.blobs()).await.unwrap_err();
    for (unopened, reason) in
        [(changed, "is not what was put there"), (gone, "is not there any more")]
    {
        let Unopened::Damaged(why) = unopened else { panic!("{unopened:?}") };
        assert!(why.contains(key) && why.contains(reason), "{why}");
    }
}

async fn opened(stand: &Stand) -> Event {
    let message = stand.next(DISPATCH_QUEUE).await;
    let opened = Envelope::open(&message.body, &stand.blobs()).await.unwrap();
    serde_json::from_str(&opened).unwrap()
}

fn event(id: &str, raw_bytes: usize) -> Event {
    Event {
        data: json!({ "order": { "note": NASTY } }).as_object().unwrap().clone(),
        // Four letters of base64 for three bytes.
        raw: Some("e30=".repeat(raw_bytes.div_ceil(3))),
        ..given::event(id, "2026-03-01T08:00:00.123456789Z".parse().unwrap())
    }
}
