//! One form of a secret, and whether a text has it.

use super::readings::{Reading, is_plain, readings};
use std::collections::BTreeSet;

/// How bytes are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alphabet {
    /// Each is itself.
    Text,
    /// Both alphabets of base64 are one, and line breaks do not count.
    Base64,
    /// Small and capital letters are one, and line breaks do not count.
    Hexadecimal,
}

/// One form of a secret.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pattern {
    bytes: Vec<u8>,
    alphabet: Alphabet,
    /// So many bytes at the end of a text that was cut off are as good as all.
    cut_min: usize,
    /// So many bytes are as good as all wherever they stand: a service may have cut off what it repeats.
    beginning_min: usize,
}

/// What stands where a text was cut off, besides its end.
const CUT_MARKS: [&[u8]; 3] = ["…".as_bytes(), b"...", b"***"];
/// The longest writing of one character.
const ESCAPE_BYTES_MAX: usize = 12;

impl Pattern {
    /// The first `known` bytes are no secret, such as the host of an address.
    pub(super) fn new(form: &[u8], alphabet: Alphabet, known: usize) -> Self {
        let most = (form.len() - known) * 3 / 4;
        let (cut_min, beginning_min) = (known + most.clamp(4, 8), known + most.clamp(6, 12));
        Self { bytes: form.to_vec(), alphabet, cut_min, beginning_min }
    }

    /// Whether the text is this and nothing else.
    pub(super) fn is_exactly(&self, text: &str) -> bool {
        self.alphabet == Alphabet::Text && self.bytes == text.as_bytes()
    }

    /// How long it is.
    pub(super) fn characters(&self) -> usize {
        self.bytes.len()
    }

    /// What a text may begin with that has it, as far as it is not escaped.
    pub(super) fn first_bytes(&self) -> impl Iterator<Item = u8> {
        let first = self.bytes.first().copied();
        let is_first = move |byte: &u8| first.is_some_and(|first| self.alphabet.same(first, *byte));
        (0..=u8::MAX).filter(is_first)
    }

    /// Where it ends, if it begins here. `cut`: where the text ends too early, its beginning is enough.
    pub(super) fn end(&self, text: &[u8], at: usize, cut: bool) -> Option<usize> {
        // Almost everywhere the first bytes tell.
        for (index, expected) in self.bytes.iter().enumerate() {
            match text.get(at + index) {
                Some(byte) if self.alphabet.is_ordinary(*byte) => {
                    if !self.alphabet.same(*expected, *byte) {
                        return (cut && self.is_enough(index, text, at + index))
                            .then_some(at + index);
                    }
                }
                Some(_) => return self.end_of_escaped(text, at, cut),
                None => {
                    return (cut && self.is_enough(index, text, text.len())).then_some(text.len());
                }
            }
        }
        Some(at + self.bytes.len())
    }

    /// Whether so many of its bytes, up to that place, give it away.
    fn is_enough(&self, matched: usize, text: &[u8], at: usize) -> bool {
        matched >= self.beginning_min || (matched >= self.cut_min && is_end(text, at))
    }

    /// The same, where a character may be meant in several ways: all of them are followed.
    fn end_of_escaped(&self, text: &[u8], at: usize, cut: bool) -> Option<usize> {
        let mut best = None;
        let mut found = Vec::new();
        let mut states = BTreeSet::from([(0, at)]);
        while let Some((matched, at)) = states.pop_first() {
            let rest = &self.bytes[matched..];
            if rest.is_empty() {
                best = best.max(Some(at));
                continue;
            }
            if cut && self.is_enough(matched, text, at) {
                best = best.max(Some(end_of_cut(text, at)));
            }
            found.clear();
            readings(text, at, &mut found);
            for reading in &found {
                if self.alphabet.is_skipped(reading) && matched > 0 {
                    states.insert((matched, reading.next));
                }
                if self.alphabet.begins(rest, reading.bytes()) {
                    states.insert((matched + reading.bytes().len(), reading.next));
                }
            }
        }
        best
    }
}

/// Whether the text is over here, or was cut off.
fn is_end(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    rest.is_empty() || CUT_MARKS.iter().any(|mark| rest.starts_with(mark)) || is_broken_escape(rest)
}

/// What is left of an escape that was cut off belongs to it.
fn end_of_cut(text: &[u8], at: usize) -> usize {
    if is_broken_escape(text.get(at..).unwrap_or_default()) { text.len() } else { at }
}

fn is_broken_escape(rest: &[u8]) -> bool {
    let [b'\\' | b'%' | b'&', letters @ ..] = rest else { return false };
    rest.len() < ESCAPE_BYTES_MAX && letters.iter().all(u8::is_ascii_alphanumeric)
}

impl Alphabet {
    fn same(self, expected: u8, found: u8) -> bool {
        match self {
            Self::Text => expected == found,
            Self::Base64 => standard(expected) == standard(found),
            Self::Hexadecimal => expected.eq_ignore_ascii_case(&found),
        }
    }

    fn begins(self, expected: &[u8], found: &[u8]) -> bool {
        let same = |(expected, found): (&u8, &u8)| self.same(*expected, *found);
        found.len() <= expected.len() && expected.iter().zip(found).all(same)
    }

    /// Whether the byte stands for itself and nothing else.
    fn is_ordinary(self, byte: u8) -> bool {
        is_plain(byte) && (self == Self::Text || !matches!(byte, b'\r' | b'\n'))
    }

    fn is_skipped(self, reading: &Reading) -> bool {
        self != Self::Text && matches!(reading.bytes(), b"\r" | b"\n")
    }
}

fn standard(letter: u8) -> u8 {
    match letter {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }
}
