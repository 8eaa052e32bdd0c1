//! Deliveries of a stranger, who knows no secret: every endpoint refuses them, whatever the headers are.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::json;
use tradewind_connectors::catalog::catalog;
use tradewind_connectors::deliveries::Delivery;
use tradewind_connectors::settings::GivenSettings;
use tradewind_engine::time::Timestamp;

/// Lines `name: value`, an empty line, and the body.
pub fn check(data: &[u8]) {
    let (head, body) = split(data);
    let lines = head.split(|byte| *byte == b'\n');
    let headers: HeaderMap = lines.filter_map(header).collect();
    let now: Timestamp = "2026-11-27T12:00:00Z".parse().expect("it is a time");
    for provider in catalog().providers {
        let Some(endpoint) = &provider.trigger else { continue };
        let delivery = Delivery {
            method: Method::POST,
            headers: headers.clone(),
            query: String::new(),
            body: body.to_vec().into(),
        };
        let settings = json!({
            "webhook_secret": "whsec_bm9ib2R5IGtub3dzIHRoaXMgb25lIGhlcmU=",
            "verify": { "scheme": "standard_webhooks", "secret": "whsec_bm9ib2R5IGtub3dzIHRoaXMgb25lIGhlcmU=" },
        });
        let settings = settings.as_object().expect("it is a map").clone();
        let settings = GivenSettings::new(settings);
        assert!(endpoint.verify(&settings, &delivery, now).is_err(), "{}", provider.id);
        let _ = endpoint.topic(&settings, &delivery);
        let _ = endpoint.handshake(&delivery);
        // What was signed is read; any body must be answered.
        let _ = endpoint.read(&settings, &delivery, now);
        let _ = endpoint.secret_fault(&String::from_utf8_lossy(body));
    }
}

fn split(data: &[u8]) -> (&[u8], &[u8]) {
    match data.windows(2).position(|two| two == b"\n\n") {
        Some(at) => (&data[..at], &data[at + 2..]),
        None => (data, b""),
    }
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let at = line.iter().position(|byte| *byte == b':')?;
    let value = line[at + 1..].trim_ascii();
    Some((HeaderName::from_bytes(&line[..at]).ok()?, HeaderValue::from_bytes(value).ok()?))
}
