//! What SendGrid answers.

use super::Answer;
use serde_json::json;

/// It has taken the mail.
pub(crate) fn taken() -> Answer {
    Answer::status(202).header("x-message-id", "message-1")
}

/// It says no.
pub(crate) fn refused(status: u16, message: &str) -> Answer {
    Answer::json(status, json!({ "errors": [{ "message": message, "field": null }] }))
}
