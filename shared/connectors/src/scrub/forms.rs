//! What there is to be found of a secret: its parts that open something by themselves, and their forms
//! that no escape leads to.

use super::SECRET_CHARACTERS_MIN;
use super::pattern::{Alphabet, Pattern};
use super::words::is_word;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tradewind_engine::digests::hex;

/// What URLs and forms carry as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// A part of a secret that is shorter opens nothing.
const PART_CHARACTERS_MIN: usize = 8;
/// Names of fields end so whose values are secret.
const SECRET_ENDINGS: [&str; 5] = ["key", "secret", "token", "password", "passphrase"];

/// The secret, and what of it is a secret by itself: the path of an URL, the key in a key file.
pub(super) fn parts(secret: &str) -> Vec<Part> {
    if secret.chars().count() < SECRET_CHARACTERS_MIN {
        return Vec::new();
    }
    let mut parts = vec![Part::Text(secret.to_owned())];
    let is_long = |part: &&str| part.chars().count() >= PART_CHARACTERS_MIN;
    parts
        .extend(of_url(secret).into_iter().filter(is_long).map(|part| Part::Text(part.to_owned())));
    if let Ok(Value::Object(fields)) = serde_json::from_str(secret) {
        let is_secret = |name: &str| {
            let name = name.to_ascii_lowercase();
            SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending))
        };
        let texts = fields.iter().filter(|(name, _)| is_secret(name));
        let texts = texts.filter_map(|(_, value)| value.as_str()).filter(is_long);
        for text in texts {
            parts.push(Part::Text(text.to_owned()));
            parts.extend(of_pem(text));
        }
    }
    parts.extend(of_pem(secret));
    parts
}

/// A part of a secret.
pub(super) enum Part {
    /// A text.
    Text(String),
    /// Letters of base64, however they are broken into lines.
    Base64(String),
}

/// Path and query of an URL, and the last segment of its path, as far as they are not ordinary words: servers
/// repeat those without the host.
fn of_url(secret: &str) -> Vec<&str> {
    let rest = secret.strip_prefix("https://").or_else(|| secret.strip_prefix("http://"));
    let Some(path) = rest.and_then(|rest| rest.find('/').map(|at| &rest[at..])) else {
        return Vec::new();
    };
    let last =
        path.split('?').next().and_then(|path| path.trim_end_matches('/').rsplit('/').next());
    let is_ordinary = |part: &str| part.split('/').all(|segment| is_word(segment.as_bytes()));
    [Some(path), last].into_iter().flatten().filter(|part| !is_ordinary(part)).collect()
}

/// How many of its first bytes are no secret: scheme and host of an address, what stands before the key in a
/// key file.
fn known_bytes(secret: &str) -> usize {
    const DASHES: &str = "-----";
    if let Some(begin) = secret.find("-----BEGIN ") {
        let label = begin + DASHES.len();
        let end = secret[label..].find(DASHES);
        return end.map_or(secret.len(), |end| label + end + DASHES.len());
    }
    match secret.find("://").map(|at| at + 3) {
        Some(host) => secret[host..].find('/').map_or(secret.len(), |path| host + path),
        None if secret.starts_with('{') => secret.len(),
        None => 0,
    }
}

/// What stands between the first and the last line of a PEM text.
fn of_pem(text: &str) -> Option<Part> {
    let (_, after) = text.split_once("-----BEGIN ")?;
    let (_, after) = after.split_once("-----")?;
    let (body, _) = after.split_once("-----END ")?;
    let letters: String =
        body.split("\\n").flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
    (letters.len() >= PART_CHARACTERS_MIN).then_some(Part::Base64(letters))
}

/// The forms of a part that are looked for.
pub(super) fn patterns(part: &Part) -> Vec<Pattern> {
    let text = match part {
        Part::Base64(letters) => {
            return vec![Pattern::new(letters.as_bytes(), Alphabet::Base64, 0, letters.len())];
        }
        Part::Text(text) => text,
    };
    let characters = text.chars().count();
    let mut patterns =
        vec![Pattern::new(text.as_bytes(), Alphabet::Text, known_bytes(text), characters)];
    for written in writings(text) {
        patterns.extend((0..3).filter_map(|before| in_base64(&written, before, characters)));
        let digits = hex(written.as_bytes());
        let known = 2 * known_bytes(&written);
        patterns.push(Pattern::new(digits.as_bytes(), Alphabet::Hexadecimal, known, characters));
    }
    patterns
}

/// What may have been put into base64 or hexadecimal digits: the text as requests carry it.
fn writings(text: &str) -> Vec<String> {
    let quoted = Value::from(text).to_string();
    let quoted = &quoted[1..quoted.len() - 1];
    let percent = utf8_percent_encode(text, UNRESERVED).to_string();
    let mut writings =
        vec![text.to_owned(), quoted.to_owned(), quoted.replace('/', "\\/"), percent];
    writings.sort();
    writings.dedup();
    writings
}

/// The letters of base64 that follow from the text alone where so many bytes, of three, stand before it.
fn in_base64(text: &str, before: usize, characters: usize) -> Option<Pattern> {
    let bytes = [&vec![0; before], text.as_bytes()].concat();
    let letters = STANDARD.encode(&bytes);
    // Those at the edges follow from their neighbours too.
    let (start, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    let letters = letters.get(start..end)?;
    let known = (known_bytes(text) * 8 / 6).min(letters.len());
    (letters.len() >= SECRET_CHARACTERS_MIN)
        .then(|| Pattern::new(letters.as_bytes(), Alphabet::Base64, known, characters))
}
