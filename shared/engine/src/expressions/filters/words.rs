//! Filters on texts as vendors write them.

use super::super::error::Fault;
use super::{Bounded, Filtered, text_of};
use minijinja::Value;

/// The longest word of a vendor that is repeated.
const WORD_BYTES_MAX: usize = 64;
/// The longest reference of HTML that is looked at, from its `&` to its `;`.
const REFERENCE_BYTES_MAX: usize = 12;

/// Null for a text of nothing but white space, which is how many vendors say "none"; everything else stays.
pub(in super::super) fn blank(value: &Value) -> Filtered {
    let is_blank = value.as_str().is_some_and(|text| text.trim().is_empty());
    Ok(if is_blank { Value::from(()) } else { value.clone() })
}

/// A text that is one word of small letters and `_`, such as `no_service`: other texts may repeat what
/// was sent, and a part of an address that is a secret has capitals or digits.
pub(in super::super) fn word(value: &Value) -> Filtered {
    let text = text_of(value, "word")?;
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    if (1..=WORD_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_letter) {
        return Ok(value.clone());
    }
    Err(Fault::kind("`word`: the text is not one word").into())
}

/// The text with the references of HTML as the characters they stand for, once: `&amp;lt;` is `&lt;`.
pub(in super::super) fn unescape(value: &Value) -> Filtered {
    let mut rest = text_of(value, "unescape")?;
    let mut plain = Bounded::default();
    while let Some(start) = rest.find('&') {
        plain.push(&rest[..start])?;
        rest = &rest[start..];
        let end = rest.bytes().take(REFERENCE_BYTES_MAX).position(|byte| byte == b';');
        let character = end.and_then(|end| character(&rest[1..end]));
        let length = character.and(end).map_or(1, |end| end + 1);
        match character {
            Some(character) => plain.push(character.encode_utf8(&mut [0; 4]))?,
            None => plain.push("&")?,
        }
        rest = &rest[length..];
    }
    plain.push(rest)?;
    Ok(plain.text.into())
}

/// The character of a reference; those without a number are the ones that shops write.
fn character(reference: &str) -> Option<char> {
    if let Some(number) = reference.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return char::from_u32(number.ok()?).filter(|character| !character.is_control());
    }
    let named = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", '\u{a0}'),
        ("ndash", '–'),
        ("mdash", '—'),
        ("lsquo", '‘'),
        ("rsquo", '’'),
        ("ldquo", '“'),
        ("rdquo", '”'),
        ("hellip", '…'),
        ("times", '×'),
        ("euro", '€'),
    ];
    named.into_iter().find(|(name, _)| *name == reference).map(|(_, character)| character)
}
