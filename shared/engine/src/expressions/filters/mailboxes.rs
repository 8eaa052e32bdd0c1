//! Mail addresses with the names of those they belong to.

use super::super::error::Fault;
use super::{Bounded, Filtered, text_of};
use crate::texts::is_mail_address;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::Value;

/// The longest text of which an encoded word is made, in bytes: a word has at most 75 characters (RFC 2047, section 2),
/// of which `=?UTF-8?B?` and `?=` are 12, and base64 makes four of three.
const ENCODED_WORD_BYTES_MAX: usize = 45;

/// A name and its address as one text, `"Ada Example" <ada@example.com>`. The name is a quoted string (RFC 5322,
/// section 3.2.4), so that nothing in it can become a second address.
pub(in super::super) fn mailbox(value: &Value, address: &Value) -> Filtered {
    let (name, address) = parts(value, address, "mailbox")?;
    with_name(&quoted(name)?, address)
}

/// The same for services that take ASCII alone: a name with other characters is written in encoded words (RFC 2047).
pub(in super::super) fn ascii_mailbox(value: &Value, address: &Value) -> Filtered {
    let (name, address) = parts(value, address, "ascii_mailbox")?;
    let name = if name.is_ascii() { quoted(name)? } else { encoded(name)? };
    with_name(&name, address)
}

/// The name and the address of a mailbox.
fn parts<'a>(
    value: &'a Value,
    address: &'a Value,
    filter: &str,
) -> Result<(&'a str, &'a str), Fault> {
    let (name, address) = (text_of(value, filter)?, text_of(address, filter)?);
    if name.chars().any(char::is_control) {
        let message = format!("`{filter}`: the name has a line break or a control character");
        return Err(Fault::kind(message));
    }
    if !is_mail_address(address) {
        return Err(Fault::kind(format!("`{filter}`: the address is not one mail address")));
    }
    Ok((name, address))
}

fn with_name(name: &str, address: &str) -> Filtered {
    let mut mailbox = Bounded::default();
    for part in [name, " <", address, ">"] {
        mailbox.push(part)?;
    }
    Ok(mailbox.text.into())
}

fn quoted(name: &str) -> Result<String, Fault> {
    let mut quoted = Bounded::default();
    quoted.push("\"")?;
    for character in name.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push("\\")?;
        }
        quoted.push(character.encode_utf8(&mut [0; 4]))?;
    }
    quoted.push("\"")?;
    Ok(quoted.text)
}

fn encoded(name: &str) -> Result<String, Fault> {
    let mut encoded = Bounded::default();
    let mut rest = name;
    while !rest.is_empty() {
        let (word, behind) = rest.split_at(rest.floor_char_boundary(ENCODED_WORD_BYTES_MAX));
        // Between two encoded words the blank is not part of the name.
        let between = if encoded.text.is_empty() { "" } else { " " };
        for part in [between, "=?UTF-8?B?", &STANDARD.encode(word), "?="] {
            encoded.push(part)?;
        }
        rest = behind;
    }
    Ok(encoded.text)
}
