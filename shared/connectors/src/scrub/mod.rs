//! Taking secrets out of what others said.
//!
//! Invariant: a secret is found in whichever form a service repeats it: as it is, escaped for JSON, URLs or
//! HTML, once or several times over, in base64 wherever it begins in a longer text, in hexadecimal digits, on
//! several lines or cut off. Invariant: outputs keep their shape: no field of a contract, no entry is lost.

mod forms;
mod pattern;
mod readings;
mod words;

use pattern::Pattern;
use readings::{is_no_escape, is_plain, readings};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Texts shorter than this are left alone: they would turn up in anything.
pub(crate) const SECRET_CHARACTERS_MIN: usize = 4;
/// A shorter secret is found in the outputs of steps only where it is the whole value: those are data, and
/// `test` is no secret within `test mode`.
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
    /// It is the name by which they find it.
    Key,
}

/// Whether a secret may turn up in texts that have nothing to do with it.
pub(crate) fn is_ordinary(secret: &str) -> bool {
    let is_number = secret.len() < 16 && secret.bytes().all(|byte| byte.is_ascii_digit());
    secret.chars().count() < UNMISTAKABLE_CHARACTERS
        || is_number
        || words::is_word(secret.to_lowercase().as_bytes())
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

    /// A step's output without the secrets, in its keys too, but for the fields that it always has.
    pub(crate) fn output(&self, value: Value, fields: &BTreeSet<String>) -> Value {
        if self.patterns.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.scrub(&text, Use::Output).into_owned()),
            Value::Array(several) => {
                several.into_iter().map(|one| self.output(one, fields)).collect()
            }
            Value::Object(entries) => Value::Object(self.entries(entries, fields)),
            // A text makes a step fail that reckons with it; a number would let it go on with a wrong one.
            Value::Number(number) if self.is_secret(&number.to_string()) => {
                Value::String(MARK.to_owned())
            }
            other => other,
        }
    }

    fn entries(
        &self,
        entries: Map<String, Value>,
        fields: &BTreeSet<String>,
    ) -> Map<String, Value> {
        let mut kept = Map::new();
        let mut renamed = Vec::new();
        for (key, value) in entries {
            let value = self.output(value, fields);
            match self.scrub(&key, Use::Key) {
                Cow::Owned(name) if !fields.contains(&key) => renamed.push((name, value)),
                _ => {
                    kept.insert(key, value);
                }
            }
        }
        // None takes the place of another one.
        for (name, value) in renamed {
            let numbered = (2..).map(|number| format!("{name} {number}"));
            let free =
                std::iter::once(name.clone()).chain(numbered).find(|one| !kept.contains_key(one));
            kept.insert(free.unwrap_or(name), value);
        }
        kept
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
            // Of two characters the first bytes may be the same.
            let end = text.floor_char_boundary(end);
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
        let ends = self.patterns.iter().filter_map(|pattern| {
            let end = pattern.end(text, at, used)?;
            pattern.counts(text, at, end, used).then_some(end)
        });
        ends.max()
    }
}
