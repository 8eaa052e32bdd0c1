//! The gate: what every delivery goes through, whoever sent it, and in which order.
//!
//! Invariant: nothing of a body is looked at before its signature was found to fit.

use super::{Delivery, Reading, Refusal, TriggerEndpoint};
use crate::connection::Connection;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Method};
use tradewind_engine::time::Timestamp;

/// Reads a delivery whose body may have so many bytes, or says why it is refused. In this order:
///
/// 1. An endpoint without a secret looks like none at all, whatever is sent to it.
/// 2. [`admit`]: method, length, content encoding.
/// 3. The signature, over the bytes as received.
/// 4. Emptiness and content type.
/// 5. What the provider makes of it; JSON is read here.
pub fn receive(
    endpoint: &TriggerEndpoint,
    connection: &Connection,
    delivery: &Delivery,
    now: Timestamp,
    body_bytes_max: usize,
) -> Result<Reading, Refusal> {
    let verified = (endpoint.verify)(connection, delivery, now);
    if verified == Err(Refusal::NotReady) {
        return Err(Refusal::NotReady);
    }
    admit(delivery, endpoint, body_bytes_max)?;
    verified?;
    check_content(delivery, endpoint)?;
    (endpoint.read)(delivery)
}

/// Reads a delivery again that was found to be genuine before, by the headers that were kept of it.
pub fn receive_again(endpoint: &TriggerEndpoint, delivery: &Delivery) -> Result<Reading, Refusal> {
    check_content(delivery, endpoint)?;
    (endpoint.read)(delivery)
}

/// The headers that reading looks at, as [`receive_again`] needs them.
pub fn kept_headers(endpoint: &TriggerEndpoint, delivery: &Delivery) -> Vec<(String, String)> {
    let own = [CONTENT_TYPE.as_str(), CONTENT_ENCODING.as_str()];
    let names = own.into_iter().chain(endpoint.headers.iter().copied());
    let kept = names.filter_map(|name| Some((name.to_owned(), delivery.header(name)?.to_owned())));
    kept.collect()
}

/// Whether the connection has what its deliveries are checked by.
pub fn is_ready(endpoint: &TriggerEndpoint, connection: &Connection) -> bool {
    let nothing = Delivery {
        method: Method::POST,
        headers: HeaderMap::new(),
        query: String::new(),
        body: Bytes::new(),
    };
    (endpoint.verify)(connection, &nothing, Timestamp::UNIX_EPOCH) != Err(Refusal::NotReady)
}

/// Whether a delivery may be looked at: its method, its length, its content encoding.
pub fn admit(
    delivery: &Delivery,
    endpoint: &TriggerEndpoint,
    body_bytes_max: usize,
) -> Result<(), Refusal> {
    if !endpoint.methods.contains(&delivery.method) {
        let allowed: Vec<&str> = endpoint.methods.iter().map(Method::as_str).collect();
        return Err(Refusal::MethodNotAllowed(allowed.join(", ")));
    }
    if delivery.body.len() > body_bytes_max {
        return Err(Refusal::BodyTooLarge(body_bytes_max));
    }
    // Nothing is unpacked, so that a small body cannot become a big one.
    let mut encodings = delivery.headers.get_all(CONTENT_ENCODING).iter();
    if encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Refusal::EncodingUnsupported);
    }
    Ok(())
}

