//! Webhooks of services without a connector of their own, signed by the Standard Webhooks scheme.
//!
//! Invariant: the id and the time of a delivery are signed together with its body.
//!
//! <https://www.standardwebhooks.com>

use crate::connection::Connection;
use crate::deliveries::{
    Delivery, Happening, Reading, Refusal, Topic, TriggerEndpoint, WebhookSecrets, json, signature,
};
use crate::events::WebhookData;
use crate::provider::Provider;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tradewind_engine::time::Timestamp;

/// Any service that signs by a known scheme.
pub static PROVIDER: Provider = Provider {
    id: "webhook",
    title: "Webhook",
    documentation: "https://www.standardwebhooks.com",
    settings: || schemars::schema_for!(Settings).to_value(),
    secrets: &["verify.secret"],
    limit: None,
    concurrency: None,
    trigger: Some(&TRIGGER),
};

/// How such webhooks are received.
pub static TRIGGER: TriggerEndpoint = TriggerEndpoint {
    methods: &[Method::POST],
    empty_body: false,
    topics: &[Topic { name: ANY_TOPIC, event: EVENT, include: &[] }],
    settings: &["verify"],
    verify,
    headers: &[ID],
    topic: |_| None,
    read,
};

const EVENT: &str = "webhook.received";
const ANY_TOPIC: &str = "*";
const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

/// The settings of a webhook connection.
#[derive(Deserialize, JsonSchema)]
struct Settings {
    /// How it is checked who sent it.
    verify: Verify,
}

/// How it is checked who sent it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Verify {
    /// The scheme by which the sender signs.
    #[serde(rename = "scheme")]
    _scheme: Scheme,
    /// The shared secret, `whsec_…`, or a list of them while it is rotated.
    secret: WebhookSecrets,
}

/// A scheme of signatures.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Scheme {
    /// Standard Webhooks with a shared secret (`v1`).
    StandardWebhooks,
}

fn verify(connection: &Connection, delivery: &Delivery, now: Timestamp) -> Result<(), Refusal> {
    let settings: Settings = connection.settings().map_err(|_| Refusal::NotReady)?;
    let keys = keys(&settings.verify.secret)?;
    let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    let id = required(delivery, ID)?;
    let timestamp = required(delivery, TIMESTAMP)?;
    let signatures: Vec<&str> = required(delivery, SIGNATURE)?.split_ascii_whitespace().collect();
    // Neither may hold the separator, or two different deliveries could sign the same bytes.
    if id.contains('.') || signatures.len() > signature::SIGNATURES_MAX {
        return Err(Refusal::SignatureMalformed);
    }
    // Other versions, such as the asymmetric `v1a`, are for others to check.
    let signatures: Vec<&str> =
        signatures.iter().filter_map(|signature| signature.strip_prefix("v1,")).collect();
    let parts = [id.as_bytes(), b".", timestamp.as_bytes(), b".", &delivery.body];
    signature::verify_timestamped(&keys, &signatures, timestamp, &parts, now)
}

fn required<'a>(delivery: &'a Delivery, name: &str) -> Result<&'a str, Refusal> {
    delivery.header(name).filter(|value| !value.is_empty()).ok_or(Refusal::SignatureMissing)
}

/// The bytes that the secrets stand for; the prefix may be missing. One that is not base64 would
/// verify nothing, so the endpoint is not ready.
fn keys(secrets: &WebhookSecrets) -> Result<Vec<Vec<u8>>, Refusal> {
    let keys = secrets.texts()?.into_iter().map(|text| {
        let text = text.strip_prefix("whsec_").unwrap_or(text);
        signature::from_base64(text).filter(|key| !key.is_empty()).ok_or(Refusal::NotReady)
    });
    keys.collect()
}

