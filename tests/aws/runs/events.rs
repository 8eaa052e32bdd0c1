//! Events whose data no item can hold.

use super::stand::{Stand, noise};
use crate::ports::given;
use serde_json::json;
use tradewind_engine::events::EventRecord;
use tradewind_engine::events::{EVENT_VERSION_PLAIN, Event};
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::ports::{Events, Outbox};
use tradewind_engine::unmapped::{UNMAPPED, Unmapped};

/// Of a delivery that could not be read lists say why, however long it was.
pub(super) async fn a_long_delivery_that_could_not_be_read_is_listed_with_its_reason(
    stand: &Stand,
) {
    let (store, now) = (stand.store(), stand.now());
    let unmapped = Unmapped {
        reason: "data.type is not orders".to_owned(),
        method: "POST".to_owned(),
        headers: vec![("x-commercelayer-topic".to_owned(), "orders.place".to_owned())],
        query: String::new(),
        read_as: None,
    };
    let event = Event {
        name: UNMAPPED.to_owned(),
        data: unmapped.to_data(),
        raw: Some(noise(3, 900_000)),
        ..given::event("event_1", now)
    };
    let record = EventRecord { event, verdicts: Vec::new(), redacted_at: None };
    store.record(&record).await.unwrap();
    assert_eq!(
        Events::list(&store, None, 5).await.unwrap()[0].event.unmapped(),
        Some(unmapped.clone())
    );
    assert_eq!(store.read(&"event_1".into()).await.unwrap().as_ref(), Some(&record));
    // Once it was read, its record stays.
    let mut settled = record.clone();
    settled.event.data = Unmapped { read_as: Some(vec!["event_2".into()]), ..unmapped }.to_data();
    store.record(&settled).await.unwrap();
    store.record(&record).await.unwrap();
    assert_eq!(store.read(&"event_1".into()).await.unwrap(), Some(settled));
    store.redact(&"event_1".into(), now).await.unwrap();
    let redacted = store.read(&"event_1".into()).await.unwrap().unwrap();
    assert!(redacted.event.data.is_empty() && redacted.event.raw.is_none());
}

/// What a sandbox connection was asked to do may be longer than an item.
pub(super) async fn an_enormous_entry_of_the_outbox_comes_back_and_goes(stand: &Stand) {
    let store = stand.store();
    let entry = OutboxEntry {
        key: "run_1:mail".to_owned(),
        run: "run_1".into(),
        step: "mail".into(),
        connection: "mail".into(),
        action: "email.send".into(),
        input: json!({ "html": noise(5, 900_000) }),
        output: json!({ "message_id": "1" }),
        at: stand.now(),
    };
    for _ in 0..2 {
        assert_eq!(store.store_entry(entry.clone()).await.unwrap(), entry);
    }
    assert_eq!(Outbox::list(&store, None, 5).await.unwrap(), std::slice::from_ref(&entry));
    assert_eq!(
        Outbox::list(&store, Some(&entry.run), 5).await.unwrap(),
        std::slice::from_ref(&entry)
    );
    store.forget(&entry.run).await.unwrap();
    assert_eq!(Outbox::list(&store, None, 5).await.unwrap(), []);
    assert_eq!(stand.objects().await, 0);
}

pub(super) async fn an_enormous_event_comes_back_and_goes(stand: &Stand) {
    let (store, now) = (stand.store(), stand.now());
    let data = json!({ "odd": "\u{0}\u{FFFF}", "large": noise(9, 900_000), "far": 1e300 });
    let event = Event {
        v: EVENT_VERSION_PLAIN,
        id: "event_1".into(),
        name: "order.placed".to_owned(),
        connection: None,
        provider: None,
        topic: None,
        accepted_at: now,
        revision: None,
        test: false,
        data: data.as_object().unwrap().clone(),
        raw: Some("e30=".to_owned()),
        run: None,
        emitted: None,
        notes: Vec::new(),
    };
    let record = EventRecord { event, verdicts: Vec::new(), redacted_at: None };
    store.record(&record).await.unwrap();
    let id = &record.event.id;
    assert_eq!(store.read(id).await.unwrap().as_ref(), Some(&record));
    assert_eq!(stand.objects().await, 1);
    let listed = Events::list(&store, None, 5).await.unwrap();
    assert!(listed.len() == 1 && listed[0].event.data.is_empty(), "lists do without it");
    store.redact(id, now).await.unwrap();
    let mut redacted = record.clone();
    redacted.redact(now);
    assert_eq!(store.read(id).await.unwrap(), Some(redacted));
    assert_eq!(stand.objects().await, 0);
}
