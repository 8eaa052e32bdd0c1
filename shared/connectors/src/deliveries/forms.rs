//! Form bodies (`application/x-www-form-urlencoded`, <https://url.spec.whatwg.org/#urlencoded-parsing>).
//!
//! Invariant: every body is a form: what is odd about one becomes a note.

use super::json::Body;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The fields as an object of texts; those of one that comes several times as a list.
pub fn read(body: &[u8]) -> Body {
    let mut notes = Vec::new();
    let text = String::from_utf8_lossy(body);
    if matches!(text, Cow::Owned(_)) {
        notes.push("the form is not UTF-8: U+FFFD stands for what cannot be read".to_owned());
    }
    let mut fields = Map::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name, &mut notes);
        let value = Value::String(decoded(value, &mut notes));
        match fields.get_mut(&name) {
            None => {
                fields.insert(name, value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Body { value: Value::Object(fields), notes }
}

/// The value of a name in a query string, decoded.
pub fn find_field(query: &str, wanted: &str) -> Option<String> {
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.find(|(name, _)| decoded(name, &mut Vec::new()) == wanted)?;
    Some(decoded(value, &mut Vec::new()))
}

/// The name of a pair as it is meant.
pub(crate) fn decoded_name(name: &str) -> String {
    decoded(name, &mut Vec::new())
}

fn decoded(text: &str, notes: &mut Vec<String>) -> String {
    let spaced = text.replace('+', " ");
    let bytes: Vec<u8> = percent_decode_str(&spaced).collect();
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let note = "a field of the form is not UTF-8: U+FFFD stands for what cannot be read";
        if notes.is_empty() {
            notes.push(note.to_owned());
        }
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(body: &[u8], expected: Value, notes: usize) {
        let read = read(body);
        assert_eq!((&read.value, read.notes.len()), (&expected, notes), "{:?}", read.notes);
    }

    #[test]
    fn fields_are_texts_and_several_of_one_name_a_list() {
        check(b"id=tr_1&note=a+b%26c", json!({ "id": "tr_1", "note": "a b&c" }), 0);
        check(b"t=x&t=y&t=z&&", json!({ "t": ["x", "y", "z"] }), 0);
        check(
            b"empty=&bare&=none&a=b=c",
            json!({ "empty": "", "bare": "", "": "none", "a": "b=c" }),
            0,
        );
        check("n=è&m=%C3%A8&k%5B%5D=1".as_bytes(), json!({ "n": "è", "m": "è", "k[]": "1" }), 0);
        check(b"", json!({}), 0);
    }

    #[test]
    fn what_is_no_text_is_marked_and_noted() {
        check(b"n=%FF%zz&m=%FF", json!({ "n": "\u{fffd}%zz", "m": "\u{fffd}" }), 1);
        check(b"n=\xff", json!({ "n": "\u{fffd}" }), 1);
    }

    #[test]
    fn a_name_is_found_in_a_query() {
        let query = "hub.mode=subscribe&hub.challenge=a%20b+c&x";
        assert_eq!(find_field(query, "hub.challenge").as_deref(), Some("a b c"));
        assert_eq!(find_field(query, "x").as_deref(), Some(""));
        assert_eq!(find_field(query, "challenge"), None);
    }
}