/// Whether there is a body, and of a type that is read here. Where no type is given, JSON is meant.
fn check_content(delivery: &Delivery, endpoint: &TriggerEndpoint) -> Result<(), Refusal> {
    if delivery.body.is_empty() {
        return if endpoint.empty_body { Ok(()) } else { Err(Refusal::BodyEmpty) };
    }
    let Some(content_type) = delivery.headers.get(CONTENT_TYPE) else { return Ok(()) };
    let label = content_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    let label = label.trim().to_ascii_lowercase();
    if label == "application/json" || (label.contains('/') && label.ends_with("+json")) {
        return Ok(());
    }
    let is_form = label.starts_with("multipart/") || label == "application/x-www-form-urlencoded";
    let first = delivery.body.iter().find(|byte| !byte.is_ascii_whitespace());
    if is_form && matches!(first, Some(b'{' | b'[')) {
        return Err(Refusal::ContentTypeMismatch);
    }
    Err(Refusal::ContentTypeUnsupported)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliveries::json;
    use crate::providers::webhook;
    use serde_json::Map;

    const BYTES_MAX: usize = 1_000_000;

    static OPEN: TriggerEndpoint = TriggerEndpoint {
        methods: &[Method::POST, Method::PUT],
        empty_body: false,
        topics: &[],
        settings: &[],
        verify: |_, _, _| Ok(()),
        headers: &[],
        topic: |_| None,
        read: |delivery| {
            json::read(&delivery.body)?;
            Ok(Reading {
                topic: "read".to_owned(),
                delivery_id: None,
                test: false,
                happenings: Vec::new(),
            })
        },
    };
    static NOT_READY: TriggerEndpoint =
        TriggerEndpoint { verify: |_, _, _| Err(Refusal::NotReady), ..OPEN };
    static FORGED: TriggerEndpoint =
        TriggerEndpoint { verify: |_, _, _| Err(Refusal::SignatureInvalid), ..OPEN };
    static BUTTON: TriggerEndpoint =
        TriggerEndpoint { empty_body: true, read: |_| Err(Refusal::NotStored), ..OPEN };

    fn delivery(method: Method, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Delivery {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                value.parse().unwrap(),
            );
        }
        Delivery { method, headers: map, query: String::new(), body: body.into() }
    }

    fn check(endpoint: &TriggerEndpoint, delivery: &Delivery, expected: &str) {
        let connection = Connection::new("hook".into(), &webhook::PROVIDER, Map::new());
        let received = receive(endpoint, &connection, delivery, Timestamp::UNIX_EPOCH, BYTES_MAX);
        let code = received.map_or_else(|refusal| refusal.code().to_owned(), |read| read.topic);
        assert_eq!(code, expected);
    }

    fn check_labelled(content_type: &str, body: &'static str, expected: &str) {
        check(&OPEN, &delivery(Method::POST, &[("content-type", content_type)], body), expected);
    }

    #[test]
    fn the_content_type_says_json_or_nothing() {
        check(&OPEN, &delivery(Method::POST, &[], "{}"), "read");
        check_labelled("application/json", "{}", "read");
        check_labelled("Application/JSON; charset=utf-8", "{}", "read");
        check_labelled("application/vnd.api+json", "{}", "read");
        check_labelled("application/cloudevents+json", "{}", "read");
        check_labelled("text/xml", "<a/>", "content_type_unsupported");
        check_labelled("text/plain", "{}", "content_type_unsupported");
        check_labelled("json", "{}", "content_type_unsupported");
        check_labelled("", "{}", "content_type_unsupported");
        check_labelled("multipart/form-data; boundary=x", "--x", "content_type_unsupported");
        check_labelled("multipart/form-data; boundary=x", " {}", "content_type_mismatch");
        check_labelled("application/x-www-form-urlencoded", "{}", "content_type_mismatch");
        check_labelled("application/json", "a=b", "json_invalid");
    }

    #[test]
    fn a_body_has_a_length_between_nothing_and_what_the_runtime_takes() {
        let body = |length: usize| format!("\"{}\"", "a".repeat(length - 2));
        check(&OPEN, &delivery(Method::POST, &[], ""), "body_empty");
        check(&OPEN, &delivery(Method::POST, &[], body(BYTES_MAX)), "read");
        check(&OPEN, &delivery(Method::POST, &[], body(BYTES_MAX + 1)), "body_too_large");
        check(
            &BUTTON,
            &delivery(Method::POST, &[("content-type", "text/plain")], ""),
            "not_stored",
        );
    }

    #[test]
    fn bodies_come_without_encoding() {
        for (encoding, expected) in
            [("gzip", "encoding_unsupported"), ("br", "encoding_unsupported"), ("identity", "read")]
        {
            check(
                &OPEN,
                &delivery(Method::POST, &[("content-encoding", encoding)], "{}"),
                expected,
            );
        }
        let twice = [("content-encoding", "identity"), ("content-encoding", "gzip")];
        check(&OPEN, &delivery(Method::POST, &twice, "{}"), "encoding_unsupported");
    }

    #[test]
    fn another_method_is_told_which_ones_there_are() {
        let refusal = admit(&delivery(Method::GET, &[], ""), &OPEN, BYTES_MAX).unwrap_err();
        assert_eq!(refusal, Refusal::MethodNotAllowed("POST, PUT".to_owned()));
    }

    #[test]
    fn an_endpoint_without_secret_looks_like_none_whatever_is_sent() {
        check(&NOT_READY, &delivery(Method::POST, &[], "{}"), "not_found");
        let connection = Connection::new("hook".into(), &webhook::PROVIDER, Map::new());
        assert!(!is_ready(&NOT_READY, &connection) && is_ready(&FORGED, &connection));
        check(&NOT_READY, &delivery(Method::GET, &[], ""), "not_found");
        check(&NOT_READY, &delivery(Method::POST, &[], vec![0; 2_000_000]), "not_found");
    }

    #[test]
    fn the_signature_comes_before_anything_in_the_body() {
        check(&FORGED, &delivery(Method::POST, &[], ""), "signature_invalid");
        check(
            &FORGED,
            &delivery(Method::POST, &[("content-type", "text/xml")], "{"),
            "signature_invalid",
        );
        check(&FORGED, &delivery(Method::GET, &[], ""), "method_not_allowed");
        check(&FORGED, &delivery(Method::POST, &[], vec![0; 2_000_000]), "body_too_large");
    }
}
