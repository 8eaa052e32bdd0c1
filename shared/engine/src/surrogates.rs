//! Halves of characters in JSON: a sender that cuts a text within an emoji leaves one half of a
//! surrogate pair as an escape (RFC 8259, section 8.2), which no text can hold.
//!
//! Invariant: whatever was readable before means the same afterwards.

use std::borrow::Cow;

/// What stands for a half whose other half is missing.
const REPLACEMENT: &str = "\\ufffd";
/// The length of an escape such as `\ud83d`.
const ESCAPE_BYTES: usize = 6;

/// The JSON text with U+FFFD in place of every half that stands alone; borrowed where there is none.
pub fn mend(json: &str) -> Cow<'_, str> {
    let mut mended = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = json[at..].find('\\') {
        at += found;
        let (length, is_alone) = match unit(json, at) {
            // `\\` and other escapes of one character, which may be longer than one byte.
            None => (1 + json[at + 1..].chars().next().map_or(0, char::len_utf8), false),
            Some(0xd800..=0xdbff) => match unit(json, at + ESCAPE_BYTES) {
                Some(0xdc00..=0xdfff) => (2 * ESCAPE_BYTES, false),
                _ => (ESCAPE_BYTES, true),
            },
            Some(0xdc00..=0xdfff) => (ESCAPE_BYTES, true),
            Some(_) => (ESCAPE_BYTES, false),
        };
        if is_alone {
            mended.push_str(&json[copied..at]);
            mended.push_str(REPLACEMENT);
            copied = at + length;
        }
        at += length;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    mended.push_str(&json[copied..]);
    Cow::Owned(mended)
}

/// The code unit of the escape that begins at this byte.
fn unit(json: &str, at: usize) -> Option<u16> {
    let digits = json.get(at..at + ESCAPE_BYTES)?.strip_prefix("\\u")?;
    let are_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    are_digits.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        assert_eq!(mend(json), expected);
        if json == expected {
            assert!(matches!(mend(json), Cow::Borrowed(_)), "{json}");
        }
    }

    #[test]
    fn halves_that_stand_alone_are_replaced_and_nothing_else() {
        check(r#""a \ud83d""#, r#""a \ufffd""#);
        check(r#""\uDC00\ud800""#, r#""\ufffd\ufffd""#);
        check(r#""\ud800\ud83d\ude00 é""#, r#""\ufffd\ud83d\ude00 é""#);
        check(r#"{"\ud800x":1}"#, r#"{"\ufffdx":1}"#);
        for whole in [r#""\ud83d\ude00""#, r#""\\ud83d""#, r#""\u00e9""#, "", "\\", "\"\\è\""] {
            check(whole, whole);
        }
        check(r#""\\\ud83d""#, r#""\\\ufffd""#);
        for cut in [r#""\ud8"#, r#""\u"#, r#""\ud83é"#, r#""\u+83d""#] {
            check(cut, cut);
        }
    }

    #[test]
    fn what_is_mended_can_be_read() {
        let mended = mend(r#"{"\udfff":["\ud800","\ud83d\ude00"]}"#).into_owned();
        let value: serde_json::Value = serde_json::from_str(&mended).unwrap();
        assert_eq!(value["\u{fffd}"][1], "\u{1f600}");
    }
}
