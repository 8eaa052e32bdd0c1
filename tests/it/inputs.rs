//! What every action is tried with. An action that is new has to come here.

use serde_json::{Value, json};

/// What a step says after `with`.
pub(crate) fn input(action: &str) -> Value {
    match action {
        "email.send" => json!({ "to": "ada@example.com", "subject": "Hi", "text": "Hi" }),
        "order.get" | "order.approve" => json!({ "id": "order1" }),
        "sheet.append_row" => {
            json!({ "sheet": "Orders", "key": "${{ trigger.order.number }}", "row": {} })
        }
        "chat.post" => json!({ "text": "Hi" }),
        "sms.send" => json!({ "to": "+393331234567", "text": "Hi" }),
        "contact.upsert" => json!({ "email": "ada@example.com", "first_name": "Ada" }),
        "newsletter.subscribe" | "newsletter.unsubscribe" => {
            json!({ "email": "ada@example.com", "list": "news" })
        }
        "event.track" => {
            let at = "2026-11-23T12:00:00Z";
            json!({ "name": "Placed Order", "email": "ada@example.com", "at": at })
        }
        "order.export" => {
            let line =
                json!({ "sku": "MUG-BLUE", "name": "Blue mug", "quantity": 2, "kind": "sku" });
            let customer = json!({ "email": "ada@example.com" });
            json!({ "order": {
                "id": "order1", "number": "1001", "test": true, "customer": customer, "lines": [line],
            } })
        }
        "http.request" => {
            let expect = json!({ "id": "text" });
            json!({ "method": "POST", "path": "/orders", "json": { "a": 1 }, "expect": expect })
        }
        "webhook.send" => json!({ "type": "order.placed", "data": { "number": "1001" } }),
        other => panic!("nothing tries {other}: say its input here"),
    }
}
