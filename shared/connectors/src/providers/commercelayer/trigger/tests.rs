//! Webhooks as Commerce Layer sends them, and the whole of what each becomes.

use super::*;
use crate::connection::Connection;
use crate::deliveries::verify_and_read;
use crate::events;
use crate::providers::commercelayer::PROVIDER;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method};
use ring::hmac;
use serde_json::{Map, Value, json};

const SECRET: &str = "8a1f0c5b3d7e92460b1d";
const ORDER: &str = include_str!("../fixtures/orders.place.json");

fn connection(settings: Value) -> Connection {
    let settings: Map<String, Value> = serde_json::from_value(settings).unwrap();
    Connection::new("shop".into(), &PROVIDER, settings)
}

fn sign(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, body.as_bytes()))
}

fn delivery(topic: &str, signature: &str, body: &str) -> Delivery {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/vnd.api+json".parse().unwrap());
    headers.insert("X-CommerceLayer-Topic", topic.parse().unwrap());
    headers.insert("X-CommerceLayer-Signature", signature.parse().unwrap());
    let body = body.to_owned().into();
    Delivery { method: Method::POST, headers, query: String::new(), body }
}

fn received(connection: &Connection, delivery: &Delivery) -> Result<Reading, Refusal> {
    verify_and_read(&TRIGGER, connection, delivery, Timestamp::UNIX_EPOCH, 1_000_000)
}

fn signed(topic: &str, body: &str) -> Result<Reading, Refusal> {
    let connection = connection(json!({ "webhook_secret": SECRET }));
    received(&connection, &delivery(topic, &sign(SECRET, body), body))
}

fn check_event(topic: &str, body: &str, event: &str, expected: Value) {
    let reading = signed(topic, body).unwrap();
    let [happening] = &reading.happenings[..] else { panic!("{topic}: not one event") };
    assert_eq!(happening.event, event);
    let found = serde_json::to_string_pretty(&happening.data).unwrap();
    assert_eq!(found, serde_json::to_string_pretty(&expected).unwrap(), "{topic}");
}

fn check_refused(topic: &str, body: &str, reason: &str) {
    let refusal = signed(topic, body).unwrap_err();
    assert_eq!(refusal, Refusal::PayloadInvalid(reason.to_owned()));
}

fn check_signature(settings: Value, signature: &str, body: &str, expected: &str) {
    let received = received(&connection(settings), &delivery("orders.place", signature, body));
    assert_eq!(received.map_or_else(|refusal| refusal.code(), |_| "received"), expected);
}

#[test]
fn only_what_was_signed_with_the_secret_is_received() {
    let settings = || json!({ "webhook_secret": SECRET });
    let fits = sign(SECRET, ORDER);
    check_signature(settings(), &fits, ORDER, "received");
    check_signature(settings(), &sign("another", ORDER), ORDER, "signature_invalid");
    check_signature(settings(), &fits, &format!("{ORDER} "), "signature_invalid");
    check_signature(settings(), "", ORDER, "signature_missing");
    check_signature(settings(), "wrong", ORDER, "signature_invalid");
    check_signature(settings(), &format!("v0={fits}"), ORDER, "signature_invalid");
}

#[test]
fn a_missing_signature_is_refused() {
    let mut delivery = delivery("orders.place", "", ORDER);
    delivery.headers.remove(SIGNATURE);
    let connection = connection(json!({ "webhook_secret": SECRET }));
    assert_eq!(received(&connection, &delivery), Err(Refusal::SignatureMissing));
}

#[test]
fn while_a_secret_is_rotated_both_are_good() {
    let fits = sign(SECRET, ORDER);
    let settings = |secret: Value| json!({ "webhook_secret": secret });
    check_signature(settings(json!(["older", SECRET])), &fits, ORDER, "received");
    check_signature(settings(json!(["older"])), &fits, ORDER, "signature_invalid");
}

#[test]
fn without_a_secret_there_is_no_endpoint() {
    let unkeyed = sign(" ", ORDER);
    for settings in [
        json!({}),
        json!({ "webhook_secret": "" }),
        json!({ "webhook_secret": null }),
        json!({ "webhook_secret": [] }),
        json!({ "webhook_secret": [" "] }),
        json!({ "webhook_secret": 5 }),
    ] {
        check_signature(settings, &unkeyed, ORDER, "not_found");
    }
}

