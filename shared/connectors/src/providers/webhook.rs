//! Webhooks of services without a connector of their own, signed by the Standard Webhooks scheme.
//!
//! Invariant: the id and the time of a delivery are signed together with its body.
//!
//! <https://www.standardwebhooks.com>

use crate::action::Fulfilment;
use crate::deliveries::standard_webhooks::{self, ID, SIGNATURE, required, secret_fault};
use crate::deliveries::{
    Answer, Delivery, Happening, Reading, Refusal, Topic, TriggerEndpoint, WebhookSecrets, content,
    forms,
};
use crate::events::WebhookData;
use crate::provider::{BuiltIn, Provider, owned};
use crate::settings::GivenSettings;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use tradewind_engine::time::Timestamp;

/// Any service that signs by a known scheme.
pub static PROVIDER: BuiltIn = BuiltIn::new(|| {
    let provider = Provider::plain("webhook", "Webhook", "https://www.standardwebhooks.com");
    Arc::new(Provider {
        settings: Arc::new(|| schemars::schema_for!(Settings).to_value()),
        secrets: owned(&["verify.secret"]),
        trigger: Some(Arc::new(TRIGGER)),
        ..provider
    })
});

/// It only tells.
pub const ACTIONS: &[Fulfilment] = &[];

/// How such webhooks are received.
pub static TRIGGER: TriggerEndpoint = TriggerEndpoint {
    methods: &[Method::POST, Method::GET, Method::HEAD],
    forms: true,
    topics: &[Topic { name: ANY_TOPIC, event: EVENT, include: &[] }],
    settings: &["verify"],
    verify,
    headers: &[ID],
    topic: |_| None,
    read,
    handshake: Some(handshake),
    secret_fault,
    ..TriggerEndpoint::PLAIN
};

const EVENT: &str = "webhook.received";
const ANY_TOPIC: &str = "*";

/// By which services ask for a text in the query to be sent back, to see who answers there.
const CHALLENGES: [&str; 3] = ["challenge", "hub.challenge", "validationToken"];
/// The longest such text.
const CHALLENGE_BYTES_MAX: usize = 1_000;

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

fn verify(given: &GivenSettings, delivery: &Delivery, now: Timestamp) -> Result<(), Refusal> {
    let settings: Settings = given.typed().map_err(|_| {
        Refusal::NotReady("the setting verify lacks its scheme or its secret".to_owned())
    })?;
    let keys = standard_webhooks::keys(&settings.verify.secret.texts()?)?;
    standard_webhooks::verify(&keys, delivery, now)
}

/// GET and HEAD are never deliveries; a text that a service wants to see again is given back.
fn handshake(delivery: &Delivery) -> Option<Answer> {
    let asked = CHALLENGES.iter().find_map(|name| forms::find_field(&delivery.query, name));
    let is_try = delivery.method == Method::GET || delivery.method == Method::HEAD;
    let is_plain = |text: &String| {
        text.len() <= CHALLENGE_BYTES_MAX && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
    };
    match asked.filter(is_plain) {
        Some(text) if is_try || required(delivery, SIGNATURE).is_err() => Some(Answer::ok(text)),
        _ => is_try.then(|| Answer::ok(String::new())),
    }
}

fn read(delivery: &Delivery) -> Result<Reading, Refusal> {
    let body = content(delivery)?;
    let (body, notes) = (body.value, body.notes);
    let r#type = body.get("type").and_then(Value::as_str).map(str::to_owned);
    Ok(Reading {
        topic: r#type.clone().unwrap_or_else(|| EVENT.to_owned()),
        delivery_id: required(delivery, ID).ok().map(str::to_owned),
        happenings: vec![Happening::new(EVENT, &WebhookData { body, r#type })],
        notes,
        ..Reading::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Connection;
    use crate::deliveries::standard_webhooks::TIMESTAMP;
    use crate::deliveries::{not_ready, secret_faults, verify_and_read};
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
        let received = verify_and_read(&TRIGGER, connection, delivery, now, 1_000_000);
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
        let reading = verify_and_read(&TRIGGER, &connection, &delivery, now, 1_000_000).unwrap();
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
        check(&with_secret(json!(["whsec_?", SECRET])), &delivery, "received");
        check(&connection(json!({})), &delivery, "not_found");
        let other = json!({ "verify": { "scheme": "none", "secret": SECRET } });
        check(&connection(other), &delivery, "not_found");
    }

    fn check_not_ready(secret: Value, expected: &str) {
        let reason = not_ready(&TRIGGER, &with_secret(secret)).unwrap();
        assert!(reason.contains(expected), "{reason}");
    }

    #[test]
    fn a_secret_that_is_none_is_named_as_what_it_is() {
        check_not_ready(json!("whpk_abc"), "`whpk_…`");
        check_not_ready(json!(["v1a,whpk_abc"]), "asymmetric");
        check_not_ready(json!("hush!"), "base64");
        check_not_ready(json!([]), "no secret");
        assert_eq!(not_ready(&TRIGGER, &with_secret(json!(SECRET))), None);
        let passed_over = secret_faults(&TRIGGER, &with_secret(json!(["whpk_abc", SECRET])));
        assert_eq!(passed_over.len(), 1);
    }

    #[test]
    fn a_secret_is_taken_as_services_show_it() {
        let delivery = signed(&NOW.to_string(), &sign(SECRET, &NOW.to_string(), BODY));
        for shown in
            [format!("v1,{SECRET}"), format!(" {SECRET}\r\n"), SECRET.replace("whsec_", "v1,")]
        {
            check(&with_secret(json!(shown)), &delivery, "received");
        }
    }

    #[test]
    fn the_headers_may_have_their_older_names() {
        let time = NOW.to_string();
        let fits = sign(SECRET, &time, BODY);
        let headers =
            [("svix-id", "msg_1"), ("svix-timestamp", &*time), ("svix-signature", &*fits)];
        let delivery = delivery(&headers, BODY);
        check(&with_secret(json!(SECRET)), &delivery, "received");
        assert_eq!(read(&delivery).unwrap().delivery_id.as_deref(), Some("msg_1"));
    }

    fn check_handshake(method: Method, query: &str, expected: Option<&str>) {
        let delivery = Delivery { method, query: query.to_owned(), ..delivery(&[], "") };
        let answer = handshake(&delivery).map(|answer| answer.text);
        assert_eq!(answer.as_deref(), expected, "{query}");
    }

    #[test]
    fn an_address_may_be_tried() {
        check_handshake(Method::GET, "", Some(""));
        check_handshake(Method::HEAD, "", Some(""));
        check_handshake(Method::GET, "hub.mode=subscribe&hub.challenge=1158", Some("1158"));
        check_handshake(Method::POST, "validationToken=Validation%3a%20x", Some("Validation: x"));
        check_handshake(Method::POST, "", None);
        check_handshake(Method::GET, "challenge=a%0Ab", Some(""));
        let long = format!("challenge={}", "a".repeat(1_001));
        check_handshake(Method::GET, &long, Some(""));
        for name in [SIGNATURE, "svix-signature"] {
            let signed = delivery(&[(name, "v1,")], "{}");
            let delivery = Delivery { query: "challenge=x".to_owned(), ..signed };
            assert_eq!(handshake(&delivery), None, "a delivery is no try");
        }
    }

    #[test]
    fn the_nested_secret_is_known_as_one() {
        let connection = with_secret(json!(["a", "b"]));
        assert_eq!(connection.secret_texts(), ["a", "b"]);
    }
}
