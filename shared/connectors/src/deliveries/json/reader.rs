//! A JSON reader by recursive descent (RFC 8259), bounded by [`DEPTH_MAX`]. How many keys
//! there are is bounded by the length of the text alone: each takes its share of it.

use super::DEPTH_MAX;
use crate::deliveries::Refusal;
use serde_json::{Map, Number, Value};
use std::fmt::Write as _;
use tradewind_engine::surrogates::mend;

/// The longest path that a refusal names, in characters.
const PATH_CHARS_MAX: usize = 200;
/// How many oddities are noted; the rest is counted.
const NOTES_MAX: usize = 10;

/// A text and how far it has been read.
pub(super) struct Reader<'a> {
    text: &'a str,
    /// A byte offset, always between two characters.
    at: usize,
    depth: usize,
    /// Members of this name are read and not kept, outside of `attributes`.
    passed_over: Option<&'static str>,
    keys_repeated: usize,
    key_repeated: Option<String>,
    mended: Option<Refusal>,
    notes: Vec<String>,
    notes_left_out: usize,
    path: Vec<Segment>,
}

/// A value, and what was odd on the way to it.
pub(super) struct Document {
    pub(super) value: Value,
    pub(super) keys_repeated: usize,
    /// The first of them.
    pub(super) key_repeated: Option<String>,
    /// What a strict reader would have said of the first half of a character.
    pub(super) mended: Option<Refusal>,
    /// All of it for people.
    pub(super) notes: Vec<String>,
}

