//! Against a server whose protocol somebody else wrote: `mailin`, behind a listener of this machine.

use crate::{GuardedHttp, Lookup};
use async_trait::async_trait;
use bytes::Bytes;
use mailin::response::{
    INVALID_CREDENTIALS, NO_MAILBOX, NO_SERVICE, OK, OUT_OF_SPACE, TRANSACTION_FAILED,
};
use mailin::{Action, AuthMechanism, Handler, Response, SessionBuilder};
use std::io::{self, BufRead as _, BufReader};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ports::{
    Http, HttpError, Mail, MailEncryption, MailEnd, MailLack, MailLogin, MailStage,
};

/// How a server behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Good,
    /// It hangs up before this line is answered.
    HangsUpAt(&'static str),
    /// It says nothing more from this line on.
    SilentFrom(&'static str),
    Refuses(&'static str),
}

/// What a server was told.
type Told = Arc<Mutex<Vec<String>>>;

#[derive(Clone)]
struct Inbox {
    mood: Mood,
    told: Told,
}

impl Inbox {
    fn note(&self, what: String) {
        self.told.lock().unwrap().push(what);
    }

    fn answer(&self, at: &'static str, refusal: Response) -> Response {
        if self.mood == Mood::Refuses(at) { refusal } else { OK }
    }
}

impl Handler for Inbox {
    fn helo(&mut self, _: IpAddr, domain: &str) -> Response {
        self.note(format!("EHLO {domain}"));
        self.answer("EHLO", NO_SERVICE)
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        self.note(format!("AUTH {user} {password}"));
        if self.mood == Mood::Refuses("AUTH") {
            INVALID_CREDENTIALS
        } else {
            mailin::response::AUTH_OK
        }
    }

    fn mail(&mut self, _: IpAddr, _: &str, from: &str) -> Response {
        self.note(format!("MAIL {from}"));
        self.answer("MAIL", OUT_OF_SPACE)
    }

    fn rcpt(&mut self, to: &str) -> Response {
        self.note(format!("RCPT {to}"));
        if to.starts_with("nobody@") { NO_MAILBOX } else { OK }
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.note(String::from_utf8_lossy(line).trim_end().to_owned());
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.answer("DATA", TRANSACTION_FAILED)
    }
}

/// A server on a port of its own, and what it is told.
fn server(mood: Mood) -> (u16, Told) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let told = Told::default();
    let kept = Arc::clone(&told);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever hangs up first ends it.
            let _ = talk(mood, &kept, &stream);
        }
    });
    (port, told)
}

fn talk(mood: Mood, told: &Told, mut stream: &std::net::TcpStream) -> io::Result<()> {
    let mut builder = SessionBuilder::new("mail.example");
    builder.enable_auth(AuthMechanism::Plain).insecure_enable_plaintext_auth();
    let mut session =
        builder.build(stream.peer_addr()?.ip(), Inbox { mood, told: Arc::clone(told) });
    if mood == Mood::HangsUpAt("") {
        return Ok(());
    }
    session.greeting().write_to(&mut stream)?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let begins = |with: &str| line.starts_with(with.as_bytes());
        match mood {
            Mood::HangsUpAt(at) if begins(at) => return Ok(()),
            Mood::SilentFrom(at) if begins(at) => {
                io::copy(&mut reader, &mut io::sink())?;
                return Ok(());
            }
            _ => {}
        }
        let response = session.process(&line);
        if response.action != Action::NoReply {
            response.write_to(&mut stream)?;
        }
        if response.action == Action::Close {
            return Ok(());
        }
    }
}

fn mail(port: u16) -> Mail {
    Mail {
        host: "127.0.0.1".to_owned(),
        port,
        encryption: MailEncryption::None,
        login: Some(MailLogin { user: "shop".to_owned(), password: "hush".into() }),
        sender: "shop@example.com".to_owned(),
        recipients: vec!["ada@example.com".to_owned(), "bob@example.com".to_owned()],
        message: Bytes::from_static(b"Subject: Hi\r\n\r\nThank you\r\n.\r\n.dots\r\n"),
        timeout: Duration::from_secs(5),
    }
}

fn recipient() -> Recipient {
    Recipient::new("smtp", &["mail.example"])
}

async fn hand_over(mail: Mail) -> Result<MailEnd, HttpError> {
    let http = GuardedHttp::new("127.0.0.1:*".parse().unwrap()).unwrap();
    http.hand_over(&recipient(), mail).await
}

fn refused(stage: MailStage, code: u16, text: &str) -> Result<MailEnd, HttpError> {
    Ok(MailEnd::Refused { stage, code, text: text.to_owned() })
}