#[test]
fn an_order_is_mapped_whole() {
    let address = |first_name: &str| {
        json!({
            "first_name": first_name, "last_name": "Ferri", "company": null,
            "line_1": "Via dei Tigli 12", "line_2": "Scala B", "city": "Bologna",
            "postal_code": "40137", "state": "BO", "country": "IT", "phone": "+39 051 555 0142",
        })
    };
    let mut billing_address = address("Giulia");
    billing_address["company"] = json!("Ferri & Figlie Srl");
    billing_address["line_1"] = json!("Piazza Maggiore 1");
    billing_address["line_2"] = Value::Null;
    billing_address["phone"] = Value::Null;
    let eur = |amount: i64| json!({ "amount": amount, "currency": "EUR" });
    let expected = json!({ "order": {
        "id": "qYdhPmLkNb",
        "number": "48213",
        "status": "placed",
        "payment_status": "authorized",
        "fulfillment_status": "unfulfilled",
        "currency": "EUR",
        "total": eur(13_030),
        "subtotal": eur(13_700),
        "shipping": eur(700),
        "discount": eur(-1_370),
        "tax": eur(2_350),
        "language": "it",
        "guest": false,
        "placed_at": "2026-11-03T09:14:27.418Z",
        "approved_at": null,
        "cancelled_at": null,
        "updated_at": "2026-11-03T09:14:27.433Z",
        "customer": {
            "id": "bWpLhVzTgN", "email": "giulia.ferri@example.com",
            "first_name": "Giulia", "last_name": "Ferri",
        },
        "lines": [
            {
                "sku": "CANDELA-0042", "name": "Candela al fico", "quantity": 3,
                "unit_price": eur(2_900), "total": eur(8_700), "kind": "sku",
            },
            {
                "sku": "CONF-NATALE", "name": "Confezione di Natale", "quantity": 1,
                "unit_price": eur(2_500), "total": eur(2_500), "kind": "bundle",
            },
            {
                "sku": null, "name": "Buono regalo", "quantity": 1,
                "unit_price": eur(2_500), "total": eur(2_500), "kind": "gift_card",
            },
        ],
        "shipping_address": address("Marta"),
        "billing_address": billing_address,
        "test": false,
    } });
    check_event("orders.place", ORDER, "order.placed", expected);
}

#[test]
fn an_order_without_its_relations_has_nulls() {
    let body = include_str!("../fixtures/orders.place_sparse.json");
    let yen = |amount: i64| json!({ "amount": amount, "currency": "JPY" });
    let expected = json!({ "order": {
        "id": "qYdhPmLkNb",
        "number": "48214",
        "status": "placed",
        "payment_status": "authorized",
        "fulfillment_status": "unfulfilled",
        "currency": "JPY",
        "total": yen(5_800),
        "subtotal": null,
        "shipping": null,
        "discount": yen(0),
        "tax": null,
        "language": null,
        "guest": true,
        "placed_at": "2026-11-03T09:14:27Z",
        "approved_at": null,
        "cancelled_at": null,
        "updated_at": "2026-11-03T09:14:27.433Z",
        "customer": { "id": null, "email": null, "first_name": null, "last_name": null },
        "lines": [],
        "shipping_address": null,
        "billing_address": null,
        "test": true,
    } });
    check_event("orders.place", body, "order.placed", expected);
    assert!(signed("orders.place", body).unwrap().test);
}

#[test]
fn other_order_topics_are_other_events() {
    let body = include_str!("../fixtures/orders.approve.json");
    let reading = signed("orders.approve", body).unwrap();
    assert_eq!(reading.happenings[0].event, "order.approved");
    assert_eq!(reading.happenings[0].data["order"]["status"], "approved");
    assert_eq!(reading.happenings[0].data["order"]["approved_at"], "2026-11-03T10:00:00Z");
    let cancelled = ORDER.replace("\"status\": \"placed\"", "\"status\": \"cancelled\"");
    assert_eq!(signed("orders.cancel", &cancelled).unwrap().happenings[0].event, "order.cancelled");
}

#[test]
fn a_payload_that_contradicts_its_topic_is_not_believed() {
    let body = include_str!("../fixtures/captures.succeeded_not.json");
    for (topic, body, why) in [
        ("orders.cancel", ORDER, "its status is placed and cancelled_at is not set"),
        ("orders.approve", ORDER, "its status is placed and approved_at is not set"),
        ("captures.succeeded", body, "succeeded is false"),
    ] {
        let expected = format!("{topic}, but {why}");
        assert_eq!(signed(topic, body), Err(Refusal::TopicContradictsPayload(expected)));
    }
}

#[test]
fn transactions_become_payments() {
    let payment = |id: &str, kind: &str, amount: i64| {
        json!({ "payment": {
            "id": id, "kind": kind, "amount": { "amount": amount, "currency": "EUR" },
            "gateway_id": "ch_3QaYb2LkdIwHu7ix",
            "order_id": "qYdhPmLkNb", "order_number": "48213",
            "customer_email": "giulia.ferri@example.com",
            "created_at": "2026-11-03T10:00:00.01Z",
        } })
    };
    let authorization = include_str!("../fixtures/authorizations.succeeded.json");
    let expected = payment("gJhKlMnBvA", "authorization", 13_030);
    check_event("authorizations.succeeded", authorization, "payment.authorized", expected);
    let capture = include_str!("../fixtures/captures.succeeded.json");
    let expected = payment("gJhKlMnBvC", "capture", 13_030);
    check_event("captures.succeeded", capture, "payment.captured", expected);
    let refund = include_str!("../fixtures/refunds.succeeded.json");
    let expected = payment("gJhKlMnBvR", "refund", 2_900);
    check_event("refunds.succeeded", refund, "payment.refunded", expected);
}

