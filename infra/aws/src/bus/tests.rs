use super::*;
use crate::clients::canned::Canned;
use expect_test::expect;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;
use tradewind_engine::events::EVENT_VERSION_PLAIN;
use tradewind_engine::time::{Timestamp, after};
use tradewind_memory::SeededIds;

/// Characters that no queue takes, that JSON escapes, and that two other readers disagree on.
const NASTY: &str = "\u{0}\u{1F}\"\\\u{7F}\u{FEFF}\u{FFFE}\u{FFFF}\u{10FFFF}\u{2028}é😀";

/// A clock on which every pause is over at once.
#[derive(Default)]
struct Hurried {
    slept: Mutex<Duration>,
}

#[async_trait]
impl Clock for Hurried {
    fn now(&self) -> Timestamp {
        after("2026-03-01T08:00:00Z".parse().unwrap(), *self.slept.lock().unwrap())
    }

    async fn sleep(&self, duration: Duration) {
        *self.slept.lock().unwrap() += duration;
    }
}

fn stage() -> Stage {
    let variables = [
        ("BUS_NAME", "tradewind-live"),
        ("BUCKET", "bucket"),
        ("QUEUES_URL", "https://sqs.us-east-1.amazonaws.com/1/tradewind-live-"),
    ];
    Stage::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

fn bus(canned: &Canned) -> AwsBus {
    let (clients, clock) = (canned.clients(), Arc::new(Hurried::default()));
    let queues = Queues::new(&clients, &stage(), clock.clone()).unwrap();
    AwsBus::new(&clients, &stage(), queues, clock, Arc::new(SeededIds::new(1))).unwrap()
}

fn event(id: &str, raw_bytes: usize) -> Event {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    // Bytes that cannot be made shorter, as far as deflating goes.
    let mut state: u32 = 1;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    let raw: Vec<u8> = noise.take(raw_bytes).collect();
    Event {
        v: EVENT_VERSION_PLAIN,
        id: id.into(),
        name: "order.placed".to_owned(),
        connection: Some("shop".into()),
        provider: None,
        topic: None,
        accepted_at: "2026-03-01T08:00:00Z".parse().unwrap(),
        revision: None,
        test: false,
        data: json!({ "order": { "note": NASTY } }).as_object().unwrap().clone(),
        raw: Some(STANDARD.encode(raw)),
        run: None,
        emitted: None,
        notes: Vec::new(),
    }
}

/// The ids that were asked to be taken, request for request.
fn ids(canned: &Canned) -> Vec<(String, Vec<String>)> {
    let texts = |body: &Value| -> Vec<String> {
        let entries = body["Entries"].as_array().unwrap().iter();
        entries
            .filter_map(|entry| entry["Detail"].as_str().or(entry["MessageBody"].as_str()))
            .map(id)
            .collect()
    };
    canned.asked().iter().map(|(asked, body)| (asked.clone(), texts(body))).collect()
}

fn id(envelope: &str) -> String {
    let envelope: Value = serde_json::from_str(envelope).unwrap();
    envelope["id"].as_str().unwrap().to_owned()
}

/// Takes all entries on both ways, except those that `refused` names.
fn answer(operation: &str, body: &Value, refused: impl Fn(&str) -> bool) -> (u16, Value) {
    let entries = body["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_refused = |entry: &Value| refused(&entry.to_string());
    if operation == "AWSEvents.PutEvents" {
        let result = |entry: &Value| match is_refused(entry) {
            true => json!({ "ErrorCode": "InternalFailure" }),
            false => json!({ "EventId": "1" }),
        };
        return (200, json!({ "Entries": entries.iter().map(result).collect::<Vec<_>>() }));
    }
    let taken = entries.iter().filter(|entry| !is_refused(entry));
    let taken = taken.map(|entry| json!({ "Id": entry["Id"], "MessageId": "1" }));
    (200, json!({ "Successful": taken.collect::<Vec<_>>(), "Failed": [] }))
}

#[tokio::test]
async fn every_character_survives_and_none_of_them_stands_in_the_envelope() {
    let canned = Canned::new(|_, _| (404, json!({})));
    let event = event(NASTY, 3);
    let wrapped = Envelope::wrap(&event);
    assert!(wrapped.blob.is_none());
    assert!(wrapped.sealed.text.bytes().all(|byte| byte.is_ascii_graphic()));
    let opened = Envelope::open(&wrapped.sealed.text, &bus(&canned).blobs).await.unwrap();
    assert_eq!(serde_json::from_str::<Event>(&opened).unwrap(), event);
}

#[tokio::test]
async fn what_the_rule_could_not_deliver_is_opened_as_well() {
    let canned = Canned::new(|_, _| (404, json!({})));
    let event = event("e1", 3);
    let detail: Value = serde_json::from_str(&Envelope::wrap(&event).sealed.text).unwrap();
    let entry = json!({ "detail-type": "order.placed", "source": "tradewind", "detail": detail });
    let opened = Envelope::open(&entry.to_string(), &bus(&canned).blobs).await.unwrap();
    assert_eq!(serde_json::from_str::<Event>(&opened).unwrap(), event);
}

#[tokio::test]
async fn events_go_to_the_bus_ten_at_a_time() {
    let canned = Canned::new(|operation, body| answer(operation, body, |_| false));
    let events: Vec<Event> = (0..12).map(|number| event(&format!("e{number}"), 1)).collect();
    bus(&canned).publish(&events).await.unwrap();
    let asked = canned.asked();
    let lengths: Vec<usize> =
        asked.iter().map(|(_, body)| body["Entries"].as_array().unwrap().len()).collect();
    assert_eq!(lengths, [10, 2]);
    let mut entry = asked[0].1["Entries"][0].clone();
    entry.as_object_mut().unwrap().remove("Detail");
    expect![[
        r#"{"Source":"tradewind","DetailType":"order.placed","EventBusName":"tradewind-live"}"#
    ]]
    .assert_eq(&entry.to_string());
}

#[tokio::test]
async fn only_refused_entries_are_sent_again() {
    let tries = Mutex::new(0);
    let canned = Canned::new(move |operation, body| {
        *tries.lock().unwrap() += 1;
        let is_first = *tries.lock().unwrap() == 1;
        answer(operation, body, |entry| is_first && entry.contains("e1"))
    });
    let events = ["e0", "e1", "e2"].map(|id| event(id, 1));
    bus(&canned).publish(&events).await.unwrap();
    expect![[r#"
        [
            (
                "AWSEvents.PutEvents",
                [
                    "e0",
                    "e1",
                    "e2",
                ],
            ),
            (
                "AWSEvents.PutEvents",
                [
                    "e1",
                ],
            ),
        ]
    "#]]
    .assert_debug_eq(&ids(&canned));
}

#[tokio::test]
async fn what_the_bus_refuses_for_good_goes_to_the_queue() {
    let canned = Canned::new(|operation, body| {
        let is_bus = operation == "AWSEvents.PutEvents";
        answer(operation, body, |entry| is_bus && entry.contains("e1"))
    });
    let events = ["e0", "e1"].map(|id| event(id, 1));
    bus(&canned).publish(&events).await.unwrap();
    let asked = ids(&canned);
    assert_eq!(asked.len(), 3, "a bus that takes none of them is not asked again");
    assert_eq!(asked[2], ("AmazonSQS.SendMessageBatch".to_owned(), vec!["e1".to_owned()]));
}

#[tokio::test]
async fn without_a_bus_everything_goes_to_the_queue_and_is_checked_there() {
    let tries = Mutex::new(0);
    let canned = Canned::new(move |operation, body| {
        if operation == "AWSEvents.PutEvents" {
            return (500, json!({ "__type": "InternalException" }));
        }
        *tries.lock().unwrap() += 1;
        let is_first = *tries.lock().unwrap() == 1;
        answer(operation, body, |entry| is_first && entry.contains("e0"))
    });
    bus(&canned).publish(&["e0", "e1"].map(|id| event(id, 1))).await.unwrap();
    let queued: Vec<Vec<String>> = ids(&canned)
        .into_iter()
        .filter(|(asked, _)| asked == "AmazonSQS.SendMessageBatch")
        .map(|(_, ids)| ids)
        .collect();
    assert_eq!(queued, [vec!["e0", "e1"], vec!["e0"]]);
}

#[tokio::test]
async fn an_event_that_neither_takes_is_not_accepted() {
    let canned =
        Canned::new(|operation, body| answer(operation, body, |entry| entry.contains("e1")));
    let refused = bus(&canned).publish(&["e0", "e1"].map(|id| event(id, 1))).await;
    assert_eq!(refused.unwrap_err().service, "SQS");
    let down = Canned::new(|_, _| (503, json!({})));
    bus(&down).publish(&[event("e0", 1)]).await.unwrap_err();
}

#[tokio::test]
async fn a_long_body_is_in_s3_before_its_envelope_is_sent() {
    let canned = Canned::new(|operation, body| answer(operation, body, |_| false));
    let bus = bus(&canned);
    bus.publish(&[event("e0", 48 * 1024), event("e1", 48 * 1024 + 1)]).await.unwrap();
    let asked = canned.asked();
    let (put, sent) = (&asked[0].0, &asked[1].1["Entries"]);
    assert!(put.starts_with("PUT /") && put.contains("events/"), "{put}");
    assert!(sent[0]["Detail"].as_str().unwrap().len() > 48 * 1024);
    let pointer: Value = serde_json::from_str(sent[1]["Detail"].as_str().unwrap()).unwrap();
    let sha256 = pointer["blob"]["sha256"].as_str().unwrap();
    assert_eq!(pointer["blob"]["key"], format!("events/{sha256}"));
    assert!(put.contains(sha256));
}

#[tokio::test]
async fn without_s3_a_body_that_a_message_can_carry_is_sent_in_one() {
    let canned = Canned::new(|operation, body| match operation.starts_with("PUT") {
        true => (503, json!({})),
        false => answer(operation, body, |_| false),
    });
    bus(&canned).publish(&[event("e0", 60_000)]).await.unwrap();
    bus(&canned).publish(&[event("e0", 300_000)]).await.unwrap_err();
}

#[test]
fn no_envelope_is_longer_than_every_service_takes() {
    for raw_bytes in [0, 48 * 1024, 48 * 1024 + 1, 140_000, 150_000, 1_048_576] {
        let wrapped = Envelope::wrap(&event(NASTY, raw_bytes));
        let all = std::iter::once(&wrapped.sealed).chain(&wrapped.without_blob);
        assert!(all.into_iter().all(|sealed| sealed.bytes() < 256_000), "{raw_bytes}");
    }
    let mut long = event("e0", 0);
    long.data.insert("note".to_owned(), event("", 200_000).raw.into());
    assert!(Envelope::wrap(&long).blob.is_some(), "long data without a body goes to S3 as well");
}

#[tokio::test]
async fn what_cannot_be_opened_says_whether_it_ever_will() {
    let canned = Canned::new(|_, _| (404, json!({})));
    let blobs = bus(&canned).blobs;
    let mut reasons = BTreeSet::new();
    for text in [
        "",
        "{}",
        r#"{"v":1,"id":"e","name":"n"}"#,
        r#"{"v":1,"id":"e","name":"n","event":"not base64"}"#,
        r#"{"v":1,"id":"e","name":"n","event":"bm90IGRlZmxhdGU="}"#,
        r#"{"v":1,"id":"e","name":"n","event":"","more":1}"#,
        r#"{"v":2,"anything":"else"}"#,
    ] {
        reasons.insert(format!("{:?}", Envelope::open(text, &blobs).await.unwrap_err()));
    }
    expect![[r#"
        {
            "Damaged(\"an envelope holds either an event or where it is\")",
            "Damaged(\"not an envelope: EOF while parsing a value at line 1 column 0\")",
            "Damaged(\"not an envelope: missing field `v`\")",
            "Damaged(\"not an envelope: unknown field `more`, expected one of `v`, `id`, `name`, `event`, `blob`\")",
            "Damaged(\"the event cannot be unpacked\")",
            "Damaged(\"the event is not base64\")",
            "Unknown(2)",
        }
    "#]]
    .assert_debug_eq(&reasons);
}
