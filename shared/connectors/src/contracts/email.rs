//! `email.send`: one message to one customer.

use super::text::{check_address, check_line, check_lines};
use crate::contract::{Contract, Tried};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tradewind_engine::effects::{ActionError, OnUnknown};

/// One message. At least one of `html` and `text` is needed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailMessage {
    /// One address, without a name.
    #[schemars(extend("format" = "email"))]
    pub to: String,
    /// One line.
    pub subject: String,
    /// The HTML body. Values mixed into it are escaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("contentMediaType" = "text/html"))]
    pub html: Option<String>,
    /// The plain text body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The sender's address; the connection's `from` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "email"))]
    pub from: Option<String>,
    /// Where answers go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "email"))]
    pub reply_to: Option<String>,
}

/// The message was taken for delivery; that is not yet delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EmailSent {
    /// The provider's id of the message.
    pub message_id: Option<String>,
}

impl EmailMessage {
    /// The message as every provider may send it: one recipient, one line of subject, a body that
    /// is not empty, and no text that could become something else on its way.
    pub fn checked(mut self) -> Result<Self, ActionError> {
        check_address(&self.to, "to")?;
        check_line(&self.subject, "subject")?;
        for (address, field) in [(&self.from, "from"), (&self.reply_to, "reply_to")] {
            address.as_ref().map_or(Ok(()), |address| check_address(address, field))?;
        }
        for (body, field) in [(&mut self.html, "html"), (&mut self.text, "text")] {
            *body = body.take().filter(|body| !body.trim().is_empty());
            body.as_ref().map_or(Ok(()), |body| check_lines(body, field))?;
        }
        if self.subject.trim().is_empty() {
            return Err(ActionError::bad_data("text_missing", "subject"));
        }
        if self.html.is_none() && self.text.is_none() {
            return Err(ActionError::bad_data("text_missing", "html or text"));
        }
        Ok(self)
    }

    /// Who sends it: the message's `from`, or else the connection's.
    pub fn sender<'a>(&'a self, connection_from: &'a str) -> Result<&'a str, ActionError> {
        match &self.from {
            Some(from) => Ok(from),
            None => check_address(connection_from, "from")
                .map(|()| connection_from)
                .map_err(|error| ActionError::needs_repair(format!("setting_invalid: {error}"))),
        }
    }
}

/// Send one email.
pub struct EmailSend;

impl Contract for EmailSend {
    const ID: &'static str = "email.send";
    const SUMMARY: &'static str = "Send one email";
    const ON_UNKNOWN: OnUnknown = OnUnknown::Hold;
    const HTML_FIELDS: &'static [&'static str] = &["html"];
    type Input = EmailMessage;
    type Output = EmailSent;

    fn checked(message: EmailMessage) -> Result<EmailMessage, ActionError> {
        message.checked()
    }

    fn sample(_: &EmailMessage, tried: &Tried<'_, Self>) -> EmailSent {
        EmailSent { message_id: Some(tried.new_id.to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> EmailMessage {
        EmailMessage {
            to: "ada@example.com".to_owned(),
            subject: "Your order 1001".to_owned(),
            html: Some("<p>Thank you</p>".to_owned()),
            text: None,
            from: None,
            reply_to: None,
        }
    }

    fn check_refused(change: fn(&mut EmailMessage), expected: &str) {
        let mut message = message();
        change(&mut message);
        assert_eq!(message.checked().unwrap_err().to_string(), expected);
    }

    #[test]
    fn a_message_that_can_be_sent_stays_as_it_is() {
        assert_eq!(message().checked(), Ok(message()));
    }

    #[test]
    fn a_line_break_cannot_become_a_header() {
        check_refused(|m| m.subject = "a\r\nBcc: x".to_owned(), "header_injection: subject");
        check_refused(|m| m.subject = "a\nb".to_owned(), "header_injection: subject");
        check_refused(|m| m.to = "a@b\r".to_owned(), "header_injection: to");
        check_refused(|m| m.from = Some("a@b\nc".to_owned()), "header_injection: from");
        check_refused(|m| m.reply_to = Some("a@b\rc".to_owned()), "header_injection: reply_to");
    }

    #[test]
    fn control_characters_are_named_by_field() {
        check_refused(|m| m.subject = "a\u{0}".to_owned(), "control_character: subject");
        check_refused(|m| m.html = Some("a\u{0}".to_owned()), "control_character: html");
        check_refused(|m| m.text = Some("a\u{1b}[1m".to_owned()), "control_character: text");
        check_refused(|m| m.to = "a\u{7f}@b".to_owned(), "control_character: to");
    }

    #[test]
    fn there_is_exactly_one_recipient() {
        for to in
            ["a@b, c@d", "a@b;c@d", "a@b c@d", "A <a@b>", "a@b@c", "a", "@b", "a@", "", "a@b..c"]
        {
            let refused = EmailMessage { to: to.to_owned(), ..message() }.checked().unwrap_err();
            assert_eq!(refused.to_string(), "address_invalid: to", "{to:?}");
        }
        let unusual = EmailMessage { to: "o'neil+shop@müller.example".to_owned(), ..message() };
        assert!(unusual.checked().is_ok());
    }

    #[test]
    fn a_message_has_a_subject_and_a_body() {
        check_refused(|m| m.html = None, "text_missing: html or text");
        check_refused(|m| m.html = Some(" \n".to_owned()), "text_missing: html or text");
        check_refused(|m| m.subject = String::new(), "text_missing: subject");
        check_refused(|m| m.subject = "x".repeat(999), "text_too_long: subject");
    }

    #[test]
    fn a_sender_that_is_no_address_is_a_matter_of_the_connection() {
        assert_eq!(message().sender("shop@example.com"), Ok("shop@example.com"));
        let repair = ActionError::needs_repair("setting_invalid: address_invalid: from");
        assert_eq!(message().sender("shop"), Err(repair));
    }
}