enum Segment {
    Key(String),
    Index(usize),
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            passed_over: None,
            keys_repeated: 0,
            key_repeated: None,
            mended: None,
            notes: Vec::new(),
            notes_left_out: 0,
            path: Vec::new(),
        }
    }

    /// The same, which keeps no member of that name outside of `attributes`.
    pub(super) fn passing_over(self, name: &'static str) -> Self {
        Self { passed_over: Some(name), ..self }
    }

    /// The only value of the text.
    pub(super) fn document(mut self) -> Result<Document, Refusal> {
        let value = self.value()?;
        self.skip_space();
        let (keys_repeated, key_repeated) = (self.keys_repeated, self.key_repeated.take());
        match self.next() {
            None => {
                let (mended, notes) = (self.mended.take(), self.notes());
                Ok(Document { value, keys_repeated, key_repeated, mended, notes })
            }
            Some(_) => Err(self.invalid("unexpected text after the value")),
        }
    }

    fn value(&mut self) -> Result<Value, Refusal> {
        self.skip_space();
        match self.next() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.invalid("expected a value")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, Refusal>) -> Result<Value, Refusal> {
        if self.depth == DEPTH_MAX {
            return Err(Refusal::JsonTooDeep);
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Value, Refusal> {
        let mut members = Map::new();
        self.skip_space();
        if self.took(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            if self.next() != Some(b'"') {
                return Err(self.invalid("expected a key in quotes"));
            }
            let key = self.string()?;
            self.skip_space();
            self.expect(b':', "expected `:`")?;
            if members.contains_key(&key) {
                self.keys_repeated += 1;
                self.key_repeated.get_or_insert_with(|| key.clone());
                let short: String = key.chars().take(PATH_CHARS_MAX).collect();
                self.add_note(|| format!("the key \"{short}\" comes twice; the last one counts"));
            }
            self.path.push(Segment::Key(key.clone()));
            let value = self.value()?;
            self.path.pop();
            if !self.passes_over(&key) {
                members.insert(key, value);
            }
            self.skip_space();
            if self.took(b'}') {
                return Ok(Value::Object(members));
            }
            self.expect(b',', "expected `,` or `}`")?;
        }
    }

    fn passes_over(&self, key: &str) -> bool {
        let is_data =
            |segment: &Segment| matches!(segment, Segment::Key(key) if key == "attributes");
        self.passed_over == Some(key) && !self.path.iter().any(is_data)
    }

    fn array(&mut self) -> Result<Value, Refusal> {
        let mut items = Vec::new();
        self.skip_space();
        if self.took(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            self.path.push(Segment::Index(items.len()));
            items.push(self.value()?);
            self.path.pop();
            self.skip_space();
            if self.took(b']') {
                return Ok(Value::Array(items));
            }
            self.expect(b',', "expected `,` or `]`")?;
        }
    }

    /// The end of the text is found here; what its escapes mean is left to `serde_json`, which takes
    /// no half of a character.
    fn string(&mut self) -> Result<String, Refusal> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        let mut escapes = false;
        loop {
            match bytes.get(end) {
                None => return Err(self.invalid_at(end, "the text has no closing quote")),
                Some(b'"') => break,
                Some(0..0x20) => {
                    return Err(self.invalid_at(end, "a control character has to be escaped"));
                }
                // What is escaped may be a quote, and may be the end of the body.
                Some(b'\\') => {
                    escapes = true;
                    end += 1 + usize::from(bytes.get(end + 1).is_some_and(u8::is_ascii));
                }
                Some(_) => end += 1,
            }
        }
        self.at = end + 1;
        if !escapes {
            return Ok(self.text[start + 1..end].to_owned());
        }
        let quoted = &self.text[start..=end];
        serde_json::from_str(quoted).or_else(|error| {
            let at = start + error.column().saturating_sub(1);
            // Finding line and column means counting from the beginning, so it is done once at most.
            let refusal = |reader: &Self| reader.invalid_at(at, "an escape cannot be read");
            let mended = serde_json::from_str(&mend(quoted)).map_err(|_| refusal(self))?;
            if self.mended.is_none() {
                self.mended = Some(refusal(self));
            }
            self.add_note(|| "half of a character was sent; U+FFFD stands for it".to_owned());
            Ok(mended)
        })
    }

    fn number(&mut self) -> Result<Value, Refusal> {
        let start = self.at;
        self.took(b'-');
        if !self.took(b'0') {
            self.digits()?;
        }
        let mut whole = true;
        if self.took(b'.') {
            whole = false;
            self.digits()?;
        }
        if self.took(b'e') || self.took(b'E') {
            whole = false;
            let _ = self.took(b'+') || self.took(b'-');
            self.digits()?;
        }
        let number = &self.text[start..self.at];
        if whole {
            let integer = integer(number);
            if integer.is_string() {
                self.add_note(|| "an integer too long for a number stays as text".to_owned());
            }
            return Ok(integer);
        }
        // Of a finite decimal the standard library makes a number or infinity.
        let float = number.parse().ok().and_then(Number::from_f64);
        float.map(Value::Number).ok_or_else(|| Refusal::NumberOutOfRange(self.place()))
    }

    fn digits(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        while self.next().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.invalid("expected a digit")) } else { Ok(()) }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Refusal> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.invalid("expected a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn took(&mut self, byte: u8) -> bool {
        let found = self.next() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, reason: &str) -> Result<(), Refusal> {
        if self.took(byte) { Ok(()) } else { Err(self.invalid(reason)) }
    }

    fn skip_space(&mut self) {
        while matches!(self.next(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn invalid(&self, reason: &str) -> Refusal {
        self.invalid_at(self.at, reason)
    }

    fn invalid_at(&self, at: usize, reason: &str) -> Refusal {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        // Continuation bytes of UTF-8 are no columns of their own.
        let chars = before[line_start..].iter().filter(|byte| **byte & 0xc0 != 0x80);
        Refusal::JsonInvalid { reason: reason.to_owned(), line, column: 1 + chars.count() }
    }

    /// What is odd at this place.
    fn add_note(&mut self, what: impl FnOnce() -> String) {
        if self.notes.len() == NOTES_MAX {
            self.notes_left_out += 1;
        } else {
            let note = format!("{}: {}", self.place(), what());
            self.notes.push(note);
        }
    }

    fn notes(&mut self) -> Vec<String> {
        let mut notes = std::mem::take(&mut self.notes);
        if self.notes_left_out > 0 {
            notes.push(format!("and {} more like these", self.notes_left_out));
        }
        notes
    }

    fn place(&self) -> String {
        let mut place = String::new();
        for segment in &self.path {
            let written = match segment {
                Segment::Key(key) if place.is_empty() => write!(place, "{key}"),
                Segment::Key(key) => write!(place, ".{key}"),
                Segment::Index(index) => write!(place, "[{index}]"),
            };
            written.expect("a String takes every text");
        }
        if place.is_empty() {
            return "the top".to_owned();
        }
        place.chars().take(PATH_CHARS_MAX).collect()
    }
}

/// A machine number where it fits, else the digits as text.
fn integer(digits: &str) -> Value {
    if let Ok(number) = digits.parse::<i64>() {
        Value::from(number)
    } else if let Ok(number) = digits.parse::<u64>() {
        Value::from(number)
    } else {
        Value::from(digits)
    }
}
