use super::*;
use crate::action::Action;
use crate::scripted::{Scripted, connect, outcome};
use async_trait::async_trait;
use expect_test::{Expect, expect};
use futures::FutureExt;
use serde_json::{Value, json};
use std::sync::Mutex;
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ports::{Http, HttpError, HttpRequest, HttpResponse};

/// A mail server that is handed one message.
struct Postbox {
    end: Result<MailEnd, HttpError>,
    handed: Mutex<Option<Mail>>,
}

#[async_trait]
impl Http for Postbox {
    async fn send(&self, _: &Recipient, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        Err(HttpError::NotSent("nobody is there".to_owned()))
    }

    async fn hand_over(&self, _: &Recipient, mail: Mail) -> Result<MailEnd, HttpError> {
        *self.handed.lock().unwrap() = Some(mail);
        self.end.clone()
    }
}

fn attempt(
    end: Result<MailEnd, HttpError>,
    settings: Value,
    mail: Value,
) -> (String, Option<Mail>) {
    let mut all = json!({
        "host": "smtp.example.com", "user": "shop", "password": "hush-hush", "from": "shop@example.com",
    });
    for (name, value) in settings.as_object().unwrap() {
        all[name] = value.clone();
    }
    all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let (world, connection) = (Scripted::new([]), connect(&PROVIDER, all));
    let postbox = Postbox { end, handed: Mutex::default() };
    let cx = Cx { http: &postbox, ..world.cx(&connection) };
    let action = Action::of::<EmailSend>().by(email_send());
    let found = action.implementation("smtp").unwrap().perform(&cx, mail).now_or_never();
    let handed = postbox.handed.lock().unwrap().take();
    (outcome(found.expect("nothing waits in here")), handed)
}

fn mail() -> Value {
    json!({ "to": "ada@example.com", "subject": "Hi", "text": "Thank you" })
}

fn taken() -> Result<MailEnd, HttpError> {
    Ok(MailEnd::Taken("queued".to_owned()))
}

fn check_message(mail: Value, expected: Expect) {
    let (found, handed) = attempt(taken(), json!({}), mail);
    assert!(found.starts_with("done"), "{found}");
    let message = String::from_utf8(handed.unwrap().message.to_vec()).unwrap();
    assert!(!message.replace("\r\n", "").contains(['\r', '\n']), "every line ends with both");
    expected.assert_eq(&message.replace("\r\n", "\n"));
}

