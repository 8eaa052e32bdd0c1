//! Mail by any mail server that takes messages from those who may hand them over (submission).
//!
//! Invariant: until the message itself is begun nothing was taken; from then on only the server's own word says what
//! became of it. No server knows a message that comes twice, so nothing is handed over again by itself: what helps a
//! recipient's program to fold the two is the `Message-ID`, which is the same in every attempt.
//!
//! Page: <https://www.rfc-editor.org/rfc/rfc6409>; what codes mean: <https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1>

mod message;

use crate::action::{Cx, Fulfilment, Implementation};
use crate::contract::Contract;
use crate::contracts::EmailSend;
use crate::contracts::email::{EmailMessage, EmailSent};
use crate::contracts::text::{check_address, checked_words};
use crate::provider::{Address, BuiltIn, Provider, owned};
use crate::providers::answers::{clear_text, failure};
use message::{Built, built};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ports::{
    Mail, MailEncryption, MailEnd, MailLack, MailLogin, MailStage, SecretText,
};

/// Any mail server.
pub static PROVIDER: BuiltIn = BuiltIn::new(|| {
    let page = "https://www.rfc-editor.org/rfc/rfc6409";
    Arc::new(Provider {
        settings: Arc::new(|| schemars::schema_for!(Settings).to_value()),
        secrets: owned(&["password"]),
        hosts: owned(&["{host}"]),
        addresses: vec![Address::new(Some("{host}"), &[], &["password"])],
        ..Provider::plain("smtp", "SMTP", page)
    })
});

/// What it does.
pub const ACTIONS: &[Fulfilment] = &[(EmailSend::ID, email_send)];

/// Where TLS begins with the first byte.
const TLS_PORT: u16 = 465;

/// The settings of a connection.
#[derive(Deserialize, JsonSchema)]
struct Settings {
    /// The mail server, such as `smtp.example.com`.
    host: String,
    /// Its port: 587, or 465 where it takes TLS from the first byte on.
    #[serde(default = "standard_port")]
    port: u16,
    /// `starttls`, which is what stands where nothing is said, `tls`, which does for the port 465, or `none`, to a
    /// server on this machine alone.
    #[serde(default)]
    encryption: Option<Encryption>,
    /// The user, where the server asks for one.
    #[serde(default)]
    user: Option<String>,
    /// The user's password, often one for programs alone.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    password: Option<SecretText>,
    /// The sender's address, which the server lets this user send from.
    from: String,
    /// The sender's name.
    #[serde(default)]
    from_name: Option<String>,
}

/// How what is said to a mail server is kept from others.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Encryption {
    /// From the first byte on.
    Tls,
    /// From `STARTTLS` on.
    StartTls,
    /// Not at all.
    None,
}

fn standard_port() -> u16 {
    587
}

/// `email.send` by a mail server.
fn email_send() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Neither, |cx, mail| Box::pin(send(cx, mail)))
}

async fn send(cx: &Cx<'_>, mail: EmailMessage) -> Result<EmailSent, ActionError> {
    let settings = Settings::of(cx)?;
    if mail.template_id.is_some() {
        return Err(ActionError::bad_data("template_not_here", "template_id"));
    }
    let own_sender = mail.from.is_some();
    let sender = mail.from.as_ref().unwrap_or(&settings.from);
    let sender_name = mail.from_name.as_ref().or(settings.from_name.as_ref());
    let Built { message_id, message } = built(cx, &mail, (sender, sender_name))?;
    let copies = [&mail.cc, &mail.bcc].into_iter().flatten().flatten();
    let handed = Mail {
        host: settings.host.clone(),
        port: settings.port,
        encryption: settings.encryption(),
        login: settings.login(),
        sender: sender.clone(),
        recipients: std::iter::once(&mail.to).chain(copies).cloned().collect(),
        message,
        timeout: cx.timeout,
    };
    let end = cx.http.hand_over(&cx.connection.recipient(), handed).await;
    match end.map_err(|error| failure(cx.connection, &error))? {
        MailEnd::Taken(_) => Ok(EmailSent { message_id: Some(message_id) }),
        MailEnd::Lacks(lack) => Err(lacking(lack)),
        MailEnd::Refused { stage, code, text } => {
            let said = clear_text(cx.connection, text.trim());
            let reason = format!("the mail server answered {code} {}: {said}", place(stage));
            Err(judged(stage, code, own_sender, reason))
        }
    }
}

/// What a refusal means. Codes of 400 and more may pass by themselves, and in neither case anything was taken.
fn judged(stage: MailStage, code: u16, own_sender: bool, reason: String) -> ActionError {
    match (stage, code) {
        (_, ..500) => ActionError::not_now(reason, None),
        // Who hands over has to prove it first.
        (MailStage::Greeting | MailStage::Login, _) | (_, 530) => ActionError::needs_repair(reason),
        // The account may not send from the connection's address; from the step's, the step is wrong.
        (MailStage::Sender, _) if !own_sender => ActionError::needs_repair(reason),
        _ => ActionError::refused(reason),
    }
}

fn place(stage: MailStage) -> &'static str {
    match stage {
        MailStage::Greeting => "when it was called",
        MailStage::Login => "to user and password",
        MailStage::Sender => "to the sender",
        MailStage::Recipient => "to a recipient",
        MailStage::Message => "to the message",
    }
}

fn lacking(lack: MailLack) -> ActionError {
    match lack {
        MailLack::Encryption => ActionError::needs_repair(
            "encryption_missing: the mail server has no STARTTLS; set `encryption: tls` and the port 465",
        ),
        MailLack::Login => ActionError::needs_repair(
            "login_unknown: the mail server takes no password by PLAIN or LOGIN",
        ),
        MailLack::OtherLetters => ActionError::refused(
            "address_invalid: the mail server knows no addresses with letters beyond ASCII",
        ),
    }
}

impl Settings {
    /// The settings of the connection, or what is wrong with any of them.
    fn of(cx: &Cx<'_>) -> Result<Self, ActionError> {
        let mut settings: Self = cx.connection.settings()?;
        let invalid =
            |error: ActionError| ActionError::needs_repair(format!("setting_invalid: {error}"));
        check_address(&settings.from, "from").map_err(invalid)?;
        settings.from_name = checked_words(settings.from_name, "from_name").map_err(invalid)?;
        if settings.user.is_some() != settings.password.is_some() {
            let what = "setting_invalid: `user` and `password` stand together or not at all";
            return Err(ActionError::needs_repair(what));
        }
        Ok(settings)
    }

    fn encryption(&self) -> MailEncryption {
        match self.encryption {
            Some(Encryption::Tls) => MailEncryption::Tls,
            Some(Encryption::None) => MailEncryption::None,
            None if self.port == TLS_PORT => MailEncryption::Tls,
            Some(Encryption::StartTls) | None => MailEncryption::StartTls,
        }
    }

    fn login(&self) -> Option<MailLogin> {
        let (user, password) = self.user.clone().zip(self.password.clone())?;
        Some(MailLogin { user, password })
    }
}

#[cfg(test)]
mod tests;