#[tokio::test]
async fn a_message_is_handed_over_whole_to_every_recipient() {
    let (port, told) = server(Mood::Good);
    assert_eq!(hand_over(mail(port)).await, Ok(MailEnd::Taken("OK".to_owned())));
    let expected = [
        "EHLO example.com",
        "AUTH shop hush",
        "MAIL shop@example.com",
        "RCPT ada@example.com",
        "RCPT bob@example.com",
        "Subject: Hi",
        "",
        "Thank you",
        ".",
        ".dots",
    ];
    let told = told.lock().unwrap();
    assert_eq!(told.iter().take(10).collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn whatever_is_refused_is_refused_at_its_stage_and_for_everybody() {
    let (port, _) = server(Mood::Refuses("AUTH"));
    assert_eq!(hand_over(mail(port)).await, refused(MailStage::Login, 535, "Invalid credentials"));
    let (port, _) = server(Mood::Refuses("MAIL"));
    let full = "Insufficient system storage";
    assert_eq!(hand_over(mail(port)).await, refused(MailStage::Sender, 452, full));
    let (port, told) = server(Mood::Good);
    let nobody = vec!["ada@example.com".to_owned(), "nobody@example.com".to_owned()];
    let found = hand_over(Mail { recipients: nobody, ..mail(port) }).await;
    assert_eq!(found, refused(MailStage::Recipient, 550, "Mailbox unavailable"));
    assert!(!told.lock().unwrap().iter().any(|line| line.contains("Thank you")));
    let (port, _) = server(Mood::Refuses("DATA"));
    let failed = refused(MailStage::Message, 554, "Transaction failed");
    assert_eq!(hand_over(mail(port)).await, failed);
    let (port, _) = server(Mood::Refuses("EHLO"));
    let found = hand_over(mail(port)).await;
    let away = "Service not available, closing connection";
    assert_eq!(found, refused(MailStage::Greeting, 421, away));
}

#[tokio::test]
async fn nothing_was_sent_until_the_message_was_begun_and_then_nobody_knows() {
    for at in ["", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"] {
        let (port, _) = server(Mood::HangsUpAt(at));
        let found = hand_over(mail(port)).await;
        assert!(matches!(found, Err(HttpError::NotSent(_))), "{at}: {found:?}");
    }
    for at in ["Subject", "Thank you"] {
        let (port, _) = server(Mood::HangsUpAt(at));
        let found = hand_over(mail(port)).await;
        assert!(matches!(found, Err(HttpError::Lost(_))), "{at}: {found:?}");
    }
    let soon = Duration::from_millis(300);
    let (port, _) = server(Mood::SilentFrom("MAIL"));
    let found = hand_over(Mail { timeout: soon, ..mail(port) }).await;
    assert_eq!(found, Err(HttpError::NotSent("timed out".to_owned())));
    let (port, _) = server(Mood::SilentFrom("Subject"));
    let found = hand_over(Mail { timeout: soon, ..mail(port) }).await;
    assert_eq!(found, Err(HttpError::Lost("timed out".to_owned())));
    let found = hand_over(mail(1)).await;
    assert!(matches!(found, Err(HttpError::NotSent(_))), "{found:?}");
}

#[tokio::test]
async fn what_the_server_cannot_do_is_said_before_anything_is_handed_over() {
    let (port, told) = server(Mood::Good);
    let encrypted = Mail { encryption: MailEncryption::StartTls, ..mail(port) };
    assert_eq!(hand_over(encrypted).await, Ok(MailEnd::Lacks(MailLack::Encryption)));
    let found = hand_over(Mail { encryption: MailEncryption::Tls, ..mail(port) }).await;
    assert!(matches!(found, Err(HttpError::NotSent(_))), "{found:?}");
    let other = vec!["zoë@example.com".to_owned()];
    let found = hand_over(Mail { recipients: other, ..mail(port) }).await;
    assert_eq!(found, Ok(MailEnd::Lacks(MailLack::OtherLetters)));
    let told = told.lock().unwrap();
    assert!(!told.iter().any(|line| line.starts_with("MAIL")), "{told:?}");
    let before = told.iter().filter(|line| line.starts_with("AUTH")).count();
    assert_eq!(before, 1, "the password is told once it is certain who hears it");
}

struct Leads(&'static str);

#[async_trait]
impl Lookup for Leads {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![self.0.parse().unwrap()])
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_called() {
    for (address, code) in [
        ("10.0.0.5", "private_address"),
        ("127.0.0.1", "private_address"),
        ("169.254.169.254", "private_address"),
    ] {
        let lookup = Arc::new(Leads(address));
        let http = GuardedHttp::with_lookup(Default::default(), lookup).unwrap();
        let mail = Mail {
            host: "mail.example".to_owned(),
            encryption: MailEncryption::StartTls,
            ..mail(587)
        };
        let found = http.hand_over(&recipient(), mail).await;
        let Err(HttpError::Blocked(blocked)) = found else { panic!("{address}: {found:?}") };
        assert_eq!(blocked.reason.code(), code);
    }
    let http = GuardedHttp::new(Default::default()).unwrap();
    let found = http.hand_over(&recipient(), mail(25)).await;
    assert!(matches!(found, Err(HttpError::Blocked(_))), "{found:?}");
}
