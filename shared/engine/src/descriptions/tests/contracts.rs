//! The contracts and events that the files of these tests name, as little of each as they need.

use crate::descriptions::{Argument, Authenticator, Contracts};
use crate::ids::ActionId;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) struct Known {
    actions: BTreeMap<&'static str, (Value, Value)>,
    events: BTreeMap<&'static str, Value>,
}

/// A map of these fields; those with a `?` may be left out or null.
fn map(fields: &[(&str, Value)]) -> Value {
    let mut properties = serde_json::Map::new();
    let mut required = Vec::new();
    for (name, schema) in fields {
        match name.strip_suffix('?') {
            Some(name) => {
                let schema = json!({ "anyOf": [schema, { "type": "null" }] });
                properties.insert(name.to_owned(), schema);
            }
            None => {
                required.push(*name);
                properties.insert((*name).to_owned(), schema.clone());
            }
        }
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

pub(super) fn known() -> Known {
    let text = || json!({ "type": "string" });
    let flag = || json!({ "type": "boolean" });
    let whole = || json!({ "type": "integer" });
    let open = || json!({ "type": "object" });
    let money = || map(&[("amount", whole()), ("currency", text())]);
    let words = |words: &[&str]| json!({ "type": "string", "enum": words });
    let line = map(&[
        ("sku?", text()),
        ("name?", text()),
        ("quantity?", whole()),
        ("kind", words(&["sku", "shipping"])),
        ("unit_price?", money()),
        ("total?", money()),
    ]);
    let address = map(&[
        ("line_1?", text()),
        ("city?", text()),
        ("postal_code?", text()),
        ("country?", text()),
    ]);
    let order = map(&[
        ("id", text()),
        ("number", text()),
        ("status", words(&["placed", "cancelled"])),
        ("payment_status?", text()),
        ("currency", text()),
        ("total?", money()),
        ("tax?", money()),
        ("discount?", money()),
        ("guest?", flag()),
        ("test", flag()),
        ("placed_at?", text()),
        ("customer?", map(&[("email?", text()), ("first_name?", text())])),
        ("lines", json!({ "type": "array", "items": line })),
        ("shipping_address?", address.clone()),
        ("billing_address?", address),
    ]);
    let payment = map(&[
        ("id", text()),
        ("kind", words(&["authorization", "capture"])),
        ("amount", money()),
        ("gateway_id?", text()),
        ("order_id?", text()),
        ("customer_email?", text()),
        ("created_at?", text()),
    ]);
    let address = || json!({ "type": "string", "format": "email" });
    let file = map(&[("name", text()), ("content_type", text()), ("content", text())]);
    let mut mail = map(&[
        ("to", address()),
        ("to_name?", text()),
        ("cc?", json!({ "type": "array", "items": address() })),
        ("bcc?", json!({ "type": "array", "items": address() })),
        ("subject?", text()),
        ("html?", text()),
        ("text?", text()),
        ("from?", text()),
        ("from_name?", text()),
        ("reply_to?", text()),
        ("template_id?", text()),
        ("data?", open()),
        ("attachments?", json!({ "type": "array", "items": file })),
    ]);
    mail["anyOf"] = json!([{ "required": ["subject"] }, { "required": ["template_id"] }]);
    let person = [("first_name?", text()), ("last_name?", text()), ("email", text())];
    let with = |others: &[(&str, Value)]| map(&[&person[..], others].concat());
    let message = || map(&[("message_id?", text())]);
    let exported = map(&[
        (
            "order",
            map(&[
                ("number", text()),
                ("currency", text()),
                ("lines", json!({ "type": "array", "items": line })),
            ]),
        ),
        ("customer", text()),
        ("due", text()),
    ]);
    let tracked = map(&[
        ("name", text()),
        ("email", text()),
        ("at", text()),
        ("value?", money()),
        ("properties?", open()),
    ]);
    let created = || map(&[("id", text()), ("created?", flag())]);
    let row = map(&[("sheet", text()), ("key", text()), ("row", open())]);
    let appended = map(&[("row_number?", whole()), ("appended?", flag())]);
    let captured = map(&[("id", text()), ("amount?", money())]);
    let state = map(&[("state", words(&["pending", "subscribed"]))]);
    let actions = [
        ("email.send", (mail, message())),
        ("chat.post", (map(&[("text", text())]), message())),
        ("sms.send", (map(&[("to", text()), ("text", text())]), message())),
        ("newsletter.subscribe", (with(&[("list", text())]), state)),
        ("contact.upsert", (with(&[("phone?", text()), ("fields?", open())]), created())),
        ("sheet.append_row", (row, appended)),
        ("payment.capture", (map(&[("payment", text()), ("amount", money())]), captured)),
        ("event.track", (tracked, map(&[]))),
        ("order.export", (exported, created())),
        ("order.get", (map(&[("id", text())]), map(&[("order", order.clone())]))),
    ];
    let received = map(&[("body?", json!({})), ("topic?", text())]);
    let events = [
        ("order.placed", map(&[("order", order.clone())])),
        ("order.cancelled", map(&[("order", order)])),
        ("payment.authorized", map(&[("payment", payment.clone())])),
        ("payment.captured", map(&[("payment", payment)])),
        ("webhook.received", received),
    ];
    Known { actions: actions.into(), events: events.into() }
}

impl Contracts for Known {
    fn actions(&self) -> Vec<&str> {
        self.actions.keys().copied().collect()
    }

    fn action_input(&self, action: &ActionId) -> Option<&Value> {
        self.actions.get(action.as_str()).map(|(input, _)| input)
    }

    fn action_output(&self, action: &ActionId) -> Option<&Value> {
        self.actions.get(action.as_str()).map(|(_, output)| output)
    }

    fn events(&self) -> Vec<&str> {
        self.events.keys().copied().collect()
    }

    fn event_schema(&self, event: &str) -> Option<&Value> {
        self.events.get(event)
    }

    fn authenticators(&self) -> Vec<Authenticator> {
        const fn argument(name: &'static str, required: bool, secret: bool) -> Argument {
            Argument { name, required, secret }
        }
        const ARGUMENTS: &[Argument] = &[
            argument("region", true, false),
            argument("secret_access_key", true, true),
            argument("session_token", false, true),
        ];
        vec![Authenticator { name: "aws_sigv4", arguments: ARGUMENTS }]
    }

    fn verifiers(&self) -> Vec<&str> {
        vec!["twilio"]
    }
}
