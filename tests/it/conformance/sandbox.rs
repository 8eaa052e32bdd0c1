//! The sandbox: it answers like the others, and does nothing outside.

use super::stage::{KEY, Stage, fulfilled, outcome};
use crate::inputs::input;
use expect_test::expect;
use serde_json::{Value, json};
use tradewind_connectors::catalog::catalog;
use tradewind_engine::ports::Outbox;

async fn perform(stage: &Stage, action: &str, key: &str, input: Value) -> String {
    outcome(stage.perform_by(&fulfilled(action, "sandbox"), "", key, input).await)
}

#[tokio::test]
async fn every_contract_is_answered_and_kept_once_for_each_key() {
    let stage = Stage::new();
    let actions = catalog().actions;
    let mut lines = Vec::new();
    for action in actions.iter().map(|action| action.id.as_str()) {
        let first = perform(&stage, action, action, input(action)).await;
        let again = perform(&stage, action, action, input(action)).await;
        assert_eq!(first, again, "{action}");
        lines.push(format!("{action}: {first}"));
    }
    expect![[r#"
        email.send: done: {"message_id":"sandbox-baf96db4164b7902"}
        sheet.append_row: done: {"row_number":2,"appended":true}
        order.get: done: {"order":{"id":"order1","number":"order1","status":"placed","payment_status":"authorized","fulfillment_status":"unfulfilled","currency":"EUR","total":{"amount":5700,"currency":"EUR"},"subtotal":{"amount":5200,"currency":"EUR"},"shipping":{"amount":500,"currency":"EUR"},"discount":{"amount":0,"currency":"EUR"},"tax":{"amount":1028,"currency":"EUR"},"language":"en","guest":true,"placed_at":"2026-11-23T12:00:00Z","approved_at":null,"cancelled_at":null,"updated_at":"2026-11-23T12:00:00Z","customer":{"id":null,"email":"ada@example.com","first_name":"Ada","last_name":"Example"},"lines":[{"sku":"MUG-BLUE","name":"Blue mug","quantity":2,"unit_price":{"amount":1600,"currency":"EUR"},"total":{"amount":3200,"currency":"EUR"},"kind":"sku"},{"sku":"TEA-GREEN","name":"Green tea","quantity":1,"unit_price":{"amount":2000,"currency":"EUR"},"total":{"amount":2000,"currency":"EUR"},"kind":"sku"}],"shipping_address":{"first_name":"Ada","last_name":"Example","company":null,"line_1":"Via Esempio 1","line_2":null,"city":"Milano","postal_code":"20100","state":null,"country":"IT","phone":null},"billing_address":{"first_name":"Ada","last_name":"Example","company":null,"line_1":"Via Esempio 1","line_2":null,"city":"Milano","postal_code":"20100","state":null,"country":"IT","phone":null},"test":true}}
        order.approve: done: {"id":"order1","status":"approved","changed":true}
        chat.post: done: {"message_id":"sandbox-eb3f1b1131304463"}
        sms.send: done: {"message_id":"sandbox-911a3b41f8c3ca9f"}
        contact.upsert: done: {"id":"sandbox-1a63cdf4877b2b27","created":true}
        newsletter.subscribe: done: {"state":"subscribed"}
        newsletter.unsubscribe: done: {"state":"unsubscribed"}
        event.track: done: {}
        order.export: done: {"id":"sandbox-9266806a4193998d","created":true}
        http.request: done: {"status":200,"body":{"id":"text"}}
        webhook.send: done: {"id":"sandbox-eeaee699b333f470"}"#]].assert_eq(&lines.join("\n"));
    assert_eq!(stage.outbox.list(None, 100).await.unwrap().len(), actions.len());
}

#[tokio::test]
async fn the_outbox_says_who_asked_for_what() {
    let stage = Stage::new();
    perform(&stage, "chat.post", KEY, json!({ "text": "Hello" })).await;
    let entries = stage.outbox.list(Some(&"run-1".into()), 10).await.unwrap();
    expect![[r#"[{"key":"run-1:confirm","run":"run-1","step":"confirm","connection":"account","action":"chat.post","input":{"text":"Hello"},"output":{"message_id":"sandbox-7e5f37aff7c476f3"},"at":"2026-11-23T12:00:00Z"}]"#]].assert_eq(&serde_json::to_string(&entries).unwrap());
}

#[tokio::test]
async fn a_sheet_grows_by_one_row_for_each_key() {
    let stage = Stage::new();
    let row = |key| json!({ "sheet": "Orders", "key": key, "row": {} });
    let other = json!({ "sheet": "Returns", "key": "1", "row": {} });
    let lines = [
        perform(&stage, "sheet.append_row", "a", row("1")).await,
        perform(&stage, "sheet.append_row", "b", row("2")).await,
        perform(&stage, "sheet.append_row", "c", row("1")).await,
        perform(&stage, "sheet.append_row", "d", row("3")).await,
        perform(&stage, "sheet.append_row", "e", other).await,
    ];
    expect![[r#"
        done: {"row_number":2,"appended":true}
        done: {"row_number":3,"appended":true}
        done: {"row_number":2,"appended":false}
        done: {"row_number":4,"appended":true}
        done: {"row_number":2,"appended":true}"#]]
    .assert_eq(&lines.join("\n"));
}

#[tokio::test]
async fn what_a_real_provider_would_refuse_is_refused_here_too() {
    let stage = Stage::new();
    let mail = |subject: &str, to: &str| json!({ "to": to, "subject": subject, "text": "Hello" });
    let lines = [
        perform(&stage, "email.send", KEY, mail("a\r\nBcc: x@y", "a@b")).await,
        perform(&stage, "email.send", KEY, mail("a", "a@b, c@d")).await,
        perform(&stage, "email.send", KEY, mail("a\u{0}", "a@b")).await,
        perform(&stage, "sheet.append_row", KEY, json!({ "sheet": "", "key": "1", "row": {} }))
            .await,
        perform(&stage, "order.get", KEY, json!({ "id": "a\nb" })).await,
        perform(&stage, "chat.post", KEY, json!({ "text": "" })).await,
    ];
    expect![[r#"
        refused: header_injection: subject
        refused: address_invalid: to
        refused: control_character: subject
        refused: text_missing: sheet
        refused: header_injection: id
        refused: text_missing: text"#]]
    .assert_eq(&lines.join("\n"));
    assert!(stage.outbox.list(None, 1).await.unwrap().is_empty());
}
