//! The gate: what every delivery goes through, whoever sent it, and in which order.
//!
//! Invariant: nothing of a body is looked at before its signature was found to fit.

use super::content::{check_label, check_type};
use super::{Delivery, Endpoint, Reading, Refusal, packed};
use crate::connection::Connection;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, Method};
use std::collections::BTreeSet;
use tradewind_engine::time::Timestamp;

/// Of the headers, and of the query, of what cannot be read so much is kept.
pub(crate) const KEPT_BYTES_MAX: usize = 8 * 1024;

/// What was received once is unpacked again up to this, whatever the limit of the runtime is now.
const READ_AGAIN_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Reads a delivery whose body may have so many bytes, or says why it is refused. In this order:
///
/// 1. An endpoint without a secret looks like none at all, whatever is sent to it.
/// 2. [`admit`]: method, length, content encoding.
/// 3. The signature, over the bytes as received; where those are packed and it does not fit them, over
///    what comes out of them: most senders that pack sign first (as
///    <https://www.quicknode.com/sample-app-library/streams-webhook-validate-signature> says).
/// 4. Emptiness and content type.
/// 5. What the provider makes of it; JSON is read here.
pub fn verify_and_read(
    endpoint: &dyn Endpoint,
    connection: &Connection,
    delivery: &Delivery,
    now: Timestamp,
    body_bytes_max: usize,
) -> Result<Reading, Refusal> {
    let verified = endpoint.verify(connection.given(), delivery, now);
    if let Err(Refusal::NotReady(reason)) = verified {
        return Err(Refusal::NotReady(reason));
    }
    admit(delivery, endpoint, body_bytes_max)?;
    let unpacked = match verified {
        Ok(()) => packed::unpack(delivery, body_bytes_max)?,
        Err(Refusal::SignatureInvalid) => {
            let unpacked = packed::unpack(delivery, body_bytes_max)?;
            let unpacked = unpacked.ok_or(Refusal::SignatureInvalid)?;
            endpoint.verify(connection.given(), &unpacked, now)?;
            Some(unpacked)
        }
        Err(refusal) => return Err(refusal),
    };
    read_unpacked(endpoint, connection, delivery, unpacked, now)
}

/// What the head of a delivery decides before anything of its body has come, in the order of [`verify_and_read`];
/// `length`: of the body, where it is said. A signature is missed here, and judged over the body alone.
pub fn check_head(
    endpoint: &dyn Endpoint,
    connection: &Connection,
    head: &Delivery,
    length: Option<u64>,
    now: Timestamp,
    body_bytes_max: usize,
) -> Result<(), Refusal> {
    let verified = endpoint.verify(connection.given(), head, now);
    if let Err(Refusal::NotReady(reason)) = verified {
        return Err(Refusal::NotReady(reason));
    }
    admit(head, endpoint, body_bytes_max)?;
    if length.is_some_and(|length| length > body_bytes_max as u64) {
        return Err(Refusal::BodyTooLarge(body_bytes_max));
    }
    match verified {
        // It was made over a body that is still to come.
        Ok(()) | Err(Refusal::SignatureInvalid) => {}
        Err(refusal) => return Err(refusal),
    }
    match length {
        Some(1..) => check_label(&head.headers),
        _ => Ok(()),
    }
}

/// Reads a delivery again that was found to be genuine when it was accepted, by what was kept of it. Secrets need not
/// be among the settings.
pub fn reread_verified(
    endpoint: &dyn Endpoint,
    connection: &Connection,
    delivery: &Delivery,
    accepted_at: Timestamp,
) -> Result<Reading, Refusal> {
    let unpacked = packed::unpack(delivery, READ_AGAIN_BYTES_MAX)?;
    read_unpacked(endpoint, connection, delivery, unpacked, accepted_at)
}

