//! Messages for a mail server.

use super::SecretText;
use bytes::Bytes;
use std::time::Duration;

/// One message for a mail server, and who hands it over.
#[derive(Clone)]
pub struct Mail {
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How what is said to it is kept from others.
    pub encryption: MailEncryption,
    /// Who may hand messages over; nobody in particular where the server asks nobody.
    pub login: Option<MailLogin>,
    /// Where the server sends what cannot be delivered: one address.
    pub sender: String,
    /// Who gets it: addresses.
    pub recipients: Vec<String>,
    /// The message with its head (RFC 5322).
    pub message: Bytes,
    /// From connecting to the last answer.
    pub timeout: Duration,
}

/// How what is said to a mail server is kept from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailEncryption {
    /// From the first byte on (RFC 8314).
    Tls,
    /// From `STARTTLS` on, before which nothing is said that matters (RFC 3207).
    StartTls,
    /// Not at all: to a server on this machine alone.
    None,
}

/// Who may hand messages over.
#[derive(Clone)]
pub struct MailLogin {
    /// The user.
    pub user: String,
    /// The password.
    pub password: SecretText,
}

/// How a conversation with a mail server ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailEnd {
    /// It took the message for all recipients, and said this.
    Taken(String),
    /// It refused, and took nothing.
    Refused {
        /// Where.
        stage: MailStage,
        /// Its code: 4xx may pass by itself, 5xx does not.
        code: u16,
        /// What it said.
        text: String,
    },
    /// It cannot do what is needed, and nothing was handed over.
    Lacks(MailLack),
}

/// Where a conversation with a mail server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailStage {
    /// It says who it is, and what it can do.
    Greeting,
    /// It is told who hands over.
    Login,
    /// It is told the sender.
    Sender,
    /// It is told a recipient.
    Recipient,
    /// It is given the message.
    Message,
}

/// What a mail server cannot do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailLack {
    /// It has no `STARTTLS`.
    Encryption,
    /// It takes no password in a way that is known here.
    Login,
    /// It knows no addresses with letters beyond ASCII.
    OtherLetters,
}
