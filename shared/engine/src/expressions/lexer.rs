//! The words of an expression. minijinja keeps its own to itself; ours are needed to find where an
//! expression ends, what it refers to and what it may not use.

use super::BRACKETS_MAX;

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    Text,
    Symbol,
}

/// One word of an expression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Where it begins, in bytes.
    pub(super) at: usize,
}

impl Word<'_> {
    pub(super) fn is(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        self.kind == Kind::Name && self.text == name
    }
}

/// Why a text has no words: where, in bytes, and what is wrong.
pub(super) type Mistake = (usize, String);

/// The words of an expression.
pub(super) fn words(source: &str) -> Result<Vec<Word<'_>>, Mistake> {
    let mut words = Vec::new();
    let mut at = 0;
    let mut depth = 0_usize;
    while let Some(first) = source[at..].chars().next() {
        if first.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let (kind, length) = measure(&source[at..], first).map_err(|message| (at, message))?;
        let text = &source[at..at + length];
        match text {
            "(" | "[" | "{" if kind == Kind::Symbol => depth += 1,
            ")" | "]" | "}" if kind == Kind::Symbol => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > BRACKETS_MAX {
            return Err((at, format!("brackets are nested more than {BRACKETS_MAX} deep")));
        }
        words.push(Word { kind, text, at });
        at += length;
    }
    Ok(words)
}

/// Where the `}}` stands that ends an expression which begins with the text: not within a string,
/// not within brackets.
pub(super) fn end_of_placeholder(text: &str) -> Option<usize> {
    let mut braces = 0_usize;
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        match first {
            '\'' | '"' => at += string_length(&text[at..], first)?,
            '}' if braces == 0 && text[at..].starts_with("}}") => return Some(at),
            _ => {
                match first {
                    '{' => braces += 1,
                    '}' => braces = braces.saturating_sub(1),
                    _ => {}
                }
                at += first.len_utf8();
            }
        }
    }
    None
}

fn measure(rest: &str, first: char) -> Result<(Kind, usize), String> {
    let run = |more: fn(char) -> bool| rest.find(|c| !more(c)).unwrap_or(rest.len());
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match first {
        'a'..='z' | 'A'..='Z' | '_' => Ok((Kind::Name, run(word))),
        '0'..='9' => {
            let whole = run(word);
            let fraction = rest[whole..].strip_prefix('.').map_or(0, |after| {
                let digits = after.find(|c: char| !word(c)).unwrap_or(after.len());
                if after.starts_with(|c: char| c.is_ascii_digit()) { digits + 1 } else { 0 }
            });
            Ok((Kind::Number, whole + fraction))
        }
        '\'' | '"' => string_length(rest, first)
            .map(|length| (Kind::Text, length))
            .ok_or_else(|| "the string has no end".to_owned()),
        _ => {
            let pair =
                ["//", "**", "==", "!=", ">=", "<="].iter().any(|pair| rest.starts_with(pair));
            if pair {
                return Ok((Kind::Symbol, 2));
            }
            if "+-*/%.,:~|=><()[]{}!".contains(first) {
                return Ok((Kind::Symbol, 1));
            }
            Err(format!("`{first}` is not part of the language"))
        }
    }
}

fn string_length(rest: &str, quote: char) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            return Some(at + 1);
        }
    }
    None
}