fn read_unpacked(
    endpoint: &dyn Endpoint,
    connection: &Connection,
    delivery: &Delivery,
    unpacked: Option<Delivery>,
    accepted_at: Timestamp,
) -> Result<Reading, Refusal> {
    let delivery = unpacked.as_ref().unwrap_or(delivery);
    check_content(delivery, endpoint)?;
    let reading = endpoint.read(connection.given(), delivery, accepted_at)?;
    Ok(Reading { unpacked: unpacked.map(|delivery| delivery.body), ..reading })
}

/// The headers that reading may look at, by name, as [`reread_verified`] needs them.
pub fn kept_headers(endpoint: &dyn Endpoint, delivery: &Delivery) -> Vec<(String, String)> {
    let own = [CONTENT_TYPE.as_str(), CONTENT_ENCODING.as_str()];
    let is_kept = |name: &&str| own.contains(name) || endpoint.keeps_header(name);
    let names: BTreeSet<&str> = delivery.headers.keys().map(HeaderName::as_str).collect();
    let mut bytes = 0;
    let kept = names.into_iter().filter(is_kept).filter_map(|name| {
        let value = delivery.header(name)?;
        bytes += name.len() + value.len();
        (bytes <= KEPT_BYTES_MAX).then(|| (name.to_owned(), value.to_owned()))
    });
    kept.collect()
}

/// What keeps the connection from checking its deliveries.
pub fn not_ready(endpoint: &dyn Endpoint, connection: &Connection) -> Option<String> {
    let nothing = Delivery {
        method: Method::POST,
        headers: HeaderMap::new(),
        query: String::new(),
        body: Bytes::new(),
    };
    match endpoint.verify(connection.given(), &nothing, Timestamp::UNIX_EPOCH) {
        Err(Refusal::NotReady(reason)) => Some(reason),
        _ => None,
    }
}

/// What is wrong with secrets of the connection that are passed over, because another one is good.
pub fn secret_faults(endpoint: &dyn Endpoint, connection: &Connection) -> Vec<&'static str> {
    let texts = connection.secret_texts().into_iter();
    texts.filter_map(|text| endpoint.secret_fault(text)).collect()
}

/// Whether a delivery may be looked at: its method, its length, its content encoding.
pub fn admit(
    delivery: &Delivery,
    endpoint: &dyn Endpoint,
    body_bytes_max: usize,
) -> Result<(), Refusal> {
    if !endpoint.methods().contains(&delivery.method) {
        let allowed: Vec<&str> = endpoint.methods().iter().map(Method::as_str).collect();
        return Err(Refusal::MethodNotAllowed(allowed.join(", ")));
    }
    if delivery.body.len() > body_bytes_max {
        return Err(Refusal::BodyTooLarge(body_bytes_max));
    }
    packed::check_label(&delivery.headers)
}

