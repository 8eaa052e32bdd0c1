//! One message handed over to a mail server.
//!
//! Invariant: until the message itself is begun nothing was taken, and [`HttpError::NotSent`] is said. From then on
//! only the server's own word says what became of it. What is connected to is the address that was judged, and a
//! password goes only where it is encrypted, or to this machine.
//!
//! <https://www.rfc-editor.org/rfc/rfc5321>, <https://www.rfc-editor.org/rfc/rfc6409>

use super::lookup::CheckedLookup;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, CertificateStore, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use secrecy::ExposeSecret;
use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tradewind_engine::hosts::{AllowedHosts, Recipient, judge_mail};
use tradewind_engine::ports::{HttpError, Mail, MailEncryption, MailEnd, MailLack, MailStage};
use url::Host;

/// The longest that connecting and the TLS handshake may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How passwords are told, the first that the server takes. Both are told within TLS.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];
/// The longest text of a server that is kept, in characters.
const TEXT_CHARACTERS_MAX: usize = 1_000;

/// Hands it over, where the server may be called.
pub(super) async fn hand_over(
    lookup: &CheckedLookup,
    allowed: &AllowedHosts,
    recipient: &Recipient,
    mail: &Mail,
) -> Result<MailEnd, HttpError> {
    let is_encrypted = mail.encryption != MailEncryption::None;
    let host = judge_mail((&mail.host, mail.port), is_encrypted, recipient, allowed)?;
    let has_begun = AtomicBool::new(false);
    let talk = async {
        let addresses = addresses(lookup, &host, mail.port).await?;
        let mut talk = Talk { mail, host: host.to_string(), has_begun: &has_begun };
        talk.whole(&addresses).await
    };
    // Boxed, because the way through TLS is long.
    let ended = tokio::time::timeout(mail.timeout, Box::pin(talk)).await;
    ended.unwrap_or_else(|_| Err(without_word(has_begun.load(Ordering::Relaxed), "timed out")))
}

/// No word came of what was said last.
fn without_word(has_begun: bool, reason: impl Into<String>) -> HttpError {
    match has_begun {
        true => HttpError::Lost(reason.into()),
        false => HttpError::NotSent(reason.into()),
    }
}

/// The addresses that the name leads to, all of them judged.
async fn addresses(
    lookup: &CheckedLookup,
    host: &Host,
    port: u16,
) -> Result<Vec<SocketAddr>, HttpError> {
    let found = match host {
        Host::Domain(name) => lookup.checked(name).await?,
        Host::Ipv4(address) => vec![(*address).into()],
        Host::Ipv6(address) => vec![(*address).into()],
    };
    Ok(found.into_iter().map(|address| SocketAddr::new(address, port)).collect())
}

/// A conversation with a mail server.
struct Talk<'a> {
    mail: &'a Mail,
    host: String,
    /// Whether the message itself was begun.
    has_begun: &'a AtomicBool,
}

/// What stops a conversation: its end, or that no word came.
type Stopped = Result<MailEnd, HttpError>;

