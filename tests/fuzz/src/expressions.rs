//! Expressions and templates: compiled or refused, evaluated or failed, with bounded work, and never a null, a list or
//! a map in text.

use serde_json::{Value, json};
use tradewind_engine::expressions::{Expression, Scope, Template};
use tradewind_engine::problems::Place;
use tradewind_engine::yaml;

/// As an expression by itself, and as the text of a field.
pub fn check(data: &[u8]) {
    let Ok(source) = std::str::from_utf8(data) else { return };
    let scope = scope();
    if let Ok(expression) = Expression::compile(source, Place::START) {
        let value = expression.evaluate(&scope);
        assert_eq!(value, expression.evaluate(&scope), "the same data gives the same value");
        if let Ok(holds) = expression.holds(&scope) {
            assert_eq!(value, Ok(Value::Bool(holds)));
        }
    }
    // JSON is YAML, so that any text can be a field.
    let file = json!({ "html": source, "text": format!("a {source} b") }).to_string();
    let Ok(node) = yaml::parse(&file) else { return };
    let Ok(template) = Template::compile(&node) else { return };
    if let Ok(rendered) = template.render(&scope, &["html"]) {
        assert!(rendered["text"].is_string(), "mixed text gives text: {rendered}");
    }
}

fn scope() -> Scope {
    let trigger = json!({
        "test": false,
        "order": {
            "id": "o1", "number": "1001", "note": null, "total": { "amount": 5_700, "currency": "EUR" },
            "placed_at": "2026-01-31T22:15:00Z", "customer": { "email": "a@example.com" },
            "tags": ["b", "a", "b"], "lines": [
                { "name": "Mug <1>", "sku": "M", "quantity": 2, "unit_price": { "amount": 1, "currency": "JPY" },
                  "total": { "amount": 2, "currency": "JPY" } },
            ],
        },
    });
    let steps = json!({ "first": { "status": "succeeded", "message_id": "m1", "row_number": 7 } });
    Scope::new(&trigger, &steps)
}
