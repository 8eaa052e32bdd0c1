//! Signatures by HMAC, with all that vendors do differently.
//!
//! Invariant: a timestamp is digits alone, and an id holds none of the literals between the pieces that are signed,
//! or two different deliveries could sign the same bytes.

use crate::deliveries::signature::{SIGNATURES_MAX, check_time, from_any_base64, verify_by};
use crate::deliveries::{Delivery, Refusal};
use ring::hmac::{self as ring_hmac, Algorithm};
use tradewind_engine::descriptions::{Decoding, Digest, Encoding, Hmac, Signed};
use tradewind_engine::digests::from_hex;
use tradewind_engine::time::Timestamp;

/// Between pairs, where the file says nothing.
const SEPARATOR: &str = ",";
/// The digits of a time in milliseconds since 1970, at least: in seconds so many are the year 33,658.
const MILLISECOND_DIGITS: usize = 13;

pub(super) fn verify(
    scheme: &Hmac,
    secrets: &[&str],
    delivery: &Delivery,
    now: Timestamp,
) -> Result<(), Refusal> {
    let keys: Vec<Vec<u8>> =
        secrets.iter().filter_map(|text| key_of(scheme.decode, text)).collect();
    if keys.is_empty() {
        let fault = secrets.iter().find_map(|text| secret_fault(scheme.decode, text));
        return Err(Refusal::NotReady(fault.unwrap_or_default().to_owned()));
    }
    let header = required(delivery, &scheme.header)?;
    let Signature { signatures, timestamp } = signature(scheme, header)?;
    let timestamp = match &scheme.timestamp {
        Some(name) => Some(required(delivery, name)?),
        None => timestamp,
    };
    let id = match &scheme.id {
        Some(name) => Some(required(delivery, name)?),
        None => None,
    };
    if let Some(tolerance) = scheme.tolerance {
        let timestamp = timestamp.ok_or(Refusal::SignatureMalformed)?;
        let cut = timestamp.len().saturating_sub(3);
        let is_in_milliseconds = timestamp.is_ascii() && timestamp.len() >= MILLISECOND_DIGITS;
        let seconds = if is_in_milliseconds { &timestamp[..cut] } else { timestamp };
        let is_digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
        check_time(if is_digits { seconds } else { "" }, tolerance, now)?;
    }
    let parts = signed_parts(scheme, delivery, timestamp, id)?;
    let digests: Vec<Vec<u8>> =
        signatures.iter().filter_map(|text| decoded(scheme.encoding, text)).collect();
    let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    verify_by(algorithm(scheme.hash), &keys, &parts, &digests)
}

/// What the header with the signature says.
struct Signature<'a> {
    signatures: Vec<&'a str>,
    timestamp: Option<&'a str>,
}

fn signature<'a>(scheme: &Hmac, header: &'a str) -> Result<Signature<'a>, Refusal> {
    let prefix = scheme.prefix.as_deref().unwrap_or_default();
    let several: Vec<&str> = match (&scheme.pairs, &scheme.separator) {
        (None, None) => vec![header],
        (_, separator) => {
            header.split(separator.as_deref().unwrap_or(SEPARATOR)).map(str::trim).collect()
        }
    };
    let (signatures, timestamp): (Vec<&str>, _) = match &scheme.pairs {
        None => (several, None),
        Some((signature, timestamp)) => {
            let named = |name: &str| {
                let pairs = several.iter().filter_map(|pair| pair.split_once('='));
                let name = name.to_owned();
                pairs.filter(move |(given, _)| *given == name).map(|(_, value)| value)
            };
            let timestamp = timestamp.as_deref().and_then(|name| named(name).next());
            (named(signature).collect(), timestamp)
        }
    };
    // Another label is another scheme, which is for others to check.
    let signatures: Vec<&str> =
        signatures.into_iter().filter_map(|one| one.strip_prefix(prefix)).collect();
    if signatures.is_empty() || signatures.len() > SIGNATURES_MAX {
        return Err(Refusal::SignatureMalformed);
    }
    Ok(Signature { signatures, timestamp })
}

fn signed_parts<'a>(
    scheme: &'a Hmac,
    delivery: &'a Delivery,
    timestamp: Option<&'a str>,
    id: Option<&'a str>,
) -> Result<Vec<&'a [u8]>, Refusal> {
    let literals = scheme.over.iter().filter_map(|one| match one {
        Signed::Literal(text) => Some(text.as_str()),
        _ => None,
    });
    let mut literals = literals.filter(|text| !text.is_empty());
    if id.is_some_and(|id| literals.any(|text| id.contains(text))) {
        return Err(Refusal::SignatureMalformed);
    }
    let part = |one: &'a Signed| match one {
        Signed::Method => Ok(delivery.method.as_str().as_bytes()),
        Signed::Timestamp => Ok(timestamp.ok_or(Refusal::SignatureMalformed)?.as_bytes()),
        Signed::Id => Ok(id.ok_or(Refusal::SignatureMalformed)?.as_bytes()),
        Signed::Body => Ok(&*delivery.body),
        Signed::Literal(text) => Ok(text.as_bytes()),
        // A file that asks for these is none that is carried out.
        Signed::Url | Signed::Path => Err(Refusal::NotFound),
    };
    scheme.over.iter().map(part).collect()
}

fn required<'a>(delivery: &'a Delivery, name: &str) -> Result<&'a str, Refusal> {
    let given = delivery.header(name).map(str::trim);
    given.filter(|value| !value.is_empty()).ok_or(Refusal::SignatureMissing)
}

fn decoded(encoding: Encoding, text: &str) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Hex => from_hex(text),
        Encoding::Base64 => from_any_base64(text),
    }
}

/// The hash of that name.
pub(crate) fn algorithm(hash: Digest) -> Algorithm {
    match hash {
        Digest::Sha1 => ring_hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Digest::Sha256 => ring_hmac::HMAC_SHA256,
        Digest::Sha512 => ring_hmac::HMAC_SHA512,
    }
}

/// The key that a secret stands for.
pub(crate) fn key_of(decode: Decoding, text: &str) -> Option<Vec<u8>> {
    let key = match decode {
        Decoding::Text => text.as_bytes().to_vec(),
        Decoding::Html => without_references(text).into_bytes(),
        Decoding::Hex => from_hex(text)?,
        Decoding::Base64 => from_any_base64(text)?,
    };
    (!key.is_empty()).then_some(key)
}

/// What is wrong with one text as a secret.
pub(super) fn secret_fault(decode: Decoding, text: &str) -> Option<&'static str> {
    if key_of(decode, text).is_some() {
        return None;
    }
    Some(match decode {
        Decoding::Hex => "a secret is not in hexadecimal digits",
        Decoding::Base64 => "a secret is not in base64",
        Decoding::Text | Decoding::Html => "a secret is empty",
    })
}

/// The characters that HTML writes by references, as WordPress makes them again of what it has stored
/// (<https://developer.wordpress.org/reference/functions/wp_specialchars_decode/>): each once, and no others.
fn without_references(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let reference = rest.find(';').and_then(|end| Some((character(&rest[1..end])?, end + 1)));
        let (character, length) = reference.unwrap_or(('&', 1));
        plain.push(character);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    plain
}

fn character(reference: &str) -> Option<char> {
    let number = |digits: &str, radix| {
        let character = u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        character.filter(|one| "&<>\"'".contains(*one))
    };
    match reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        _ => match reference.strip_prefix("#x").or(reference.strip_prefix("#X")) {
            Some(digits) => number(digits, 16),
            None => number(reference.strip_prefix('#')?, 10),
        },
    }
}
