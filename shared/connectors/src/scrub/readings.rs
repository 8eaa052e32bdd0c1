//! What a place in a text may mean: itself, or a character that JSON, URLs, HTML or mail write that way, also
//! where one of them was written by another one.

mod entities;

use tradewind_engine::texts::is_hidden;

/// So many layers of writing are seen through.
const LAYERS_MAX: u8 = 4;
/// The longest run of backslashes that is one escape: four layers of JSON.
const BACKSLASHES_MAX: usize = 15;
/// The longest number of an entity, with leading zeros.
const DIGITS_MAX: usize = 8;

/// One character that may be meant, and where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    bytes: [u8; 4],
    length: u8,
    layers: u8,
    /// Where the next character begins.
    pub(super) next: usize,
}

/// Whether the byte stands for itself and nothing else.
pub(super) fn is_plain(byte: u8) -> bool {
    !matches!(byte, b'\\' | b'%' | b'&' | b'+' | b'=')
}

/// Whether so many backslashes follow that none of them begins an escape here.
pub(super) fn is_no_escape(text: &[u8], at: usize) -> bool {
    let run = text.get(at..=at + BACKSLASHES_MAX);
    run.is_some_and(|run| run.iter().all(|byte| *byte == b'\\'))
}

/// Everything that may be meant here.
pub(super) fn readings(text: &[u8], at: usize, found: &mut Vec<Reading>) {
    let Some(byte) = text.get(at) else { return };
    found.push(Reading::byte(*byte, at + 1, 0));
    let mut index = found.len() - 1;
    if let Some(one) = hidden(text, at) {
        found.push(Reading::character(one, at + one.len_utf8(), 0));
    }
    // What is found may itself begin an escape of the layer below.
    while let Some(reading) = found.get(index).copied() {
        index += 1;
        if reading.layers < LAYERS_MAX {
            match reading.bytes() {
                b"\\" => escape(text, reading, found),
                b"%" => percent(text, reading, found),
                b"&" => entity(text, reading, found),
                b"=" => quoted_printable(text, reading, found),
                b"+" => add(found, Reading::byte(b' ', reading.next, reading.layers + 1)),
                _ => {}
            }
        }
    }
}

impl Reading {
    fn byte(byte: u8, next: usize, layers: u8) -> Self {
        Self { bytes: [byte, 0, 0, 0], length: 1, layers, next }
    }

    fn character(one: char, next: usize, layers: u8) -> Self {
        let mut bytes = [0; 4];
        let length = one.encode_utf8(&mut bytes).len();
        Self { bytes, length: u8::try_from(length).unwrap_or(4), layers, next }
    }

    /// The character in UTF-8.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The character; a byte of several is none.
    pub(super) fn as_char(&self) -> Option<char> {
        std::str::from_utf8(self.bytes()).ok()?.chars().next()
    }
}

fn add(found: &mut Vec<Reading>, reading: Reading) {
    let is_known = found.iter().any(|one| (one.bytes, one.next) == (reading.bytes, reading.next));
    if !is_known {
        found.push(reading);
    }
}

/// A backslash was read. Several may be one, written by several layers.
fn escape(text: &[u8], backslash: Reading, found: &mut Vec<Reading>) {
    let layers = backslash.layers + 1;
    let run = text.get(backslash.next..).unwrap_or_default().iter();
    let run = run.take(BACKSLASHES_MAX).take_while(|byte| **byte == b'\\').count();
    for length in 1..=run {
        add(found, Reading::byte(b'\\', backslash.next + length, LAYERS_MAX));
    }
    let after = backslash.next + run;
    match text.get(after) {
        Some(b'u') => add_unit(text, after + 1, layers, found),
        Some(b'x') => {
            if let Some(byte) = number(text, after + 1, 2, 16) {
                add(found, Reading::character(char::from(byte as u8), after + 3, layers));
            }
        }
        Some(letter) => {
            if let Some(one) = escaped(*letter) {
                add(found, Reading::byte(one, after + 1, layers));
            }
        }
        None => {}
    }
    // The letter behind it may be written by another layer, as in `%5C%22`.
    if text.get(after).is_some_and(|byte| !is_plain(*byte)) {
        let mut letters = Vec::new();
        readings_below(text, after, layers, &mut letters);
        for letter in letters {
            if let [one] = letter.bytes()
                && let Some(one) = escaped(*one)
            {
                add(found, Reading::byte(one, letter.next, layers));
            }
        }
    }
}

