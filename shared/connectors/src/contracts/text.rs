//! Texts that are safe to hand to another service.
//!
//! Invariant: a text that could become a second header, a second recipient or a broken message is
//! an error of the step. It is never repaired silently.

use tradewind_engine::effects::ActionError;
use tradewind_engine::texts::is_mail_address;

/// The longest line of a message, RFC 5322.
const LINE_BYTES_MAX: usize = 998;

/// A text of one line, such as a subject.
pub fn check_line(text: &str, field: &str) -> Result<(), ActionError> {
    if text.contains(['\r', '\n']) {
        return Err(ActionError::bad_data("header_injection", field));
    }
    if text.chars().any(char::is_control) {
        return Err(ActionError::bad_data("control_character", field));
    }
    if text.len() > LINE_BYTES_MAX {
        return Err(ActionError::bad_data("text_too_long", field));
    }
    Ok(())
}

/// A text of one line that says something, such as a name.
pub fn check_words(text: &str, field: &str) -> Result<(), ActionError> {
    check_line(text, field)?;
    match text.trim().is_empty() {
        true => Err(ActionError::bad_data("text_missing", field)),
        false => Ok(()),
    }
}

/// A text of one line that may be left out; an empty one counts as left out.
pub fn checked_words(text: Option<String>, field: &str) -> Result<Option<String>, ActionError> {
    let text = text.filter(|text| !text.trim().is_empty());
    text.as_ref().map_or(Ok(()), |text| check_line(text, field))?;
    Ok(text)
}

/// A text of any number of lines, such as a body.
pub fn check_lines(text: &str, field: &str) -> Result<(), ActionError> {
    let layout = |c: char| matches!(c, '\r' | '\n' | '\t');
    match text.chars().any(|c| c.is_control() && !layout(c)) {
        true => Err(ActionError::bad_data("control_character", field)),
        false => Ok(()),
    }
}

/// The digits of a phone number, that of its country among them. E.164 has 15 at most; no country's numbers
/// have fewer than 8.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// A phone number with its country, E.164: `+` and its digits, nothing between them. No country begins with 0.
pub fn check_phone(text: &str, field: &str) -> Result<(), ActionError> {
    check_line(text, field)?;
    let digits = text.strip_prefix('+').filter(|digits| !digits.starts_with('0'));
    let fits = |digits: &str| {
        PHONE_DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    match digits.is_some_and(fits) {
        true => Ok(()),
        false => Err(ActionError::bad_data("phone_invalid", field)),
    }
}

/// One mail address without a name: never two, never a comment.
pub fn check_address(text: &str, field: &str) -> Result<(), ActionError> {
    check_line(text, field)?;
    match is_mail_address(text) {
        true => Ok(()),
        false => Err(ActionError::bad_data("address_invalid", field)),
    }
}
