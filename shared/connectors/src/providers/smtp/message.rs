//! From a mail to the bytes that a mail server is given (RFC 5322, RFC 2045).
//!
//! Invariant: the same in every attempt of a step but for its date, and no text of it can become a header or end a part.

use crate::action::Cx;
use crate::contracts::email::EmailMessage;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use lettre::address::{Address, Envelope};
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Attachment, Body, Mailbox, Message, MultiPart, SinglePart};
use ring::digest::{Context, SHA256};
use std::time::{Duration, UNIX_EPOCH};
use tradewind_engine::digests::hex;
use tradewind_engine::effects::ActionError;

/// A message and its own id.
pub(super) struct Built {
    pub(super) message_id: String,
    pub(super) message: Bytes,
}

/// The message of that sender.
pub(super) fn built(
    cx: &Cx<'_>,
    mail: &EmailMessage,
    (sender, sender_name): (&str, Option<&String>),
) -> Result<Built, ActionError> {
    let domain = sender.rsplit_once('@').map_or("", |(_, domain)| domain);
    let digests = Digests::of(cx, mail);
    let message_id = format!("<{}@{domain}>", digests.id);
    let from = mailbox(sender, sender_name, "from")?;
    let to = mailbox(&mail.to, mail.to_name.as_ref(), "to")?;
    let envelope = Envelope::new(Some(from.email.clone()), vec![to.email.clone()]);
    let envelope = envelope.map_err(|error| unmade(&error))?;
    let seconds = u64::try_from(cx.clock.now().as_second()).unwrap_or_default();
    let mut message = Message::builder()
        // Who gets it is said to the server: what stands here is for those who read it.
        .envelope(envelope)
        .date(UNIX_EPOCH + Duration::from_secs(seconds))
        .message_id(Some(message_id.clone()))
        .from(from)
        .to(to)
        .subject(mail.subject.clone().unwrap_or_default());
    for copy in mail.cc.iter().flatten() {
        message = message.cc(mailbox(copy, None, "cc")?);
    }
    if let Some(reply_to) = &mail.reply_to {
        message = message.reply_to(mailbox(reply_to, None, "reply_to")?);
    }
    let files = mail.attachments.iter().flatten().map(|file| {
        let invalid = || ActionError::bad_data("attachment_invalid", &file.name);
        let content = STANDARD.decode(&file.content).map_err(|_| invalid())?;
        let content_type = ContentType::parse(&file.content_type).map_err(|_| invalid())?;
        // As it is, a file of ASCII would have lines of its own, which servers refuse or change.
        let body = Body::new_with_encoding(content, ContentTransferEncoding::Base64);
        let body = body.map_err(|_| invalid())?;
        Ok(Attachment::new(file.name.clone()).body(body, content_type))
    });
    let files: Vec<SinglePart> = files.collect::<Result<_, ActionError>>()?;
    let text = mail.text.as_ref().map(|text| SinglePart::plain(text.clone()));
    let html = mail.html.as_ref().map(|html| SinglePart::html(html.clone()));
    let alternatives = || MultiPart::alternative().boundary(&digests.inner).build();
    let message = match (text, html) {
        (Some(text), Some(html)) => {
            let both = alternatives().singlepart(text).singlepart(html);
            match files.is_empty() {
                true => message.multipart(both),
                false => message.multipart(with_files(digests.mixed().multipart(both), files)),
            }
        }
        (Some(body), None) | (None, Some(body)) => match files.is_empty() {
            true => message.singlepart(body),
            false => message.multipart(with_files(digests.mixed().singlepart(body), files)),
        },
        (None, None) => return Err(ActionError::bad_data("text_missing", "html or text")),
    };
    let message = message.map_err(|error| unmade(&error))?;
    Ok(Built { message_id, message: Bytes::from(message.formatted()) })
}

fn with_files(parts: MultiPart, files: Vec<SinglePart>) -> MultiPart {
    files.into_iter().fold(parts, MultiPart::singlepart)
}

fn mailbox(address: &str, name: Option<&String>, field: &str) -> Result<Mailbox, ActionError> {
    let parsed: Address =
        address.parse().map_err(|_| ActionError::bad_data("address_invalid", field))?;
    Ok(Mailbox::new(name.cloned(), parsed))
}

fn unmade(error: &dyn std::fmt::Display) -> ActionError {
    ActionError::refused(format!("message_invalid: {error}"))
}

/// What is different for every message: its id, and what stands between its parts. These are made of what stands in
/// the parts as well, so that nobody who writes a part knows them.
struct Digests {
    id: String,
    outer: String,
    inner: String,
}

impl Digests {
    fn of(cx: &Cx<'_>, mail: &EmailMessage) -> Self {
        let written = serde_json::to_string(mail).unwrap_or_default();
        let digest = |of: &str, with: &str| {
            let mut context = Context::new(&SHA256);
            [of, "\n", cx.idempotency_key, "\n", with]
                .iter()
                .for_each(|part| context.update(part.as_bytes()));
            hex(&context.finish().as_ref()[..16])
        };
        Self {
            id: digest("id", ""),
            outer: digest("outer", &written),
            inner: digest("inner", &written),
        }
    }

    fn mixed(&self) -> lettre::message::MultiPartBuilder {
        MultiPart::mixed().boundary(&self.outer)
    }
}
