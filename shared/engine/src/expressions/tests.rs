use super::*;
use crate::problems::Place;
use crate::yaml;
use serde_json::{Value, json};

fn data() -> Scope {
    let trigger = json!({
        "test": false,
        "order": {
            "id": "o1",
            "number": "1001",
            "note": null,
            "total": { "amount": 5700, "currency": "EUR" },
            "yen": { "amount": 5700, "currency": "JPY" },
            "dinar": { "amount": 5700, "currency": "KWD" },
            "odd": { "amount": 1, "currency": "ZZZ" },
            "placed_at": "2026-01-31T22:15:00Z",
            "customer": { "email": "a@example.com", "name": "<b>O'Hara & \"Co\"</b>" },
            "tags": ["b", "a", "b"],
            "lines": [
                { "sku": "00123", "name": "Mug <red>", "quantity": 2,
                  "unit_price": { "amount": 1250, "currency": "EUR" },
                  "total": { "amount": 2500, "currency": "EUR" } },
                { "sku": null, "name": "Gift", "quantity": 1, "unit_price": null,
                  "total": { "amount": 3200, "currency": "EUR" } },
            ],
        },
    });
    Scope::new(&trigger, &json!({ "confirm": { "status": "succeeded", "message_id": "m1" } }))
}

fn compile(source: &str) -> Expression {
    Expression::compile(source, Place::START).unwrap()
}

fn check_value(source: &str, expected: impl Into<Value>) {
    assert_eq!(compile(source).evaluate(&data()).unwrap(), expected.into(), "{source}");
}

fn check_error(source: &str, expected: &str) {
    let error = compile(source).evaluate(&data()).unwrap_err();
    assert_eq!(error.to_string(), expected, "{source}");
}

fn check_refused(source: &str, expected: &str) {
    let problem = Expression::compile(source, Place::START).unwrap_err();
    assert_eq!(problem.to_string(), expected, "{source}");
}

fn template(source: &str) -> Template {
    Template::compile(&yaml::parse(source).unwrap()).unwrap()
}

fn check_rendered(source: &str, expected: Value) {
    assert_eq!(template(source).render(&data(), &["html"]).unwrap(), expected, "{source}");
}

fn check_render_error(source: &str, expected: &str) {
    let error = template(source).render(&data(), &["html"]).unwrap_err();
    assert_eq!(error.to_string(), expected, "{source}");
}

fn check_template_refused(source: &str, expected: &str) {
    let problems = Template::compile(&yaml::parse(source).unwrap()).unwrap_err();
    let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(shown.join("\n"), expected, "{source}");
}

mod filters;
mod language;
mod nulls;
mod page;
mod templates;