impl Talk<'_> {
    async fn whole(&mut self, addresses: &[SocketAddr]) -> Result<MailEnd, HttpError> {
        match self.steps(addresses).await {
            Ok(text) => Ok(MailEnd::Taken(text)),
            Err(stopped) => stopped,
        }
    }

    async fn steps(&mut self, addresses: &[SocketAddr]) -> Result<String, Stopped> {
        let mut server = self.greeted(addresses).await?;
        self.log_in(&mut server).await?;
        let addresses = self.mail_addresses(&server)?;
        let parameters = match addresses.iter().all(is_ascii) {
            true => Vec::new(),
            false => vec![MailParameter::SmtpUtfEight],
        };
        let [sender, recipients @ ..] = &addresses[..] else {
            return Err(Ok(MailEnd::Lacks(MailLack::OtherLetters)));
        };
        let told = server.command(MailFrom::new(Some(sender.clone()), parameters)).await;
        told.map_err(|error| self.stopped(MailStage::Sender, &error))?;
        for recipient in recipients {
            let told = server.command(Rcpt::new(recipient.clone(), Vec::new())).await;
            told.map_err(|error| self.stopped(MailStage::Recipient, &error))?;
        }
        let told = server.command(Data).await;
        told.map_err(|error| self.stopped(MailStage::Message, &error))?;
        self.has_begun.store(true, Ordering::Relaxed);
        let taken = server.message(&self.mail.message).await;
        let taken = taken.map_err(|error| self.stopped(MailStage::Message, &error))?;
        let text: Vec<&str> = taken.message().collect();
        let text = cut(&text.join(" "));
        // It was taken; whether the server hears the farewell does not matter.
        let _ = server.quit().await;
        Ok(text)
    }

    async fn greeted(&self, addresses: &[SocketAddr]) -> Result<AsyncSmtpConnection, Stopped> {
        let hello = ClientId::Domain(self.own_name().to_owned());
        let tls = || {
            let tls = TlsParameters::builder(self.host.clone());
            let tls = tls.certificate_store(CertificateStore::WebpkiRoots).build_rustls();
            tls.map_err(|error| Err(HttpError::NotSent(reason(&error))))
        };
        let first = match self.mail.encryption {
            MailEncryption::Tls => Some(tls()?),
            MailEncryption::StartTls | MailEncryption::None => None,
        };
        let greeted = AsyncSmtpConnection::connect_tokio1(
            addresses,
            Some(CONNECT_TIMEOUT),
            &hello,
            first,
            None,
        );
        let greeted = greeted.await;
        let mut server = greeted.map_err(|error| self.stopped(MailStage::Greeting, &error))?;
        if self.mail.encryption == MailEncryption::StartTls {
            if !server.can_starttls() {
                return Err(Ok(MailEnd::Lacks(MailLack::Encryption)));
            }
            let upgraded = server.starttls(tls()?, &hello).await;
            upgraded.map_err(|error| self.stopped(MailStage::Greeting, &error))?;
        }
        Ok(server)
    }

    async fn log_in(&self, server: &mut AsyncSmtpConnection) -> Result<(), Stopped> {
        let Some(login) = &self.mail.login else { return Ok(()) };
        if server.server_info().get_auth_mechanism(&MECHANISMS).is_none() {
            return Err(Ok(MailEnd::Lacks(MailLack::Login)));
        }
        let password = login.password.expose_secret().to_owned();
        let credentials = Credentials::new(login.user.clone(), password);
        let told = server.auth(&MECHANISMS, &credentials).await;
        told.map_err(|error| self.stopped(MailStage::Login, &error))?;
        Ok(())
    }

    /// The sender and the recipients, where the server knows their letters.
    fn mail_addresses(&self, server: &AsyncSmtpConnection) -> Result<Vec<Address>, Stopped> {
        let lacks = || Ok(MailEnd::Lacks(MailLack::OtherLetters));
        let texts = std::iter::once(&self.mail.sender).chain(&self.mail.recipients);
        let read: Result<Vec<Address>, _> = texts.map(|text| text.parse()).collect();
        let read = read.map_err(|_| lacks())?;
        let all_ascii = read.iter().all(is_ascii);
        match all_ascii || server.server_info().supports_feature(Extension::SmtpUtfEight) {
            true => Ok(read),
            false => Err(lacks()),
        }
    }

    /// By which name the server is greeted: the domain of the sender.
    fn own_name(&self) -> &str {
        let domain = self.mail.sender.rsplit_once('@').map_or("", |(_, domain)| domain);
        if domain.is_ascii() && !domain.is_empty() { domain } else { "[127.0.0.1]" }
    }

    /// What an error means at that stage.
    fn stopped(&self, stage: MailStage, error: &Error) -> Stopped {
        match error.status() {
            Some(code) => {
                Ok(MailEnd::Refused { stage, code: code.into(), text: cut(&reason(error)) })
            }
            None => Err(without_word(self.has_begun.load(Ordering::Relaxed), reason(error))),
        }
    }
}

fn is_ascii(address: &Address) -> bool {
    address.to_string().is_ascii()
}

/// The innermost cause says most; of a refusal it is what the server said.
fn reason(error: &Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let mut cause = error.source();
    while let Some(next) = cause.and_then(|one| one.source()) {
        cause = Some(next);
    }
    cause.map_or_else(|| error.to_string(), ToString::to_string)
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests;
