//! What deliveries are read as.

use super::{NOW, connection, delivery, provider, received};
use crate::deliveries::{Delivery, KnownBy, Reading, Refusal, kept_headers, reread_verified};
use crate::described::Described;
use serde_json::{Value, json};
use tradewind_engine::descriptions::check;
use tradewind_engine::time::Timestamp;

const VERIFY: &str = "  verify: { shared_secret: { in: header, name: x-token, key: secret } }\n";

fn reads(rest: &str) -> Described {
    let provider =
        provider("  region: { default: eu, help: Where. }\n", &format!("{VERIFY}{rest}"));
    assert_eq!(check(provider.description(), &crate::catalog::catalog()), []);
    provider
}

fn genuine(headers: &[(&str, &str)], body: &Value) -> Delivery {
    delivery(&[&[("x-token", "s3cret")], headers].concat(), "page=2&x=1", body.to_string())
}

fn read(provider: &Described, body: &Value) -> Result<Reading, Refusal> {
    received(provider, json!({ "secret": "s3cret" }), &genuine(&[("x-topic", "moved")], body))
}

const CUSTOMERS: &str = "
  topic: ${{ delivery.body.type }}
  id: [\"${{ delivery.topic }}\", \"${{ delivery.body.id }}\"]
  test: ${{ delivery.body.sandbox }}
  events:
    - { topics: [made], if: \"${{ delivery.body.kind == 'company' }}\", event: webhook.received, data: { body: { region: \"${{ settings.region }}\" } } }
    - { topics: [made, changed], event: customer.created, once: \"${{ delivery.body.id }}\",
        since: { of: \"${{ delivery.body.at }}\", days: 2 }, data: { customer: { $use: customer, $of: \"${{ delivery.body }}\" } } }
parts:
  customer: { id: \"${{ it.id | text }}\", email: \"${{ it.email }}\", first_name: \"${{ it.names[0] }}\" }
";

#[test]
fn the_first_entry_that_fits_makes_the_event_and_what_is_missing_is_null() {
    let acme = reads(CUSTOMERS);
    let body = json!({ "type": "made", "id": 7, "sandbox": true, "names": ["Ada"] });
    let reading = read(&acme, &body).unwrap();
    assert_eq!((reading.topic.as_str(), reading.delivery_id.as_deref()), ("made", Some("made:7")));
    assert!(reading.test);
    let [happening] = &reading.happenings[..] else { panic!("{reading:?}") };
    assert_eq!(happening.event, "customer.created");
    assert_eq!(happening.known_by, KnownBy::Once("7".to_owned()));
    let customer = json!({ "id": "7", "email": null, "first_name": "Ada", "last_name": null });
    assert_eq!(Value::Object(happening.data.clone()), json!({ "customer": customer }));

    let company = read(&acme, &json!({ "type": "made", "id": 7, "kind": "company" })).unwrap();
    let [happening] = &company.happenings[..] else { panic!("{company:?}") };
    assert_eq!(happening.event, "webhook.received");
    assert_eq!(happening.known_by, KnownBy::Delivery);
    assert_eq!(happening.data["body"], json!({ "region": "eu" }));
    assert!(!company.test);
}

#[test]
fn a_topic_that_means_nothing_is_taken_and_is_no_event() {
    let acme = reads(CUSTOMERS);
    let reading = read(&acme, &json!({ "type": "gone" })).unwrap();
    assert_eq!(reading, Reading { topic: "gone".to_owned(), ..Reading::default() });
}

#[test]
fn what_happened_long_ago_is_no_event() {
    let acme = reads(CUSTOMERS);
    let at = |at: Value| read(&acme, &json!({ "type": "made", "id": 7, "at": at })).unwrap();
    let is_event = |reading: Reading| !reading.happenings.is_empty();
    assert!(is_event(at(json!("2025-11-21T12:00:00Z"))));
    assert!(!is_event(at(json!("2025-11-21T11:59:59Z"))));
    assert!(is_event(at(Value::Null)));
}

#[track_caller]
fn check_unfit(provider: &Described, body: &Value, expected: &str) {
    match read(provider, body) {
        Err(Refusal::PayloadInvalid(reason)) => assert!(reason.contains(expected), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_does_not_fit_is_a_delivery_that_cannot_be_read_and_says_where() {
    let acme = reads(CUSTOMERS);
    check_unfit(&acme, &json!({ "id": 7 }), "`topic` in line 12 of acme.yaml: it comes to no text");
    check_unfit(&acme, &json!({ "type": "made" }), "`once` in line 17 of acme.yaml");
    check_unfit(
        &acme,
        &json!({ "type": "made", "id": 7, "email": 5 }),
        "`data` in line 18 of acme.yaml: invalid type",
    );
    check_unfit(&acme, &json!({ "type": "made", "id": 7, "at": "then" }), "`since` in line 18");
    check_unfit(&acme, &json!({ "type": "made", "id": 7, "sandbox": "no" }), "`test` in line 14");
}

#[test]
fn each_item_is_an_event_of_its_own() {
    let acme = reads("
  id: ${{ item.id }}
  test: ${{ item.test }}
  items: ${{ delivery.body }}
  events: [{ if: \"${{ item.kind != 'noise' }}\", event: customer.created, data: { customer: { id: \"${{ item.id }}\" } } }]
");
    let body = json!([{ "id": "a" }, { "id": "n", "kind": "noise" }, { "id": "b", "test": true }]);
    let reading = read(&acme, &body).unwrap();
    let told = reading.happenings.iter().map(|one| (one.known_by.clone(), one.test));
    let item = |id: &str| KnownBy::Item(id.to_owned());
    assert_eq!(told.collect::<Vec<_>>(), [(item("a"), Some(false)), (item("b"), Some(true))]);
    assert_eq!(reading.topic, "*");
    check_unfit(&acme, &json!({}), "`items` in line 14 of acme.yaml: they are no list");
    check_unfit(&acme, &json!(vec![json!({ "id": "a" }); 1_001]), "more than 1000");
}

#[test]
fn items_without_ids_of_their_own_are_known_by_their_places() {
    let acme = reads(
        "
  id: ${{ delivery.body.id }}
  items: ${{ delivery.body.items }}
  events: [{ event: customer.created, data: { customer: { id: \"${{ item.id }}\" } } }]
",
    );
    let body = json!({ "id": "d-1", "items": [{ "id": "a" }, { "id": "b" }] });
    let told = read(&acme, &body).unwrap().happenings.into_iter().map(|one| one.known_by);
    let item = |id: &str| KnownBy::Item(id.to_owned());
    assert_eq!(told.collect::<Vec<_>>(), [item("d-1:0"), item("d-1:1")]);
}

#[test]
fn what_is_kept_of_a_delivery_is_enough_to_read_it_again_and_no_secret() {
    let acme = reads("
  topic: ${{ delivery.headers['x-topic'] }}
  id: ${{ delivery.query.page }}
  events: [{ topics: [moved], event: webhook.received, data: { body: [\"${{ delivery.headers }}\"] } }]
");
    let came = genuine(&[("x-topic", "moved"), ("x-other", "1")], &json!({}));
    let first = received(&acme, json!({ "secret": "s3cret" }), &came).unwrap();
    assert_eq!(first.happenings[0].data["body"], json!([{ "x-topic": "moved" }]));
    let endpoint = acme.provider().trigger.as_deref().unwrap();
    let kept = kept_headers(endpoint, &came);
    let other = ("x-other".to_owned(), "1".to_owned());
    assert_eq!(
        kept,
        [other, ("x-topic".to_owned(), "moved".to_owned())],
        "a repaired file may look at it"
    );
    assert_eq!(endpoint.kept_query(&came), "page=2&x=1");
    let kept: Vec<_> = kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let again = delivery(&kept, "page=2", "{}");
    let accepted_at = Timestamp::from_second(NOW).unwrap();
    let read = reread_verified(endpoint, &connection(&acme, json!({})), &again, accepted_at);
    assert_eq!(read.unwrap(), first);
}

#[test]
fn only_what_providers_tell_of_may_be_an_event_and_nothing_is_asked_for_that_is_not_done() {
    let refused = |rest: &str| {
        let provider = provider("", &format!("{VERIFY}  id: ${{{{ delivery.body.id }}}}\n{rest}"));
        let problems = check(provider.description(), &crate::catalog::catalog());
        problems.into_iter().map(|problem| problem.code).collect::<Vec<_>>().join(",")
    };
    for event in ["run.failed", "schedule.fired", "custom.made", "delivery.unmapped"] {
        let rest = format!("  events: [{{ event: {event}, data: {{}} }}]\n");
        assert_eq!(refused(&rest), "unknown_event", "{event}");
    }
    let known = "  events: [{ event: webhook.received, data: { body: 1 } }]\n";
    assert_eq!(refused(known), "");
    assert_eq!(refused(&format!("  enrich: {{ get: /x }}\n{known}")), "not_done_here");
}