#[test]
fn a_plain_message_has_its_head_and_its_text() {
    check_message(
        json!({ "to": "ada@example.com", "to_name": "Ada, the first", "subject": "Größe", "text": "a\nb",
            "cc": ["bob@example.com"], "bcc": ["secret@example.com"], "reply_to": "help@example.com",
            "from_name": "Lädchen" }),
        expect![[r#"
            Date: Mon, 23 Nov 2026 12:00:00 +0000
            Message-ID: <c5e6f3778d4655aa983f570d55fe6bf5@example.com>
            From: =?utf-8?b?TMOkZGNoZW4=?= <shop@example.com>
            To: =?utf-8?b?QWRhLCB0aGUgZmlyc3Q=?= <ada@example.com>
            Subject: =?utf-8?b?R3LDtsOfZQ==?=
            Cc: bob@example.com
            Reply-To: help@example.com
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 7bit

            a
            b
        "#]],
    );
}

#[test]
fn a_message_of_all_kinds_has_its_parts() {
    check_message(
        json!({ "to": "ada@example.com", "subject": "Hi", "text": ".\nFrom me", "html": "<p>ü</p>",
            "attachments": [{ "name": "rechnung ü.pdf", "content_type": "text/csv", "content": "YTtiCjE7Mgo=" }] }),
        expect![[r#"
            Date: Mon, 23 Nov 2026 12:00:00 +0000
            Message-ID: <c5e6f3778d4655aa983f570d55fe6bf5@example.com>
            From: shop@example.com
            To: ada@example.com
            Subject: Hi
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary="03f1f9cdddb3673c3ca41acfac4856b5"

            --03f1f9cdddb3673c3ca41acfac4856b5
            Content-Type: multipart/alternative;
             boundary="b3b93266f56f9ba148a36f2ee2102e65"

            --b3b93266f56f9ba148a36f2ee2102e65
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 7bit

            .
            From me
            --b3b93266f56f9ba148a36f2ee2102e65
            Content-Type: text/html; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            <p>=C3=BC</p>
            --b3b93266f56f9ba148a36f2ee2102e65--
            --03f1f9cdddb3673c3ca41acfac4856b5
            Content-Disposition: attachment;
             filename*0*=utf-8''rechnung%20%C3%BC.pdf
            Content-Type: text/csv
            Content-Transfer-Encoding: base64

            YTtiCjE7Mgo=
            --03f1f9cdddb3673c3ca41acfac4856b5--
        "#]],
    );
}

#[test]
fn who_gets_it_and_how_it_is_handed_over_follow_from_mail_and_connection() {
    let copied = json!({ "to": "ada@example.com", "subject": "Hi", "text": "x",
        "cc": ["bob@example.com"], "bcc": ["eve@example.com"], "from": "other@example.com" });
    let (found, handed) = attempt(taken(), json!({}), copied);
    let handed = handed.unwrap();
    assert_eq!(handed.recipients, ["ada@example.com", "bob@example.com", "eve@example.com"]);
    assert_eq!((handed.sender.as_str(), handed.port), ("other@example.com", 587));
    assert_eq!(handed.encryption, MailEncryption::StartTls);
    assert_eq!(handed.login.unwrap().user, "shop");
    assert!(found.contains("@example.com>"), "{found}");
    let again = attempt(taken(), json!({}), mail()).1.unwrap().message;
    assert_eq!(attempt(taken(), json!({}), mail()).1.unwrap().message, again);
    for (settings, encryption) in [
        (json!({ "port": 465 }), MailEncryption::Tls),
        (json!({ "port": 465, "encryption": "starttls" }), MailEncryption::StartTls),
        (json!({ "encryption": "tls" }), MailEncryption::Tls),
        (json!({ "encryption": "none", "user": null, "password": null }), MailEncryption::None),
    ] {
        let handed = attempt(taken(), settings.clone(), mail()).1.unwrap();
        assert_eq!(handed.encryption, encryption);
        assert_eq!(handed.login.is_some(), settings.get("user").is_none());
    }
}

#[test]
fn what_the_server_says_is_judged_by_where_it_says_it() {
    use MailStage::{Greeting, Login, Message, Recipient, Sender};
    for (stage, code, kind) in [
        (Greeting, 421, "not now"),
        (Greeting, 554, "needs repair"),
        (Login, 454, "not now"),
        (Login, 535, "needs repair"),
        (Sender, 452, "not now"),
        (Sender, 550, "needs repair"),
        (Sender, 530, "needs repair"),
        (Recipient, 450, "not now"),
        (Recipient, 550, "refused"),
        (Recipient, 530, "needs repair"),
        (Message, 451, "not now"),
        (Message, 552, "refused"),
        (Message, 554, "refused"),
    ] {
        let end = Ok(MailEnd::Refused { stage, code, text: "no hush-hush".to_owned() });
        let (found, _) = attempt(end, json!({}), mail());
        let expected =
            format!("{kind}: the mail server answered {code} {}: no [secret]", place(stage));
        assert_eq!(found, expected);
    }
    let end = Ok(MailEnd::Refused { stage: Sender, code: 550, text: "no".to_owned() });
    let mut own = mail();
    own["from"] = json!("other@example.com");
    assert_eq!(
        attempt(end, json!({}), own).0,
        "refused: the mail server answered 550 to the sender: no"
    );
    for (end, expected) in [
        (Err(HttpError::Lost("reset".to_owned())), "unknown: no answer: reset"),
        (Err(HttpError::NotSent("away".to_owned())), "not now: could not connect: away"),
        (Ok(MailEnd::Lacks(MailLack::Encryption)), "needs repair: encryption_missing: "),
        (Ok(MailEnd::Lacks(MailLack::Login)), "needs repair: login_unknown: "),
        (Ok(MailEnd::Lacks(MailLack::OtherLetters)), "refused: address_invalid: "),
    ] {
        let (found, _) = attempt(end, json!({}), mail());
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn what_cannot_be_handed_over_is_refused_before_anybody_is_called() {
    let template = json!({ "to": "ada@example.com", "template_id": "welcome" });
    let (found, handed) = attempt(taken(), json!({}), template);
    assert_eq!(found, "refused: template_not_here: template_id");
    assert!(handed.is_none());
    for (settings, what) in [
        (json!({ "from": "nobody" }), "address_invalid: from"),
        (json!({ "password": null }), "`user` and `password` stand together"),
        (json!({ "host": null }), "missing field `host`"),
        (json!({ "encryption": "ssl" }), "unknown variant `ssl`"),
        (json!({ "port": 70_000 }), "invalid value"),
    ] {
        let (found, handed) = attempt(taken(), settings, mail());
        assert!(found.starts_with("needs repair: setting_invalid: "), "{found}");
        assert!(found.contains(what) && handed.is_none(), "{found}");
    }
}