/// Whether there is a body, and of a type that is read here.
fn check_content(delivery: &Delivery, endpoint: &dyn Endpoint) -> Result<(), Refusal> {
    match delivery.body.is_empty() {
        true if endpoint.empty_body() => Ok(()),
        true => Err(Refusal::BodyEmpty),
        false => check_type(delivery, endpoint.forms()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliveries::{TriggerEndpoint, content};
    use crate::providers::webhook;
    use serde_json::Map;

    const BYTES_MAX: usize = 1_000_000;

    static OPEN: TriggerEndpoint = TriggerEndpoint {
        methods: &[Method::POST, Method::PUT],
        verify: |_, _, _| Ok(()),
        headers: &[],
        topic: |_| None,
        read: |delivery| {
            content(delivery)?;
            Ok(Reading { topic: "read".to_owned(), ..Reading::default() })
        },
        ..TriggerEndpoint::PLAIN
    };
    static FORMS: TriggerEndpoint = TriggerEndpoint { forms: true, ..OPEN };
    static NOT_READY: TriggerEndpoint =
        TriggerEndpoint { verify: |_, _, _| Err(Refusal::NotReady(String::new())), ..OPEN };
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
        let received =
            verify_and_read(endpoint, &connection, delivery, Timestamp::UNIX_EPOCH, BYTES_MAX);
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

    fn packed(body: &[u8]) -> Vec<u8> {
        use std::io::Write as _;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn check_packed(encoding: &str, body: Vec<u8>, expected: &str) {
        check(&OPEN, &delivery(Method::POST, &[("content-encoding", encoding)], body), expected);
    }

    #[test]
    fn bodies_come_as_they_are_or_by_gzip() {
        check_packed("identity", b"{}".to_vec(), "read");
        for label in ["gzip", "x-gzip", "GZip", " gzip "] {
            check_packed(label, packed(b"{}"), "read");
        }
        for label in ["br", "deflate", "zstd", "gzip, gzip", "identity, gzip", ""] {
            check_packed(label, packed(b"{}"), "encoding_unsupported");
        }
        let twice = [("content-encoding", "gzip"), ("content-encoding", "gzip")];
        check(&OPEN, &delivery(Method::POST, &twice, packed(b"{}")), "encoding_unsupported");
        check(&OPEN, &delivery(Method::POST, &[], packed(b"{}")), "not_utf8");
    }

    #[test]
    fn a_packed_body_is_whole_and_no_longer_than_another_one() {
        let json = |length: usize| format!("\"{}\"", "a".repeat(length - 2));
        check_packed("gzip", packed(json(BYTES_MAX).as_bytes()), "read");
        check_packed("gzip", packed(json(BYTES_MAX + 1).as_bytes()), "body_too_large");
        check_packed("gzip", packed(&vec![b' '; 3 * BYTES_MAX]), "body_too_large");
        let whole = packed(b"{\"a\":1}");
        check_packed("gzip", whole[..whole.len() - 3].to_vec(), "encoding_invalid");
        check_packed("gzip", [whole, b"rest".to_vec()].concat(), "encoding_invalid");
        check_packed("gzip", [packed(b"{"), packed(b"}")].concat(), "read");
        check_packed("gzip", packed(b""), "body_empty");
        // Something on its way has unpacked it and left the label.
        check_packed("gzip", b"{}".to_vec(), "read");
    }

    #[test]
    fn the_signature_may_be_of_the_packed_body_or_of_what_comes_out() {
        static OF_JSON: TriggerEndpoint = TriggerEndpoint {
            verify: |_, delivery, _| match delivery.body.starts_with(b"{") {
                true => Ok(()),
                false => Err(Refusal::SignatureInvalid),
            },
            ..OPEN
        };
        let gzip = [("content-encoding", "gzip")];
        check(&OF_JSON, &delivery(Method::POST, &gzip, packed(b"{}")), "read");
        check(&OF_JSON, &delivery(Method::POST, &gzip, packed(b"[]")), "signature_invalid");
        check(&OF_JSON, &delivery(Method::POST, &gzip, "[]"), "signature_invalid");
        let connection = Connection::new("hook".into(), &webhook::PROVIDER, Map::new());
        let packed = delivery(Method::POST, &gzip, packed(b"{}"));
        let reading =
            verify_and_read(&OPEN, &connection, &packed, Timestamp::UNIX_EPOCH, BYTES_MAX).unwrap();
        assert_eq!(reading.unpacked.unwrap(), "{}");
    }

    #[test]
    fn a_form_is_read_where_the_endpoint_takes_forms() {
        let form = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        check(&FORMS, &delivery(Method::POST, &form, "a=b"), "read");
        check(&OPEN, &delivery(Method::POST, &form, "a=b"), "content_type_unsupported");
        check(&FORMS, &delivery(Method::POST, &form, "{}"), "content_type_mismatch");
        let parts = [("content-type", "multipart/form-data; boundary=x")];
        check(&FORMS, &delivery(Method::POST, &parts, "--x"), "content_type_unsupported");
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
        assert_eq!(not_ready(&NOT_READY, &connection), Some(String::new()));
        assert_eq!(not_ready(&FORGED, &connection), None);
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