#[test]
fn shipments_have_parcels() {
    let expected = json!({ "shipment": {
        "id": "rTyUiOpAsS", "number": "48213/S/001", "status": "shipped",
        "order_id": "qYdhPmLkNb", "order_number": "48213",
        "customer_email": "giulia.ferri@example.com",
        "parcels": [
            {
                "id": "pLmOkNiJbA", "number": "48213/S/001/P/001",
                "tracking_number": "1Z999AA10123456781", "tracking_status": "in_transit",
            },
            {
                "id": "pLmOkNiJbB", "number": "48213/S/001/P/002",
                "tracking_number": null, "tracking_status": null,
            },
        ],
        "updated_at": "2026-11-04T06:31:00.095Z",
    } });
    let body = include_str!("../fixtures/shipments.ship.json");
    check_event("shipments.ship", body, "shipment.shipped", expected);
}

#[test]
fn a_shipment_without_its_relations_has_nulls() {
    let expected = json!({ "shipment": {
        "id": "rTyUiOpAsS", "number": "48213/S/001", "status": "delivered",
        "order_id": null, "order_number": null, "customer_email": null,
        "parcels": [], "updated_at": "2026-11-04T06:31:00.095Z",
    } });
    let body = include_str!("../fixtures/shipments.deliver_sparse.json");
    check_event("shipments.deliver", body, "shipment.delivered", expected);
}

#[test]
fn customers_and_their_wishes_are_told_of() {
    let customer = |id: Value, email: &str| json!({ "id": id, "email": email, "first_name": null, "last_name": null });
    let giulia = customer(json!("bWpLhVzTgN"), "giulia.ferri@example.com");
    let body = include_str!("../fixtures/customers.create.json");
    let expected = json!({ "customer": giulia });
    check_event("customers.create", body, "customer.created", expected);
    let body = include_str!("../fixtures/customer_subscriptions.create.json");
    let subscription = json!({ "id": "cXsWzAqEdS", "list": "newsletter-it" });
    let expected = json!({ "subscription": subscription, "customer": giulia });
    check_event("customer_subscriptions.create", body, "customer.subscribed", expected);
    let body = include_str!("../fixtures/in_stock_subscriptions.notify.json");
    let expected = json!({
        "stock": { "sku": "CANDELA-0042", "subscription_id": "fVgBhNjMkI" },
        "customer": customer(Value::Null, "anna.kraus@example.com"),
    });
    check_event("in_stock_subscriptions.notify", body, "stock.replenished", expected);
}

#[test]
fn an_unknown_topic_is_received_and_means_nothing() {
    let reading = signed("orders.tagged", ORDER).unwrap();
    assert_eq!(reading.happenings, []);
    let id = "orders.tagged:orders:qYdhPmLkNb:2026-11-03T09:14:27.433Z";
    assert_eq!(reading.delivery_id.as_deref(), Some(id));
    assert_eq!(signed("bundles.create", "[]").unwrap().happenings, []);
}

#[test]
fn a_delivery_without_update_time_has_no_id() {
    let body = ORDER.replace("\"updated_at\"", "\"updated\"");
    assert_eq!(signed("orders.place", &body).unwrap().delivery_id, None);
}

#[test]
fn a_payload_without_what_its_topic_promises_is_refused() {
    check_refused("", ORDER, "x-commercelayer-topic is missing");
    check_refused("captures.succeeded", ORDER, "data.type is not captures");
    check_refused("orders.place", "{}", "data has no type and id");
    check_refused("orders.place", "[]", "data has no type and id");
}

