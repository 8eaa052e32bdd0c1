//! Commerce Layer's webhooks: who signed one, and what it tells.
//!
//! Invariant: a topic that nobody can listen to is received all the same, because 30 failures in a
//! row make Commerce Layer stop all deliveries.
//!
//! The topic stands in a header that is not signed: `states` looks whether the payload agrees.
//!
//! <https://docs.commercelayer.io/core/real-time-webhooks>

use super::document::{Document, Resource};
use super::settings::Settings;
use super::{mapping, states};
use crate::deliveries::{
    Delivery, GivesUp, Happening, Reading, Refusal, Topic, TriggerEndpoint, json, signature,
};
use crate::events::{CustomerData, OrderData, PaymentData, PaymentKind, ShipmentData};
use crate::settings::GivenSettings;
use tradewind_engine::time::Timestamp;

const SIGNATURE: &str = "x-commercelayer-signature";
const TOPIC: &str = "x-commercelayer-topic";

const ORDER_PARTS: &[&str] = &["customer", "line_items", "shipping_address", "billing_address"];

/// How Commerce Layer's webhooks are received.
pub static TRIGGER: TriggerEndpoint = TriggerEndpoint {
    topics: &[
        Topic { name: "orders.place", event: "order.placed", include: ORDER_PARTS },
        Topic { name: "orders.approve", event: "order.approved", include: ORDER_PARTS },
        Topic { name: "orders.cancel", event: "order.cancelled", include: ORDER_PARTS },
        // Transactions are told of when they are made, too, even those that failed.
        Topic {
            name: "authorizations.succeeded",
            event: "payment.authorized",
            include: &["order"],
        },
        Topic { name: "captures.succeeded", event: "payment.captured", include: &["order"] },
        Topic { name: "refunds.succeeded", event: "payment.refunded", include: &["order"] },
        Topic { name: "shipments.ship", event: "shipment.shipped", include: &["order", "parcels"] },
        Topic {
            name: "shipments.deliver",
            event: "shipment.delivered",
            include: &["order", "parcels"],
        },
        Topic { name: "customers.create", event: "customer.created", include: &[] },
        Topic {
            name: "customer_subscriptions.create",
            event: "customer.subscribed",
            include: &["customer"],
        },
        Topic {
            name: "in_stock_subscriptions.notify",
            event: "stock.replenished",
            include: &["customer", "sku"],
        },
    ],
    settings: &["webhook_secret"],
    verify,
    headers: &[TOPIC],
    topic,
    read,
    // <https://docs.commercelayer.io/core/real-time-webhooks#circuit-breaker>
    gives_up: Some(GivesUp {
        failures: 30,
        counted_by: TOPIC,
        consequence: "Commerce Layer stops sending. The way back, once the cause is repaired: PATCH \
                      /api/webhooks/ID with the attribute `_reset_circuit: true`",
    }),
    ..TriggerEndpoint::PLAIN
};

/// The key is the shared secret as text, although it looks hexadecimal
/// (<https://docs.commercelayer.io/core/callbacks-security>).
fn verify(given: &GivenSettings, delivery: &Delivery, _now: Timestamp) -> Result<(), Refusal> {
    let settings: Settings = given.typed().map_err(|_| {
        Refusal::NotReady("the setting webhook_secret is no secret and no list of them".to_owned())
    })?;
    let secrets = settings.webhook_secret.unwrap_or_default();
    let keys: Vec<&[u8]> = secrets.texts()?.into_iter().map(str::as_bytes).collect();
    let given = delivery.headers.get(SIGNATURE).filter(|given| !given.is_empty());
    let given = given.ok_or(Refusal::SignatureMissing)?;
    let digest = given.to_str().ok().and_then(signature::from_base64);
    signature::verify(&keys, &[&delivery.body], &[digest.ok_or(Refusal::SignatureInvalid)?])
}

fn topic(delivery: &Delivery) -> Option<&str> {
    delivery.header(TOPIC).filter(|topic| !topic.is_empty())
}

fn read(delivery: &Delivery) -> Result<Reading, Refusal> {
    let topic =
        topic(delivery).ok_or_else(|| Refusal::PayloadInvalid(format!("{TOPIC} is missing")))?;
    let json::Body { value: body, mut notes } = json::read_without_links(&delivery.body)?;
    let document = Document::of(&body);
    let known = TRIGGER.topics.iter().find(|known| known.name == topic);
    let happenings = match (known, &document) {
        (None, _) => Vec::new(),
        (Some(known), Ok(document)) => happenings(known, document)?,
        (Some(_), Err(refusal)) => return Err(refusal.clone()),
    };
    let document = document.ok();
    if let Some(document) = &document {
        notes.extend(document.notes());
    }
    let primary = document.map(|document| document.primary);
    Ok(Reading {
        topic: topic.to_owned(),
        delivery_id: primary.as_ref().and_then(|primary| delivery_id(topic, primary)),
        test: primary.is_some_and(|primary| primary.is_test()),
        happenings,
        notes,
        unpacked: None,
    })
}

/// There is no delivery id; a resource that has not changed since tells of the same thing again.
fn delivery_id(topic: &str, primary: &Resource<'_>) -> Option<String> {
    let updated_at = primary.text("updated_at")?;
    Some(format!("{topic}:{}:{}:{updated_at}", primary.kind, primary.id))
}

fn happenings(topic: &Topic<'static>, document: &Document<'_>) -> Result<Vec<Happening>, Refusal> {
    let (kind, _) = topic.name.split_once('.').unwrap_or_default();
    if document.primary.kind != kind {
        return Err(Refusal::PayloadInvalid(format!("data.type is not {kind}")));
    }
    states::check(topic.name, &document.primary)?;
    let event = topic.event;
    let payment = |kind| {
        let payment = mapping::payment(document, kind);
        Happening::new(event, &PaymentData { payment })
    };
    Ok(vec![match kind {
        "orders" => Happening::new(event, &OrderData { order: mapping::order(document) }),
        "authorizations" => payment(PaymentKind::Authorization),
        "captures" => payment(PaymentKind::Capture),
        "refunds" => payment(PaymentKind::Refund),
        "shipments" => {
            Happening::new(event, &ShipmentData { shipment: mapping::shipment(document) })
        }
        "customers" => {
            let customer = mapping::created_customer(document);
            Happening::new(event, &CustomerData { customer })
        }
        "customer_subscriptions" => Happening::new(event, &mapping::subscription(document)),
        "in_stock_subscriptions" => Happening::new(event, &mapping::stock(document)),
        _ => return Ok(Vec::new()),
    }])
}

#[cfg(test)]
mod tests;
