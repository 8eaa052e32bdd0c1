//! Whether a payload agrees with the topic that it came under. The topic stands in a header, and only
//! the body is signed: whoever has seen a body could send it again under another topic.
//!
//! Invariant: only a clear contradiction counts. What is missing says nothing, and a later state does
//! not contradict: an order that was placed may be cancelled when it is told of again.
//!
//! States: <https://docs.commercelayer.io/core/v/api-reference/orders/object>.

use super::document::Resource;
use crate::deliveries::Refusal;
use std::time::Duration;
use tradewind_engine::time::after;

/// Between making a resource and telling of it lie the repeated deliveries, hours at most; nobody
/// changes it for long meanwhile.
const MADE_WITHIN: Duration = Duration::from_secs(7 * 86_400);

/// What shows that something has not happened: the time of it is not set, and the resource is in a
/// state of before.
struct NotYet {
    topic: &'static str,
    at: &'static str,
    before: &'static [&'static str],
}

const NOT_YET: &[NotYet] = &[
    NotYet { topic: "orders.place", at: "placed_at", before: &["draft", "pending"] },
    NotYet {
        topic: "orders.approve",
        at: "approved_at",
        before: &["draft", "pending", "placing", "placed"],
    },
    NotYet {
        topic: "orders.cancel",
        at: "cancelled_at",
        before: &["draft", "pending", "placing", "placed", "editing", "approved"],
    },
    NotYet {
        topic: "shipments.ship",
        at: "shipped_at",
        before: &["draft", "upcoming", "on_hold", "picking", "packing", "ready_to_ship"],
    },
    NotYet {
        topic: "shipments.deliver",
        at: "delivered_at",
        before: &["draft", "upcoming", "on_hold", "picking", "packing", "ready_to_ship", "shipped"],
    },
];

/// Refuses a payload that says that its topic is another one.
pub(super) fn check(topic: &str, resource: &Resource<'_>) -> Result<(), Refusal> {
    let contradiction = match topic.split_once('.') {
        Some((_, "succeeded")) => has_failed(resource),
        Some(("customers" | "customer_subscriptions", "create")) => is_old(resource),
        _ => NOT_YET.iter().find(|rule| rule.topic == topic).and_then(|rule| rule.holds(resource)),
    };
    match contradiction {
        None => Ok(()),
        Some(what) => Err(Refusal::TopicContradictsPayload(format!("{topic}, but {what}"))),
    }
}

impl NotYet {
    fn holds(&self, resource: &Resource<'_>) -> Option<String> {
        let status = resource.text("status").filter(|status| self.before.contains(&&**status))?;
        let is_set = resource.text(self.at).is_some();
        (!is_set).then(|| format!("its status is {status} and {} is not set", self.at))
    }
}

fn has_failed(resource: &Resource<'_>) -> Option<String> {
    (resource.flag("succeeded") == Some(false)).then(|| "succeeded is false".to_owned())
}

fn is_old(resource: &Resource<'_>) -> Option<String> {
    let (created, updated) = (resource.moment("created_at")?, resource.moment("updated_at")?);
    (updated > after(created, MADE_WITHIN))
        .then(|| format!("it was created at {created} and changed at {updated}"))
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::*;
    use serde_json::{Value, json};

    fn check_state(topic: &str, attributes: Value, expected: bool) {
        let kind = topic.split('.').next().unwrap();
        let body = json!({ "data": { "type": kind, "id": "x", "attributes": attributes } });
        let document = Document::of(&body).unwrap();
        let found = check(topic, &document.primary);
        assert_eq!(found.is_ok(), expected, "{topic}: {attributes} {found:?}");
    }

    #[test]
    fn a_state_of_before_contradicts_unless_the_time_is_set() {
        let time = "2026-11-20T09:30:00Z";
        for (topic, at, before, then) in [
            ("orders.place", "placed_at", "pending", "placed"),
            ("orders.approve", "approved_at", "placed", "approved"),
            ("orders.cancel", "cancelled_at", "approved", "cancelled"),
            ("shipments.ship", "shipped_at", "packing", "shipped"),
            ("shipments.deliver", "delivered_at", "shipped", "delivered"),
        ] {
            check_state(topic, json!({ "status": before, at: null }), false);
            check_state(topic, json!({ "status": before }), false);
            check_state(topic, json!({ "status": before, at: time }), true);
            check_state(topic, json!({ "status": then, at: null }), true);
            check_state(topic, json!({ "status": then, at: time }), true);
            check_state(topic, json!({ at: null }), true);
            check_state(topic, json!({ "status": "of a later version", at: null }), true);
            check_state(topic, json!({}), true);
        }
    }

    #[test]
    fn a_later_state_does_not_contradict() {
        for status in ["placing", "placed", "editing", "approved", "cancelled"] {
            check_state("orders.place", json!({ "status": status, "placed_at": null }), true);
        }
        for status in ["editing", "cancelled"] {
            check_state("orders.approve", json!({ "status": status, "approved_at": null }), true);
        }
        check_state("shipments.ship", json!({ "status": "delivered" }), true);
    }

    #[test]
    fn what_did_not_succeed_has_not_succeeded() {
        for topic in ["authorizations.succeeded", "captures.succeeded", "refunds.succeeded"] {
            check_state(topic, json!({ "succeeded": true }), true);
            check_state(topic, json!({}), true);
            check_state(topic, json!({ "succeeded": "odd" }), true);
            check_state(topic, json!({ "succeeded": false }), false);
        }
    }

    #[test]
    fn what_was_changed_long_after_it_was_made_is_not_new() {
        for topic in ["customers.create", "customer_subscriptions.create"] {
            let of = |created: &str, updated: &str| json!({ "created_at": created, "updated_at": updated });
            let made = "2026-11-20T09:30:00Z";
            check_state(topic, of(made, made), true);
            check_state(topic, of(made, "2026-11-27T09:30:00Z"), true);
            check_state(topic, of(made, "2026-11-27T09:30:01Z"), false);
            check_state(topic, of(made, "odd"), true);
            check_state(topic, json!({}), true);
        }
    }
}