/// Every value of the body in turn becomes each of these: it is an event all the same, unless nothing
/// says any more what it is about.
#[test]
fn one_odd_value_never_decides_over_the_whole_document() {
    let fixtures = [
        ("orders.place", ORDER),
        ("authorizations.succeeded", include_str!("../fixtures/authorizations.succeeded.json")),
        ("shipments.ship", include_str!("../fixtures/shipments.ship.json")),
        ("customers.create", include_str!("../fixtures/customers.create.json")),
        (
            "customer_subscriptions.create",
            include_str!("../fixtures/customer_subscriptions.create.json"),
        ),
        (
            "in_stock_subscriptions.notify",
            include_str!("../fixtures/in_stock_subscriptions.notify.json"),
        ),
    ];
    let odd = [json!(null), json!("x"), json!(1.5), json!(true), json!([1]), json!({ "a": 1 })];
    for (topic, body) in fixtures {
        let topic = TRIGGER.topics.iter().find(|known| known.name == topic).unwrap();
        let mut whole: Value = serde_json::from_str(body).unwrap();
        let mut places = Vec::new();
        collect_places(&whole, String::new(), &mut places);
        let needed = ["", "/data", "/data/type", "/data/id"];
        for place in places.iter().filter(|place| !needed.contains(&place.as_str())) {
            for value in &odd {
                let place = place.as_str();
                let before = std::mem::replace(whole.pointer_mut(place).unwrap(), value.clone());
                let happenings = happenings(topic, &Document::of(&whole).unwrap());
                assert_eq!(
                    happenings.map(|all| all.len()),
                    Ok(1),
                    "{}: {place}: {value}",
                    topic.name
                );
                *whole.pointer_mut(place).unwrap() = before;
            }
        }
    }
}

fn collect_places(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                collect_places(member, format!("{place}/{name}"), places);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_places(item, format!("{place}/{index}"), places);
            }
        }
        _ => {}
    }
    places.push(place);
}

fn check_amount(written: Value, expected: Value, notes: usize) {
    let mut order: Value = serde_json::from_str(ORDER).unwrap();
    order["data"]["attributes"]["total_amount_with_taxes_cents"] = written.clone();
    order["data"]["attributes"]["tax_included"] = json!(false);
    let reading = signed("orders.place", &order.to_string()).unwrap();
    let total = &reading.happenings[0].data["order"]["total"];
    assert_eq!(total["amount"], expected, "{written}");
    assert_eq!(reading.notes.len(), notes, "{written}: {:?}", reading.notes);
}

#[test]
fn an_amount_is_a_whole_number_however_it_is_written() {
    check_amount(json!(13_030), json!(13_030), 0);
    check_amount(json!("13030"), json!(13_030), 0);
    check_amount(json!(" 13030 "), json!(13_030), 0);
    check_amount(json!(13_030.0), json!(13_030), 0);
    check_amount(json!("13030.0"), json!(13_030), 0);
    check_amount(json!("-5"), json!(-5), 0);
    check_amount(json!(null), json!(null), 0);
    check_amount(json!(""), json!(null), 0);
    for odd in [json!(130.3), json!("130,30"), json!("12345678901234567890123"), json!(1e300)] {
        check_amount(odd, json!(null), 1);
    }
}

#[test]
fn what_was_odd_is_noted_by_resource_and_name() {
    let body = ORDER.replace("\"total_amount_cents\": 8700", "\"total_amount_cents\": \"many\"");
    let body = body.replace(
        "\"currency_code\": \"EUR\",\n      \"tax_included\"",
        "\"currency_code\": {},\n      \"tax_included\"",
    );
    let reading = signed("orders.place", &body).unwrap();
    let order = &reading.happenings[0].data["order"];
    assert_eq!((&order["currency"], &order["total"]), (&Value::Null, &Value::Null));
    assert_eq!(order["lines"][0]["total"], Value::Null);
    assert_eq!(order["lines"][0]["unit_price"], json!({ "amount": 2_900, "currency": "EUR" }));
    assert_eq!(reading.notes.len(), 2, "{:?}", reading.notes);
    let note = "orders qYdhPmLkNb: currency_code is no text and counts as null";
    assert_eq!(reading.notes[0], note);
    assert!(reading.notes[1].contains("total_amount_cents is not a whole number"));
}

#[test]
fn ids_may_be_numbers_and_lines_may_lack_their_type() {
    let body = json!({
        "data": {
            "type": "orders", "id": 7, "attributes": { "status": "placed", "updated_at": "x" },
            "relationships": { "line_items": { "data": [{ "type": "line_items", "id": 1 }] } },
        },
        "included": [{ "type": "line_items", "id": "1", "attributes": { "sku_code": 42 } }],
    });
    let reading = signed("orders.place", &body.to_string()).unwrap();
    assert_eq!(reading.delivery_id.as_deref(), Some("orders.place:orders:7:x"));
    let order = &reading.happenings[0].data["order"];
    assert_eq!((&order["id"], &order["number"]), (&json!("7"), &json!("7")));
    assert_eq!(
        (&order["lines"][0]["sku"], &order["lines"][0]["name"]),
        (&json!("42"), &json!("42"))
    );
}

#[test]
fn every_topic_gives_an_event_of_the_catalog() {
    let events: Vec<&str> = events::all().iter().map(|event| event.name).collect();
    for topic in TRIGGER.topics {
        assert!(events.contains(&topic.event), "{}", topic.name);
    }
}