fn read(delivery: &Delivery) -> Result<Reading, Refusal> {
    let body = json::read(&delivery.body)?;
    let r#type = body.get("type").and_then(Value::as_str).map(str::to_owned);
    Ok(Reading {
        topic: r#type.clone().unwrap_or_else(|| EVENT.to_owned()),
        delivery_id: delivery.header(ID).map(str::to_owned),
        test: false,
        happenings: vec![Happening::new(EVENT, &WebhookData { body, r#type })],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliveries::receive;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use http::HeaderMap;
    use ring::hmac;
    use serde_json::{Map, json};

    const NOW: i64 = 1_763_899_200;
    const BODY: &str = r#"{"type":"parcel.lost","data":{"n":"è"}}"#;
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn connection(settings: Value) -> Connection {
        let settings: Map<String, Value> = serde_json::from_value(settings).unwrap();
        Connection::new("hook".into(), &PROVIDER, settings)
    }

    fn with_secret(secret: Value) -> Connection {
        connection(json!({ "verify": { "scheme": "standard_webhooks", "secret": secret } }))
    }

    fn sign(secret: &str, timestamp: &str, body: &str) -> String {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let message = format!("msg_1.{timestamp}.{body}");
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), message.as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }

    fn delivery(headers: &[(&'static str, &str)], body: &'static str) -> Delivery {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Delivery { method: Method::POST, headers: map, query: String::new(), body: body.into() }
    }

    fn signed(timestamp: &str, signature: &str) -> Delivery {
        let headers = [(ID, "msg_1"), (TIMESTAMP, timestamp), (SIGNATURE, signature)];
        delivery(&headers, BODY)
    }

    fn check(connection: &Connection, delivery: &Delivery, expected: &str) {
        let now = Timestamp::from_second(NOW).unwrap();
        let received = receive(&TRIGGER, connection, delivery, now, 1_000_000);
        let found = received.map_or_else(|refusal| refusal.code(), |_| "received");
        assert_eq!(found, expected);
    }

    fn check_at(timestamp: &str, expected: &str) {
        let delivery = signed(timestamp, &sign(SECRET, timestamp, BODY));
        check(&with_secret(json!(SECRET)), &delivery, expected);
    }

    fn check_signature(signature: &str, expected: &str) {
        check(&with_secret(json!(SECRET)), &signed(&NOW.to_string(), signature), expected);
    }

    #[test]
    fn a_signed_delivery_becomes_one_event() {
        let now = Timestamp::from_second(NOW).unwrap();
        let delivery = signed(&NOW.to_string(), &sign(SECRET, &NOW.to_string(), BODY));
        let connection = with_secret(json!(SECRET));
        let reading = receive(&TRIGGER, &connection, &delivery, now, 1_000_000).unwrap();
        assert_eq!(reading.topic, "parcel.lost");
        assert_eq!(reading.delivery_id.as_deref(), Some("msg_1"));
        let data = json!({ "body": { "type": "parcel.lost", "data": { "n": "è" } }, "type": "parcel.lost" });
        assert_eq!(reading.happenings.len(), 1);
        assert_eq!(reading.happenings[0].event, "webhook.received");
        assert_eq!(Value::Object(reading.happenings[0].data.clone()), data);
    }

    #[test]
    fn a_body_without_type_has_none() {
        let reading = read(&delivery(&[], "[1]")).unwrap();
        assert_eq!(reading.topic, "webhook.received");
        assert_eq!(reading.happenings[0].data["type"], Value::Null);
    }

    #[test]
    fn the_time_is_within_five_minutes_and_a_number() {
        check_at(&NOW.to_string(), "received");
        check_at(&(NOW - 360).to_string(), "timestamp_out_of_range");
        check_at(&(NOW + 360).to_string(), "timestamp_out_of_range");
        check_at("abc", "signature_malformed");
    }

    #[test]
    fn one_of_up_to_eight_signatures_has_to_fit() {
        let fits = sign(SECRET, &NOW.to_string(), BODY);
        let other = sign(SECRET, &NOW.to_string(), "{}");
        check_signature(&other, "signature_invalid");
        check_signature("v1,nonsense", "signature_invalid");
        check_signature(&format!("{other} {fits}"), "received");
        check_signature(&format!("v1a,abc v9,x {fits}"), "received");
        check_signature(&fits.replace("v1,", "v0,"), "signature_invalid");
        check_signature(&fits.replace("v1,", ""), "signature_invalid");
        check_signature(&format!("{}{fits}", format!("{other} ").repeat(7)), "received");
        check_signature(&format!("{}{fits}", format!("{other} ").repeat(8)), "signature_malformed");
        check_signature("", "signature_missing");
    }

    #[test]
    fn an_altered_body_and_missing_headers_are_refused() {
        let time = NOW.to_string();
        let fits = sign(SECRET, &time, BODY);
        let headers = [(ID, "msg_1"), (TIMESTAMP, &*time), (SIGNATURE, &*fits)];
        let connection = with_secret(json!(SECRET));
        check(&connection, &delivery(&headers, "{}"), "signature_invalid");
        for missing in 0..3 {
            let mut headers = headers.to_vec();
            headers.remove(missing);
            check(&connection, &delivery(&headers, BODY), "signature_missing");
        }
        let dotted = [(ID, "msg.1"), (TIMESTAMP, &*time), (SIGNATURE, &*fits)];
        check(&connection, &delivery(&dotted, BODY), "signature_malformed");
    }

    #[test]
    fn the_secret_may_be_rotated_and_may_lack_its_prefix() {
        let delivery = signed(&NOW.to_string(), &sign(SECRET, &NOW.to_string(), BODY));
        check(&with_secret(json!(["whsec_b2xkIHNlY3JldA==", SECRET])), &delivery, "received");
        check(&with_secret(json!(SECRET.strip_prefix("whsec_"))), &delivery, "received");
        check(&with_secret(json!("whsec_b3RoZXI=")), &delivery, "signature_invalid");
    }

    #[test]
    fn without_a_usable_secret_there_is_no_endpoint() {
        let delivery = signed(&NOW.to_string(), &sign(SECRET, &NOW.to_string(), BODY));
        for secret in [json!(""), json!([]), json!("whsec_"), json!("whsec_?"), json!(null)] {
            check(&with_secret(secret), &delivery, "not_found");
        }
        check(&connection(json!({})), &delivery, "not_found");
        let other = json!({ "verify": { "scheme": "none", "secret": SECRET } });
        check(&connection(other), &delivery, "not_found");
    }

    #[test]
    fn the_nested_secret_is_known_as_one() {
        let connection = with_secret(json!(["a", "b"]));
        assert_eq!(connection.secret_texts(), ["a", "b"]);
    }
}
