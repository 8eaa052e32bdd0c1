//! What can be sent, and what is refused before it is.

use super::*;
use serde_json::json;

fn message() -> EmailMessage {
    let message = json!({
        "to": "ada@example.com", "subject": "Your order 1001", "html": "<p>Thank you</p>",
    });
    serde_json::from_value(message).unwrap()
}

/// A message that a template makes.
fn templated() -> EmailMessage {
    let message = json!({ "to": "ada@example.com", "template_id": "d-1", "data": { "n": [1] } });
    serde_json::from_value(message).unwrap()
}

fn check_refused_of(mut message: EmailMessage, change: fn(&mut EmailMessage), expected: &str) {
    change(&mut message);
    assert_eq!(message.checked().unwrap_err().to_string(), expected);
}

fn check_refused(change: fn(&mut EmailMessage), expected: &str) {
    check_refused_of(message(), change, expected);
}

fn copies(count: usize) -> Option<Vec<String>> {
    Some((0..count).map(|number| format!("copy{number}@example.com")).collect())
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_message_that_can_be_sent_stays_as_it_is() {
    assert_eq!(message().checked(), Ok(message()));
    assert_eq!(templated().checked(), Ok(templated()));
    let whole = EmailMessage {
        to_name: text("Ada, \"the\" Example"),
        from_name: text("Müller & Söhne"),
        cc: Some(vec!["c@example.com".to_owned()]),
        bcc: copies(COPIES_MAX),
        ..message()
    };
    assert_eq!(whole.clone().checked(), Ok(whole));
    // What is kept of messages that were sent before there was more to say.
    let before = r#"{"to":"ada@example.com","subject":"Hi","text":"Hi"}"#;
    let message: EmailMessage = serde_json::from_str(before).unwrap();
    assert_eq!(serde_json::to_string(&message.checked().unwrap()).unwrap(), before);
}

#[test]
fn what_is_empty_counts_as_left_out() {
    let empty = EmailMessage {
        to_name: text(" "),
        from_name: text(""),
        text: text("\n"),
        template_id: text(""),
        cc: Some(Vec::new()),
        bcc: Some(Vec::new()),
        attachments: Some(Vec::new()),
        ..message()
    };
    assert_eq!(empty.checked(), Ok(message()));
}

#[test]
fn a_line_break_cannot_become_a_header() {
    check_refused(|m| m.subject = text("a\r\nBcc: x"), "header_injection: subject");
    check_refused(|m| m.subject = text("a\nb"), "header_injection: subject");
    check_refused(|m| m.to = "a@b\r".to_owned(), "header_injection: to");
    check_refused(|m| m.from = text("a@b\nc"), "header_injection: from");
    check_refused(|m| m.reply_to = text("a@b\rc"), "header_injection: reply_to");
    check_refused(|m| m.to_name = text("a\nb"), "header_injection: to_name");
    check_refused(|m| m.from_name = text("a\r\nBcc: x"), "header_injection: from_name");
    check_refused(|m| m.cc = Some(vec!["a@b\nc".to_owned()]), "header_injection: cc[0]");
    check_refused(|m| m.template_id = text("a\nb"), "header_injection: template_id");
}

#[test]
fn control_characters_are_named_by_field() {
    check_refused(|m| m.subject = text("a\u{0}"), "control_character: subject");
    check_refused(|m| m.html = text("a\u{0}"), "control_character: html");
    check_refused(|m| m.text = text("a\u{1b}[1m"), "control_character: text");
    check_refused(|m| m.to = "a\u{7f}@b".to_owned(), "control_character: to");
    let hidden =
        |m: &mut EmailMessage| m.data = json!({ "a": [{ "b": "\u{0}" }] }).as_object().cloned();
    check_refused_of(templated(), hidden, "control_character: data.a");
}

#[test]
fn there_is_exactly_one_recipient() {
    for to in ["a@b, c@d", "a@b;c@d", "a@b c@d", "A <a@b>", "a@b@c", "a", "@b", "a@", "", "a@b..c"]
    {
        let refused = EmailMessage { to: to.to_owned(), ..message() }.checked().unwrap_err();
        assert_eq!(refused.to_string(), "address_invalid: to", "{to:?}");
    }
    let unusual = EmailMessage { to: "o'neil+shop@müller.example".to_owned(), ..message() };
    assert!(unusual.checked().is_ok());
}

#[test]
fn copies_are_addresses_and_no_address_is_told_twice() {
    check_refused(|m| m.cc = copies(COPIES_MAX + 1), "too_many: cc");
    check_refused(|m| m.bcc = copies(COPIES_MAX + 1), "too_many: bcc");
    check_refused(|m| m.cc = Some(vec!["a@b, c@d".to_owned()]), "address_invalid: cc[0]");
    let twice =
        |m: &mut EmailMessage| m.bcc = Some(vec!["x@y".to_owned(), "Ada@Example.com".to_owned()]);
    check_refused(twice, "address_twice: bcc[1]");
    let in_both = |m: &mut EmailMessage| (m.cc, m.bcc) = (copies(2), copies(1));
    check_refused(in_both, "address_twice: bcc[0]");
}

#[test]
fn a_message_has_a_subject_and_a_body() {
    check_refused(|m| m.html = None, "text_missing: html or text");
    check_refused(|m| m.html = text(" \n"), "text_missing: html or text");
    check_refused(|m| m.subject = text(""), "text_missing: subject");
    check_refused(|m| m.subject = None, "text_missing: subject");
    check_refused(|m| m.subject = text(&"x".repeat(999)), "text_too_long: subject");
}

#[test]
fn a_template_takes_the_place_of_the_body_and_alone_has_values() {
    let with_subject = EmailMessage { subject: text("Hi"), ..templated() };
    assert_eq!(with_subject.clone().checked(), Ok(with_subject));
    let without_values = EmailMessage { data: None, ..templated() };
    assert_eq!(without_values.clone().checked(), Ok(without_values));
    check_refused_of(templated(), |m| m.html = text("a"), "not_together: template_id and html");
    check_refused_of(templated(), |m| m.text = text("a"), "not_together: template_id and text");
    check_refused_of(templated(), |m| m.template_id = text(" "), "text_missing: subject");
    check_refused(|m| m.data = json!({ "a": 1 }).as_object().cloned(), "template_missing: data");
}
