//! The Standard Webhooks scheme with a shared secret (`v1`): what is signed, and by which key.
//!
//! Invariant: the id and the time of a delivery are signed together with its body.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use super::{Delivery, Refusal, signature};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tradewind_engine::time::Timestamp;

/// The header with what is the same in every attempt to deliver one event.
pub const ID: &str = "webhook-id";
/// The header with the time of the attempt, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures.
pub const SIGNATURE: &str = "webhook-signature";
/// What stands before a signature of this scheme.
pub const VERSION: &str = "v1,";
/// What the names of the headers began with before the standard
/// (<https://docs.svix.com/receiving/verifying-payloads/how-manual>).
const OLDER_PREFIX: &str = "svix-";

/// Whether a delivery was signed by one of these keys.
pub(crate) fn verify(keys: &[Vec<u8>], delivery: &Delivery, now: Timestamp) -> Result<(), Refusal> {
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
        signatures.iter().filter_map(|signature| signature.strip_prefix(VERSION)).collect();
    let parts = signed_parts(id, timestamp, &delivery.body);
    signature::verify_timestamped(&keys, &signatures, timestamp, &parts, now)
}

/// A header of the scheme, by its name or by that of before the standard.
pub(crate) fn required<'a>(delivery: &'a Delivery, name: &str) -> Result<&'a str, Refusal> {
    let older = || delivery.header(&name.replacen("webhook-", OLDER_PREFIX, 1));
    let given = delivery.header(name).or_else(older);
    given.filter(|value| !value.is_empty()).ok_or(Refusal::SignatureMissing)
}

/// The bytes that secrets stand for. One that would verify nothing is passed over while another one is good; without
/// any, the endpoint is not ready.
pub(crate) fn keys(texts: &[&str]) -> Result<Vec<Vec<u8>>, Refusal> {
    let keys: Vec<Vec<u8>> = texts.iter().filter_map(|text| key(text)).collect();
    let fault = || texts.iter().find_map(|text| secret_fault(text)).unwrap_or_default();
    if keys.is_empty() { Err(Refusal::NotReady(fault().to_owned())) } else { Ok(keys) }
}

/// What is signed, to be joined. Neither id nor time may hold a `.`, or two different deliveries could sign the same
/// bytes.
pub fn signed_parts<'a>(id: &'a str, timestamp: &'a str, body: &'a [u8]) -> [&'a [u8]; 5] {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body]
}

/// The header of signatures, one for each key.
pub fn signatures(keys: &[Vec<u8>], parts: &[&[u8]]) -> String {
    let each = keys.iter().map(|key| signature::sign(key, parts));
    let each: Vec<String> = each.map(|one| format!("{VERSION}{}", STANDARD.encode(one))).collect();
    each.join(" ")
}

/// The key in a secret. The prefix may be missing, and some services show the version before it.
pub fn key(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    // Read in the other alphabet it would be some key or other.
    if is_asymmetric(text) {
        return None;
    }
    let text = text.strip_prefix(VERSION).unwrap_or(text).trim_start();
    let text = text.strip_prefix("whsec_").unwrap_or(text);
    signature::from_any_base64(text).filter(|key| !key.is_empty())
}

fn is_asymmetric(text: &str) -> bool {
    let key = text.trim_start_matches("v1a,");
    key.starts_with("whpk_") || key.starts_with("whsk_")
}

/// What is wrong with a secret.
pub fn secret_fault(text: &str) -> Option<&'static str> {
    if is_asymmetric(text) {
        return Some(
            "a key of the asymmetric scheme v1a (`whpk_…`) is no shared secret, and that scheme is \
             not known here: let the sender sign by v1, with a secret `whsec_…`",
        );
    }
    key(text).is_none().then_some("a secret is not `whsec_` and base64 after it")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Id, time, body, secret and signature are literals of the reference implementation: the test `sign function
    /// works` in libraries/javascript/src/webhook.test.ts and `TestSymmetricWebhookSign` in
    /// libraries/go/webhook_symmetric_test.go of <https://github.com/standard-webhooks/standard-webhooks>.
    #[test]
    fn the_signature_is_that_of_the_reference_implementation() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let parts =
            signed_parts("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signatures(std::slice::from_ref(&key), &parts), expected);
        let both = signatures(&[key.clone(), b"old".to_vec()], &parts);
        assert!(both.starts_with(&format!("{expected} v1,")), "{both}");
        let digest = signature::from_base64(expected.strip_prefix(VERSION).unwrap()).unwrap();
        assert_eq!(signature::verify(&[&key], &parts, &[digest]), Ok(()));
    }
}
