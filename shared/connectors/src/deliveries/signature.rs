//! Signatures by HMAC, mostly with SHA-256, over the body exactly as received.
//!
//! Invariant: digests are compared in constant time, by `ring`, and without a key nothing fits.

use super::Refusal;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use ring::hmac;
use std::time::Duration;
use tradewind_engine::time::{self, Timestamp};

/// How many signatures a delivery may carry.
pub const SIGNATURES_MAX: usize = 8;
/// How far the signed time may be from ours, either way.
pub const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Whether any of `keys` signed the joined `parts` with any of `digests`. Every pair is tried, so
/// that the time it takes does not tell which one fits.
pub fn verify(keys: &[&[u8]], parts: &[&[u8]], digests: &[Vec<u8>]) -> Result<(), Refusal> {
    verify_by(hmac::HMAC_SHA256, keys, parts, digests)
}

/// As [`verify`], with another hash.
pub(crate) fn verify_by(
    hash: hmac::Algorithm,
    keys: &[&[u8]],
    parts: &[&[u8]],
    digests: &[Vec<u8>],
) -> Result<(), Refusal> {
    let mut fits = false;
    for key in keys.iter().filter(|key| !key.is_empty()) {
        let key = hmac::Key::new(hash, key);
        // `ring` compares digests only while it checks one, so each is checked as a message: the
        // body, which may be long, is read once for each key and not once for each digest.
        let expected = hmac::sign(&key, tag(&key, parts).as_ref());
        for digest in digests {
            fits |= hmac::verify(&key, digest, expected.as_ref()).is_ok();
        }
    }
    if fits { Ok(()) } else { Err(Refusal::SignatureInvalid) }
}

/// Whether a text is one of the secrets that sender and receiver share. It is compared by its digest, so that the time
/// tells nothing of how much of it is right.
pub(crate) fn verify_shared(secrets: &[&str], given: &str) -> Result<(), Refusal> {
    let digests: Vec<Vec<u8>> =
        secrets.iter().map(|secret| sign(SHARED, &[secret.as_bytes()])).collect();
    verify(&[SHARED], &[given.as_bytes()], &digests)
}

/// Any key will do to make digests of equal length.
const SHARED: &[u8] = b"shared";

/// The signature of the joined `parts` by that key.
pub fn sign(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    sign_by(hmac::HMAC_SHA256, key, parts)
}

/// As [`sign`], with another hash.
pub(crate) fn sign_by(hash: hmac::Algorithm, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    tag(&hmac::Key::new(hash, key), parts).as_ref().to_vec()
}

fn tag(key: &hmac::Key, parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    parts.iter().for_each(|part| context.update(part));
    context.sign()
}

/// As [`verify`], for schemes that sign the time too: `timestamp` is in seconds since 1970 and must
/// be near `now`, and `signatures` are base64. Those that are not are no signatures of ours.
pub fn verify_timestamped(
    keys: &[&[u8]],
    signatures: &[&str],
    timestamp: &str,
    parts: &[&[u8]],
    now: Timestamp,
) -> Result<(), Refusal> {
    if signatures.len() > SIGNATURES_MAX {
        return Err(Refusal::SignatureMalformed);
    }
    check_time(timestamp, TOLERANCE, now)?;
    let digests: Vec<Vec<u8>> = signatures.iter().filter_map(|text| from_base64(text)).collect();
    verify(keys, parts, &digests)
}

/// Whether a signed time, in seconds since 1970, is near `now`.
pub(crate) fn check_time(
    timestamp: &str,
    tolerance: Duration,
    now: Timestamp,
) -> Result<(), Refusal> {
    let signed_at = seconds(timestamp)?;
    if signed_at < time::before(now, tolerance) || signed_at > time::after(now, tolerance) {
        return Err(Refusal::TimestampOutOfRange);
    }
    Ok(())
}

fn seconds(timestamp: &str) -> Result<Timestamp, Refusal> {
    if timestamp.is_empty() || !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::SignatureMalformed);
    }
    let second = timestamp.parse().map_err(|_| Refusal::TimestampOutOfRange)?;
    Timestamp::from_second(second).map_err(|_| Refusal::TimestampOutOfRange)
}

/// The bytes of a base64 text with padding.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The bytes of a base64 text in either alphabet (RFC 4648), with padding or without.
pub fn from_any_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    STANDARD_NO_PAD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tradewind_engine::digests::from_hex;

    const NOW: i64 = 1_763_899_200;

    fn digest(key: &[u8], message: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref().to_vec()
    }

    #[test]
    fn the_digest_is_that_of_rfc_4231() {
        let published = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let given = from_hex(published).unwrap();
        let message: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
        assert_eq!(verify(&[b"Jefe"], &message, &[given]), Ok(()));
    }

    #[test]
    fn any_key_and_any_digest_may_fit() {
        let given = [digest(b"other", b"body"), digest(b"new", b"body")];
        assert_eq!(verify(&[b"old", b"new"], &[b"body"], &given), Ok(()));
        let invalid = Err(Refusal::SignatureInvalid);
        assert_eq!(verify(&[b"old"], &[b"body"], &given), invalid);
        assert_eq!(verify(&[b"new"], &[b"body "], &given), invalid);
        assert_eq!(verify(&[b"new"], &[b"body"], &[]), invalid);
        assert_eq!(verify(&[b"new"], &[b"body"], &[Vec::new()]), invalid);
        assert_eq!(verify(&[], &[b"body"], &given), invalid);
    }

    #[test]
    fn an_empty_key_never_fits() {
        let given = [digest(b"", b"body")];
        assert_eq!(verify(&[b""], &[b"body"], &given), Err(Refusal::SignatureInvalid));
    }

    fn check_signed_at(timestamp: &str, expected: Result<(), Refusal>) {
        let signature = STANDARD.encode(digest(b"key", b"body"));
        let now = Timestamp::from_second(NOW).unwrap();
        let found = verify_timestamped(&[b"key"], &[&signature], timestamp, &[b"body"], now);
        assert_eq!(found, expected, "{timestamp}");
    }

    #[test]
    fn the_signed_time_is_at_most_five_minutes_away() {
        check_signed_at(&NOW.to_string(), Ok(()));
        check_signed_at(&(NOW - 300).to_string(), Ok(()));
        check_signed_at(&(NOW + 300).to_string(), Ok(()));
        for far in [NOW - 301, NOW + 301, NOW - 360, NOW + 360, 0, i64::MAX] {
            check_signed_at(&far.to_string(), Err(Refusal::TimestampOutOfRange));
        }
        check_signed_at(&"9".repeat(40), Err(Refusal::TimestampOutOfRange));
        for malformed in ["abc", "", "-5", "+5", "1.5", " 5"] {
            check_signed_at(malformed, Err(Refusal::SignatureMalformed));
        }
    }

    #[test]
    fn base64_is_read_in_either_alphabet_with_padding_or_without() {
        for text in ["+/8=", "+/8", "-_8=", "-_8"] {
            assert_eq!(from_any_base64(text), Some(vec![0xfb, 0xff]), "{text}");
        }
        assert_eq!(from_any_base64("a b"), None);
    }
}
