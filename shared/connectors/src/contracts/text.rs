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

/// A text of any number of lines, such as a body.
pub fn check_lines(text: &str, field: &str) -> Result<(), ActionError> {
    let layout = |c: char| matches!(c, '\r' | '\n' | '\t');
    match text.chars().any(|c| c.is_control() && !layout(c)) {
        true => Err(ActionError::bad_data("control_character", field)),
        false => Ok(()),
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
