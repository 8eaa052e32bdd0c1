//! Texts as they may be printed: nothing that others wrote acts upon a terminal, or hides in it.

use tradewind_engine::texts::is_hidden;

/// The text as one line in which all of it is seen. What is hidden stands there by its number.
pub(crate) fn visible(text: &str) -> String {
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
pub(crate) fn visible_json(document: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

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
