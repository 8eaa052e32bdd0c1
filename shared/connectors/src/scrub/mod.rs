//! Taking secrets out of what others said.
//!
//! Invariant: a secret is found in whichever form a service repeats it: as it is, escaped for JSON, URLs or
//! HTML, once or several times over, in base64 wherever it begins in a longer text, in hexadecimal digits.

mod forms;
mod pattern;
mod readings;

use pattern::Pattern;
use readings::{is_no_escape, is_plain, readings};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Texts shorter than this are left alone: they would turn up in anything.
pub(crate) const SECRET_CHARACTERS_MIN: usize = 4;
/// A shorter secret is found in the outputs of steps only where it stands alone: those are data, and
/// `1234` is no secret within 51234.
const UNMISTAKABLE_CHARACTERS: usize = 8;
/// What stands in the place of a secret.
const MARK: &str = "[secret]";

/// What a text is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// It says why something failed, and may have been cut off anywhere.
    Reason,
    /// It is data that later steps work with.
    Output,
}

/// Knows some secrets and finds them. Neither `Debug` nor `Serialize`.
pub(crate) struct Scrubber {
    patterns: Vec<Pattern>,
    /// Whether a pattern begins with that byte.
    begins: [bool; 256],
}

impl Scrubber {
    /// Finds these secrets.
    pub(crate) fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let secrets = secrets.into_iter().flat_map(forms::parts);
        let mut patterns: Vec<Pattern> = secrets.flat_map(|part| forms::patterns(&part)).collect();
        patterns.sort();
        patterns.dedup();
        let mut begins = [false; 256];
        for byte in patterns.iter().flat_map(Pattern::first_bytes) {
            begins[usize::from(byte)] = true;
        }
        Self { patterns, begins }
    }

    /// A reason without the secrets; the beginning of one, where the reason is cut off, is none either.
    pub(crate) fn reason<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.scrub(text, Use::Reason)
    }

    /// A step's output without the secrets, in its keys too.
    pub(crate) fn output(&self, value: Value) -> Value {
        if self.patterns.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.scrub(&text, Use::Output).into_owned()),
            Value::Array(several) => several.into_iter().map(|one| self.output(one)).collect(),
            Value::Object(fields) => {
                let fields = fields.into_iter().map(|(key, field)| {
                    (self.scrub(&key, Use::Output).into_owned(), self.output(field))
                });
                Value::Object(fields.collect::<Map<_, _>>())
            }
            Value::Number(number) if self.is_secret(&number.to_string()) => {
                Value::String(MARK.to_owned())
            }
            other => other,
        }
    }

    /// A secret of digits alone may come back as a number.
    fn is_secret(&self, number: &str) -> bool {
        let is_whole = |pattern: &Pattern| pattern.is_exactly(number);
        number.len() >= UNMISTAKABLE_CHARACTERS && self.patterns.iter().any(is_whole)
    }

    fn scrub<'a>(&self, text: &'a str, used: Use) -> Cow<'a, str> {
        let mut scrubbed = String::new();
        let (mut kept_from, mut at) = (0, 0);
        while at < text.len() {
            let Some(end) = self.end_of_secret(text.as_bytes(), at, used) else {
                at += 1;
                continue;
            };
            scrubbed.push_str(text.get(kept_from..at).unwrap_or_default());
            scrubbed.push_str(MARK);
            (kept_from, at) = (end, end);
        }
        if kept_from == 0 {
            return Cow::Borrowed(text);
        }
        scrubbed.push_str(text.get(kept_from..).unwrap_or_default());
        Cow::Owned(scrubbed)
    }

    /// Almost nowhere one does.
    fn may_begin(&self, text: &[u8], at: usize) -> bool {
        let begins = |byte: u8| self.begins[usize::from(byte)];
        if begins(text[at]) || is_plain(text[at]) {
            return begins(text[at]);
        }
        if is_no_escape(text, at) {
            return false;
        }
        let mut found = Vec::new();
        readings(text, at, &mut found);
        found.iter().filter_map(|reading| reading.bytes().first()).any(|byte| begins(*byte))
    }

    /// Where the secret ends that begins here, if one does.
    fn end_of_secret(&self, text: &[u8], at: usize, used: Use) -> Option<usize> {
        if !self.may_begin(text, at) {
            return None;
        }
        let cut = used == Use::Reason;
        let ends = self.patterns.iter().filter_map(|pattern| {
            let end = pattern.end(text, at, cut)?;
            let counts = used == Use::Reason
                || pattern.characters() >= UNMISTAKABLE_CHARACTERS
                || stands_alone(text, at, end);
            counts.then_some(end)
        });
        ends.max()
    }
}

fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let before = start.checked_sub(1).and_then(|before| text.get(before));
    !before.is_some_and(is_word) && !text.get(end).is_some_and(is_word)
}
