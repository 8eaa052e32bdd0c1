//! `email.send`: one message to one customer.

pub mod attachment;

use super::text::{check_address, check_line, check_lines, check_words, checked_words};
use crate::contract::{Contract, Tried};
use attachment::{Attachment, checked_attachments};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tradewind_engine::effects::{ActionError, OnUnknown};

/// The most addresses under `cc`, and the most under `bcc`.
const COPIES_MAX: usize = 20;

/// One message: with a subject and `html`, `text` or both, or as a template of the provider's makes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    { "required": ["subject", "html"] },
    { "required": ["subject", "text"] },
    { "required": ["template_id"] },
]))]
pub struct EmailMessage {
    /// One address, without a name.
    #[schemars(extend("format" = "email"))]
    pub to: String,
    /// The recipient's name, one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_name: Option<String>,
    /// Who gets a copy that the others see: at most 20 addresses, without names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(inner(email))]
    pub cc: Option<Vec<String>>,
    /// Who gets a copy that nobody else sees: at most 20 addresses, without names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(inner(email))]
    pub bcc: Option<Vec<String>>,
    /// One line. Needed without `template_id`; with it, some providers take it in place of the template's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
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
    /// The sender's name, one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_name: Option<String>,
    /// Where answers go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "email"))]
    pub reply_to: Option<String>,
    /// A template that the provider has, by its id there; it takes the place of `html` and `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// The template's values, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Map<String, Value>>,
    /// At most 10 files, together at most 700 KB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
}

/// The message was taken for delivery; that is not yet delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EmailSent {
    /// The provider's id of the message.
    pub message_id: Option<String>,
}

impl EmailMessage {
    /// The message as every provider may send it: one recipient, one line of subject, a body that is not empty or
    /// a template, and no text that could become something else on its way.
    pub fn checked(mut self) -> Result<Self, ActionError> {
        check_address(&self.to, "to")?;
        self.subject.as_ref().map_or(Ok(()), |subject| check_line(subject, "subject"))?;
        for (address, field) in [(&self.from, "from"), (&self.reply_to, "reply_to")] {
            address.as_ref().map_or(Ok(()), |address| check_address(address, field))?;
        }
        for (body, field) in [(&mut self.html, "html"), (&mut self.text, "text")] {
            *body = body.take().filter(|body| !body.trim().is_empty());
            body.as_ref().map_or(Ok(()), |body| check_lines(body, field))?;
        }
        self.subject = self.subject.filter(|subject| !subject.trim().is_empty());
        self.to_name = checked_words(self.to_name, "to_name")?;
        self.from_name = checked_words(self.from_name, "from_name")?;
        self.template_id = checked_words(self.template_id, "template_id")?;
        self.check_content()?;
        self.check_data()?;
        self.cc = self.cc.filter(|copies| !copies.is_empty());
        self.bcc = self.bcc.filter(|copies| !copies.is_empty());
        self.check_copies()?;
        self.attachments = checked_attachments(self.attachments)?;
        Ok(self)
    }

    /// A template, or a subject and a body.
    fn check_content(&self) -> Result<(), ActionError> {
        let bodies = [(&self.html, "html"), (&self.text, "text")];
        if self.template_id.is_some() {
            return match bodies.iter().find(|(body, _)| body.is_some()) {
                Some((_, field)) => {
                    Err(ActionError::bad_data("not_together", &format!("template_id and {field}")))
                }
                None => Ok(()),
            };
        }
        if self.subject.is_none() {
            return Err(ActionError::bad_data("text_missing", "subject"));
        }
        match bodies.iter().any(|(body, _)| body.is_some()) {
            true => Ok(()),
            false => Err(ActionError::bad_data("text_missing", "html or text")),
        }
    }

    fn check_data(&self) -> Result<(), ActionError> {
        let Some(data) = &self.data else { return Ok(()) };
        if self.template_id.is_none() && !data.is_empty() {
            return Err(ActionError::bad_data("template_missing", "data"));
        }
        data.iter().try_for_each(|(name, value)| {
            check_words(name, "data")?;
            check_texts(value, &format!("data.{name}"))
        })
    }

    /// No address is told twice, which some providers refuse and others send twice.
    fn check_copies(&self) -> Result<(), ActionError> {
        let mut seen = vec![self.to.to_lowercase()];
        for (copies, field) in [(&self.cc, "cc"), (&self.bcc, "bcc")] {
            let copies = copies.as_deref().unwrap_or_default();
            if copies.len() > COPIES_MAX {
                return Err(ActionError::bad_data("too_many", field));
            }
            for (index, address) in copies.iter().enumerate() {
                let place = format!("{field}[{index}]");
                check_address(address, &place)?;
                let address = address.to_lowercase();
                if seen.contains(&address) {
                    return Err(ActionError::bad_data("address_twice", &place));
                }
                seen.push(address);
            }
        }
        Ok(())
    }
}

/// Every text within a value.
fn check_texts(value: &Value, place: &str) -> Result<(), ActionError> {
    match value {
        Value::String(text) => check_lines(text, place),
        Value::Array(items) => items.iter().try_for_each(|item| check_texts(item, place)),
        Value::Object(members) => members.iter().try_for_each(|(name, member)| {
            check_line(name, place)?;
            check_texts(member, place)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// Send one email.
pub struct EmailSend;

impl Contract for EmailSend {
    const ID: &'static str = "email.send";
    const SUMMARY: &'static str = "Send one email";
    // The customer would have it twice.
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
mod tests;
