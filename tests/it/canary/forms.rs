//! Every form in which a service may repeat a secret, and whether a text holds one of them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::fmt::Write as _;

/// Every secret begins and ends with it; nothing else in the suite has it.
pub(super) const MARK: &str = "CANARY";

/// The text in all forms, none of which holds a character that a header may not.
pub(super) fn forms(text: &str) -> Vec<String> {
    let in_json = quoted(text);
    let mut forms = vec![
        text.to_owned(),
        in_json.replace('/', "\\/"),
        quoted(&in_json),
        each(text, |one| format!("\\u{:04x}", u32::from(one))),
        each(text, |one| format!("\\u{:04X}", u32::from(one))),
        each(text, |one| format!("%{:02x}", u32::from(one))),
        each(text, |one| format!("%{:02X}", u32::from(one))),
        each(text, |one| format!("&#{};", u32::from(one))),
        each(text, |one| format!("&#x{:x};", u32::from(one))),
        each(text, in_form),
        each(text, in_html),
        each(text, |one| format!("{:02x}", u32::from(one))),
        each(text, |one| format!("{:02X}", u32::from(one))),
    ];
    for before in ["", "u", "us"] {
        forms.push(STANDARD.encode(format!("{before}{text}")));
        forms.push(URL_SAFE_NO_PAD.encode(format!("{before}{text}:")));
    }
    forms
}

/// All forms in one text.
pub(super) fn echo(text: &str) -> String {
    forms(text).join(" ")
}

/// The form in which a text holds a mark, and what stands around it.
pub(super) fn leak(text: &str, marks: &[&str]) -> Option<String> {
    marks.iter().flat_map(|mark| traces(mark)).find_map(|trace| {
        let at = text.find(&trace)?;
        Some(format!("{trace}: {}", around(text, at)))
    })
}

/// What is left of the mark in any form, whatever stands around it.
fn traces(mark: &str) -> Vec<String> {
    let mut traces = forms(mark);
    // The last ones are base64, whose letters at the edges depend on what stands there.
    traces.truncate(13);
    for before in 0..3 {
        let bytes = [&vec![b' '; before], mark.as_bytes()].concat();
        let letters = STANDARD.encode(&bytes);
        traces.push(letters[(before * 8).div_ceil(6)..bytes.len() * 8 / 6].to_owned());
    }
    traces.sort();
    traces.dedup();
    traces
}

fn around(text: &str, at: usize) -> &str {
    &text[text.floor_char_boundary(at.saturating_sub(300))..text.ceil_char_boundary(at + 200)]
}

fn each(text: &str, form: impl Fn(char) -> String) -> String {
    text.chars().fold(String::new(), |mut all, one| {
        let _ = write!(all, "{}", form(one));
        all
    })
}

fn in_form(one: char) -> String {
    match one {
        ' ' => "+".to_owned(),
        one if one.is_ascii_alphanumeric() => one.to_string(),
        one => format!("%{:02X}", u32::from(one)),
    }
}

fn in_html(one: char) -> String {
    match one {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        one => one.to_string(),
    }
}

fn quoted(text: &str) -> String {
    let text = serde_json::Value::from(text).to_string();
    text[1..text.len() - 1].to_owned()
}

#[test]
fn the_search_finds_every_form() {
    let secret = format!("{MARK}-\"a\"/+\\<&>%-{MARK}");
    for form in forms(&secret) {
        assert!(leak(&format!("x {form} y"), &[MARK]).is_some(), "{form}");
    }
    assert_eq!(leak("nothing of it, CANAR", &[MARK]), None);
}
