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
        other => panic!("nothing tries {other}: say its input here"),
    }
}