/// What a letter after a backslash stands for.
fn escaped(letter: u8) -> Option<u8> {
    match letter {
        b'"' | b'\\' | b'/' | b'\'' => Some(letter),
        b'b' => Some(8),
        b'f' => Some(12),
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        _ => None,
    }
}

/// Only percent and entities: a backslash was dealt with.
fn readings_below(text: &[u8], at: usize, layers: u8, found: &mut Vec<Reading>) {
    let first = Reading::byte(text[at], at + 1, layers);
    match text[at] {
        b'%' => percent(text, first, found),
        b'&' => entity(text, first, found),
        _ => {}
    }
}

/// `\u` was read: one unit of UTF-16, or two that belong together.
fn add_unit(text: &[u8], at: usize, layers: u8, found: &mut Vec<Reading>) {
    let Some(unit) = number(text, at, 4, 16) else { return };
    let next = at + 4;
    if let Some(one) = char::from_u32(unit) {
        return add(found, Reading::character(one, next, layers));
    }
    let run = text.get(next..).unwrap_or_default().iter();
    let run = run.take(BACKSLASHES_MAX + 1).take_while(|byte| **byte == b'\\').count();
    if run == 0 || text.get(next + run) != Some(&b'u') {
        return;
    }
    let low = number(text, next + run + 1, 4, 16);
    if let Some(low) = low.filter(|low| (0xDC00..0xE000).contains(low))
        && (0xD800..0xDC00).contains(&unit)
        && let Some(one) = char::from_u32(0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
    {
        add(found, Reading::character(one, next + run + 5, layers));
    }
}

fn percent(text: &[u8], sign: Reading, found: &mut Vec<Reading>) {
    if let Some(byte) = number(text, sign.next, 2, 16) {
        add(found, Reading::byte(byte as u8, sign.next + 2, sign.layers + 1));
    }
}

/// As bodies of mails are written: `=XX`, and a line that goes on behind a `=`.
fn quoted_printable(text: &[u8], sign: Reading, found: &mut Vec<Reading>) {
    let layers = sign.layers + 1;
    if let Some(byte) = number(text, sign.next, 2, 16) {
        add(found, Reading::byte(byte as u8, sign.next + 2, layers));
    }
    let rest = text.get(sign.next..).unwrap_or_default();
    for line_break in [&b"\r\n"[..], b"\n"] {
        if rest.starts_with(line_break) {
            add(found, Reading::byte(b'\n', sign.next + line_break.len(), layers));
        }
    }
}

/// The character of several bytes that begins here, where nobody sees it.
fn hidden(text: &[u8], at: usize) -> Option<char> {
    let length = match text[at] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let one = std::str::from_utf8(text.get(at..at + length)?).ok()?.chars().next()?;
    is_hidden(one).then_some(one)
}

fn entity(text: &[u8], sign: Reading, found: &mut Vec<Reading>) {
    let layers = sign.layers + 1;
    let rest = text.get(sign.next..).unwrap_or_default();
    let (radix, start) = match rest {
        [b'#', b'x' | b'X', ..] => (16, 2),
        [b'#', ..] => (10, 1),
        _ => {
            if let Some((one, length)) = entities::named(rest) {
                add(found, Reading::character(one, sign.next + length, layers));
            }
            return;
        }
    };
    let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
    let length = rest[start..].iter().take(DIGITS_MAX).take_while(is_digit).count();
    let code = number(text, sign.next + start, length, radix);
    if let Some(one) = code.and_then(char::from_u32) {
        let end = start + length;
        let end = end + usize::from(rest.get(end) == Some(&b';'));
        add(found, Reading::character(one, sign.next + end, layers));
    }
}

/// The number that so many digits make.
fn number(text: &[u8], at: usize, digits: usize, radix: u32) -> Option<u32> {
    let digits = text.get(at..at + digits).filter(|digits| !digits.is_empty())?;
    let digits = std::str::from_utf8(digits).ok()?;
    let is_digit = |one: char| one.is_digit(radix);
    digits.chars().all(is_digit).then(|| u32::from_str_radix(digits, radix).ok())?
}
