//! Texts of others as people see them: nothing in them acts upon a terminal, hides, or is too long.

/// Whether a terminal acts upon the character, or a reader does not see that it is there: controls (C0, C1,
/// DEL), those of the direction of writing, and those without a width. What makes an emoji coloured or
/// plain (U+FE0E, U+FE0F) is none.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            u32::from(character),
            0xad | 0x34f
                | 0x61c
                | 0x115f..=0x1160
                | 0x17b4..=0x17b5
                | 0x180b..=0x180f
                | 0x200b..=0x200f
                | 0x2028..=0x202e
                | 0x2060..=0x206f
                | 0x3164
                | 0xfe00..=0xfe0d
                | 0xfeff
                | 0xffa0
                | 0xfff0..=0xfffb
                | 0x1_bca0..=0x1_bca3
                | 0x1_d173..=0x1_d17a
                | 0xe_0000..=0xe_0fff
        )
}

/// The text as one line in which all of it is seen. What is hidden stands there by its number.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => shown.push(' '),
            hidden if is_hidden(hidden) => shown.extend(hidden.escape_unicode()),
            seen => shown.push(seen),
        }
    }
    shown
}

/// A JSON document that says the same and holds nothing hidden but its own line breaks: such characters
/// stand within texts alone, where they may be escaped.
pub fn visible_json(document: &str) -> String {
    let mut shown = String::with_capacity(document.len());
    for character in document.chars() {
        if character == '\n' || !is_hidden(character) {
            shown.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            shown.push_str(&format!("\\u{unit:04x}"));
        }
    }
    shown
}

/// The longest address that mail servers take, RFC 5321.
const MAIL_ADDRESS_BYTES_MAX: usize = 254;

/// Whether it is one mail address without a name.
pub fn is_mail_address(text: &str) -> bool {
    let special = |c: char| c.is_whitespace() || r#",;:<>()[]\""#.contains(c);
    let Some((local, domain)) = text.split_once('@') else { return false };
    let dots_fit = |part: &str| part.split('.').all(|label| !label.is_empty());
    text.len() <= MAIL_ADDRESS_BYTES_MAX
        && !text.contains(special)
        && !domain.contains('@')
        && dots_fit(local)
        && dots_fit(domain)
}

/// The text, or its beginning with a mark where it is longer than so many characters.
pub fn cut(text: &str, characters_max: usize) -> String {
    match text.char_indices().nth(characters_max) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_is_not_hidden() {
        for seen in "aZ0 éßжあ漢👍🏽…–\"'<>\u{fe0f}\u{301}".chars() {
            assert!(!is_hidden(seen), "{seen:?}");
        }
        for hidden in
            "\0\u{1b}\u{7}\r\n\t\u{7f}\u{80}\u{9b}\u{200b}\u{200d}\u{202e}\u{2066}\u{feff}\u{e0041}"
                .chars()
        {
            assert!(is_hidden(hidden), "{hidden:?}");
        }
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("ééé", 3), "ééé");
        assert_eq!(cut("éééé", 3), "ééé…");
        assert_eq!(cut("", 0), "");
    }

    #[test]
    fn what_is_hidden_is_shown_by_its_number() {
        let hostile = "a\u{1b}[31mb\rc\nd\te\u{9b}f\u{202e}g\u{200b}h\u{e0041}é";
        assert_eq!(visible(hostile), "a\\u{1b}[31mb c d e\\u{9b}f\\u{202e}g\\u{200b}h\\u{e0041}é");
    }

    #[test]
    fn a_document_says_the_same_as_before() {
        let value = serde_json::json!({ "k\u{9b}\u{202e}": "a\u{1b}\u{7f}\u{200b}\u{e0041}é\n" });
        let shown = visible_json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!shown.contains(|one| one != '\n' && is_hidden(one)), "{shown:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
