//! Events whose data no item can hold.

use super::stand::{Stand, noise};
use serde_json::json;
use tradewind_engine::events::{EVENT_VERSION, Event};
use tradewind_engine::ports::{EventRecord, Events as _};

pub(super) async fn an_enormous_event_comes_back_and_goes(stand: &Stand) {
    let (store, now) = (stand.store(), stand.now());
    let data = json!({ "odd": "\u{0}\u{FFFF}", "large": noise(9, 900_000), "far": 1e300 });
    let event = Event {
        v: EVENT_VERSION,
        id: "event_1".into(),
        name: "order.placed".to_owned(),
        connection: None,
        provider: None,
        topic: None,
        accepted_at: now,
        test: false,
        data: data.as_object().unwrap().clone(),
        raw: Some("e30=".to_owned()),
        run: None,
        notes: Vec::new(),
    };
    let record = EventRecord { event, verdicts: Vec::new(), redacted_at: None };
    store.record(&record).await.unwrap();
    let id = &record.event.id;
    assert_eq!(store.read(id).await.unwrap().as_ref(), Some(&record));
    assert_eq!(stand.objects().await, 1);
    store.redact(id, now).await.unwrap();
    let mut redacted = record.clone();
    redacted.redact(now);
    assert_eq!(store.read(id).await.unwrap(), Some(redacted));
    assert_eq!(stand.objects().await, 0);
}
