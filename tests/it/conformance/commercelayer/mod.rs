//! Commerce Layer. Page: <https://docs.commercelayer.io/core>

mod orders;
mod tokens;

use super::accounts::settings;
use super::stage::Subject;
use crate::fakes::Answer;
use serde_json::{Value, json};

const ORDER: &str = include_str!(
    "../../../../shared/connectors/src/providers/commercelayer/fixtures/orders.place.json"
);

const GET: Subject = Subject {
    action: "order.get",
    provider: "commercelayer",
    settings: |url| settings("commercelayer", url),
    input: || json!({ "id": "qYdhPmLkNb" }),
};

const APPROVE: Subject = Subject { action: "order.approve", ..GET };

fn token(value: &str) -> Answer {
    Answer::json(
        200,
        json!({ "access_token": value, "token_type": "bearer", "expires_in": 7200, "scope": "" }),
    )
}

/// The order in that state.
fn order(status: &str) -> Answer {
    let mut document: Value = serde_json::from_str(ORDER).unwrap();
    document["data"]["attributes"]["status"] = json!(status);
    Answer::json(200, document)
}

fn error(status: u16, code: &str, detail: &str) -> Answer {
    let error =
        json!({ "title": code, "detail": detail, "code": code, "status": status.to_string() });
    Answer::json(status, json!({ "errors": [error] }))
}
