//! Deliveries at endpoints of files: who is believed, and what is read.

mod reading;
mod verifying;

use crate::connection::Connection;
use crate::deliveries::{Delivery, Reading, Refusal, verify_and_read};
use crate::described::Described;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};
use serde_json::Value;
use tradewind_engine::descriptions::Description;
use tradewind_engine::time::Timestamp;

/// 2025-11-23T12:00:00Z.
const NOW: i64 = 1_763_899_200;

/// A provider with that trigger and those settings besides its secret.
fn provider(settings: &str, trigger: &str) -> Described {
    let source = format!(
        "format: 1\nprovider: acme\ntitle: Acme\ndocumentation: https://acme.example\n\
         settings:\n  secret: {{ secret: true, several: true, help: Signs. }}\n{settings}\
         base_url: https://api.acme.example\ntrigger:\n{trigger}"
    );
    Described::of(Description::parse(&source).unwrap_or_else(|problems| panic!("{problems:?}")))
}

fn delivery(headers: &[(&str, &str)], query: &str, body: impl Into<Bytes>) -> Delivery {
    let headers = headers.iter().map(|(name, value)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap())
    });
    let headers: HeaderMap = headers.collect();
    Delivery { method: Method::POST, headers, query: query.to_owned(), body: body.into() }
}

fn connection(provider: &Described, settings: Value) -> Connection {
    let Value::Object(settings) = settings else { panic!("settings are a map") };
    Connection::new("account".into(), provider.provider(), settings)
}

fn received(
    provider: &Described,
    settings: Value,
    delivery: &Delivery,
) -> Result<Reading, Refusal> {
    let endpoint = provider.provider().trigger.as_deref().unwrap();
    let now = Timestamp::from_second(NOW).unwrap();
    verify_and_read(endpoint, &connection(provider, settings), delivery, now, 100_000)
}
