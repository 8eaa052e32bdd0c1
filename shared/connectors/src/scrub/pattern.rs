//! One form of a secret, and whether a text has it.

use super::readings::{Reading, is_plain, readings};
use super::words::is_word;
use super::{UNMISTAKABLE_CHARACTERS, Use};
use std::collections::BTreeSet;
use tradewind_engine::texts::is_hidden;

/// With such a byte, or one above, a character of several begins.
const FIRST_OF_SEVERAL: u8 = 0xc2;

/// How bytes are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alphabet {
    /// Each is itself.
    Text,
    /// Both alphabets of base64 are one, and line breaks do not count.
    Base64,
    /// Small and capital letters are one; spaces and colons between them do not count.
    Hexadecimal,
}

/// One form of a secret.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pattern {
    bytes: Vec<u8>,
    alphabet: Alphabet,
    /// Whether the secret is so short that it may stand in anything.
    is_short: bool,
    /// So many bytes are no secret.
    known: usize,
    /// So many bytes at the end of an output are as good as all.
    output_cut_min: Option<usize>,
    /// So many bytes at the end of a text that was cut off are as good as all.
    cut_min: usize,
    /// So many bytes are as good as all wherever they stand: a service may have cut off what it repeats.
    beginning_min: usize,
}

/// What stands where a text was cut off, besides its end.
const CUT_MARKS: [&[u8]; 3] = ["…".as_bytes(), b"...", b"***"];
/// Of a shorter secret, its beginning is none in an output.
const CUT_CHARACTERS_MIN: usize = 16;
/// The longest writing of one character.
const ESCAPE_BYTES_MAX: usize = 12;

impl Pattern {
    /// A form of a secret of so many characters. The first `known` bytes are no secret, such as the host of
    /// an address.
    pub(super) fn new(form: &[u8], alphabet: Alphabet, known: usize, characters: usize) -> Self {
        let most = (form.len() - known) * 3 / 4;
        let eight = alphabet.length(UNMISTAKABLE_CHARACTERS);
        let third = (form.len() - known).div_ceil(3).clamp(eight, 2 * eight);
        let output_cut_min = (characters >= CUT_CHARACTERS_MIN).then_some(known + third);
        let is_short = characters < UNMISTAKABLE_CHARACTERS;
        let (cut_min, beginning_min) = (known + most.clamp(4, 8), known + most.clamp(6, 12));
        let bytes = form.to_vec();
        Self { bytes, alphabet, is_short, known, output_cut_min, cut_min, beginning_min }
    }

    /// Whether the text is this and nothing else.
    pub(super) fn is_exactly(&self, text: &str) -> bool {
        self.alphabet == Alphabet::Text && self.bytes == text.as_bytes()
    }

    /// Whether what was found from here to there is the secret, and not something that has its letters.
    pub(super) fn counts(&self, text: &[u8], start: usize, end: usize, used: Use) -> bool {
        match used {
            _ if !self.is_short => true,
            Use::Reason => true,
            Use::Output => start == 0 && self.is_all(text.get(end..).unwrap_or_default()),
            Use::Key => false,
        }
    }

    /// Whether what is left of a text belongs to the form. The last letter of base64 follows from what
    /// comes behind the secret too.
    fn is_all(&self, rest: &[u8]) -> bool {
        let padding = rest.iter().rev().take_while(|byte| **byte == b'=').count();
        let letters = rest.len() - padding;
        rest.is_empty() || (self.alphabet == Alphabet::Base64 && padding <= 2 && letters <= 1)
    }

    /// What a text may begin with that has it, as far as it is not escaped.
    pub(super) fn first_bytes(&self) -> impl Iterator<Item = u8> {
        let first = self.bytes.first().copied();
        let is_first = move |byte: &u8| first.is_some_and(|first| self.alphabet.same(first, *byte));
        (0..=u8::MAX).filter(is_first)
    }

    /// Where it ends, if it begins here; where the text ends too early, its beginning is enough.
    pub(super) fn end(&self, text: &[u8], at: usize, used: Use) -> Option<usize> {
        // Almost everywhere the first bytes tell.
        for (index, expected) in self.bytes.iter().enumerate() {
            match text.get(at + index) {
                Some(byte) if self.alphabet.is_ordinary(*byte) => {
                    if !self.alphabet.same(*expected, *byte) {
                        return self.is_enough(index, text, at + index, used).then_some(at + index);
                    }
                }
                Some(_) => return self.end_of_escaped(text, at, used),
                None => {
                    return self.is_enough(index, text, text.len(), used).then_some(text.len());
                }
            }
        }
        Some(at + self.bytes.len())
    }

    /// Whether so many of its bytes, up to that place, give it away.
    fn is_enough(&self, matched: usize, text: &[u8], at: usize, used: Use) -> bool {
        if used == Use::Reason {
            return matched >= self.beginning_min || (matched >= self.cut_min && is_end(text, at));
        }
        // Outputs are data: a word that the secret happens to begin with is one.
        let is_data =
            || self.alphabet == Alphabet::Text && is_word(&self.bytes[self.known..matched]);
        self.output_cut_min.is_some_and(|min| matched >= min) && is_end(text, at) && !is_data()
    }

    /// The same, where a character may be meant in several ways: all of them are followed.
    fn end_of_escaped(&self, text: &[u8], at: usize, used: Use) -> Option<usize> {
        let mut best = None;
        let mut found = Vec::new();
        let mut states = BTreeSet::from([(0, at, false)]);
        while let Some((matched, at, is_beyond)) = states.pop_first() {
            let rest = &self.bytes[matched..];
            if rest.is_empty() {
                best = best.max(Some(at));
                continue;
            }
            // What was passed over belongs to the secret only where more of it follows.
            if !is_beyond && self.is_enough(matched, text, at, used) {
                best = best.max(Some(end_of_cut(text, at)));
            }
            found.clear();
            readings(text, at, &mut found);
            for reading in &found {
                if self.alphabet.is_skipped(reading) && matched > 0 {
                    states.insert((matched, reading.next, true));
                }
                if self.alphabet.begins(rest, reading.bytes()) {
                    states.insert((matched + reading.bytes().len(), reading.next, false));
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
        let may_be_skipped = byte.is_ascii_control()
            || byte >= FIRST_OF_SEVERAL
            || (self == Self::Hexadecimal && matches!(byte, b' ' | b':'));
        is_plain(byte) && !may_be_skipped
    }

    /// Whether it may stand between two characters of a secret: line breaks, and what nobody sees.
    fn is_skipped(self, reading: &Reading) -> bool {
        let between = |one| self == Self::Hexadecimal && matches!(one, ' ' | ':');
        reading.as_char().is_some_and(|one| is_hidden(one) || between(one))
    }

    /// So many characters have this length in it.
    fn length(self, characters: usize) -> usize {
        match self {
            Self::Text => characters,
            Self::Base64 => (characters * 4).div_ceil(3),
            Self::Hexadecimal => characters * 2,
        }
    }
}

fn standard(letter: u8) -> u8 {
    match letter {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }
}
