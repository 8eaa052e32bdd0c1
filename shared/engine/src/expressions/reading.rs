//! What can be told of an expression without running it: what it refers to, and whether it uses
//! only what the language has.

use super::lexer::{self, Kind, Word};
use super::missing::Missing;
use super::refusal::{Refusal, invalid};
use super::{OPERATIONS_MAX, SOURCE_BYTES_MAX, comparisons, language, rules};
use std::collections::BTreeSet;

/// What an expression uses.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// Dotted paths, in the order they are written.
    pub(super) paths: Vec<String>,
    /// Those of them of which more is asked than whether they are there.
    pub(super) used: BTreeSet<String>,
    /// Those that it asks somewhere whether they are there, or has a default for.
    pub(super) may_be_missing: BTreeSet<String>,
    /// Which of them it compares with which texts, and where these stand.
    pub(super) compared: Vec<Compared>,
    /// The filters and tests it uses.
    pub(super) uses: BTreeSet<String>,
}

/// A path that is compared with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Compared {
    /// The path.
    pub(crate) path: String,
    /// The text.
    pub(crate) text: String,
    /// Where it stands in the expression.
    pub(crate) at: usize,
}

/// Reads an expression, or says why it is none of ours.
pub(super) fn read(source: &str, missing: Missing) -> Result<Reading, Refusal> {
    if source.len() > SOURCE_BYTES_MAX {
        return Err(invalid(0, format!("the expression is longer than {SOURCE_BYTES_MAX} bytes")));
    }
    let words = lexer::words(source).map_err(|(at, message)| invalid(at, message))?;
    if words.is_empty() {
        return Err(invalid(0, "the expression is empty".to_owned()));
    }
    if words.iter().filter(|word| is_operation(word)).count() > OPERATIONS_MAX {
        return Err(invalid(
            0,
            format!("the expression has more than {OPERATIONS_MAX} operations"),
        ));
    }
    rules::refuse_foreign_symbols(&words)?;
    comparisons::refuse_chains(&words, missing)?;
    let mut reading = Reading::default();
    for at in 0..words.len() {
        if words[at].kind != Kind::Name {
            rules::refuse_call_of_a_value(&words, at)?;
            continue;
        }
        match role(&words, at) {
            Role::Filter => {
                rules::known(
                    &words[at],
                    "filter",
                    "unknown_filter",
                    language::filter_names(missing),
                )?;
                rules::refuse_wrong_arguments(&words, at)?;
                reading.uses.insert(words[at].text.to_owned());
            }
            Role::Test => {
                rules::known(&words[at], "test", "unknown_test", language::test_names())?;
                reading.uses.insert(words[at].text.to_owned());
            }
            Role::Function => return Err(rules::no_function(&words, at, missing)),
            Role::Reference => {
                let (path, end) = path(&words, at);
                let asks = asks_whether_it_is_there(&words, end);
                if asks || has_default(&words, end) {
                    reading.may_be_missing.insert(path.clone());
                }
                for word in compared_with(&words, at, end) {
                    let text = word.text[1..word.text.len() - 1].to_owned();
                    reading.compared.push(Compared { path: path.clone(), text, at: word.at });
                }
                if !asks {
                    reading.used.insert(path.clone());
                }
                reading.paths.push(path);
            }
            Role::Other => {}
        }
    }
    Ok(reading)
}

enum Role {
    Filter,
    Test,
    Function,
    Reference,
    Other,
}

const KEYWORDS: [&str; 13] = [
    "and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None",
];

fn role(words: &[Word<'_>], at: usize) -> Role {
    let before = at.checked_sub(1).map(|before| &words[before]);
    let after = |symbol: &str| words.get(at + 1).is_some_and(|next| next.is(symbol));
    let name = words[at].text;
    if before.is_some_and(|word| word.is("|")) {
        return Role::Filter;
    }
    if before.is_some_and(|word| word.is(".")) {
        return if after("(") { Role::Function } else { Role::Other };
    }
    let after_is = |at: usize| at.checked_sub(1).is_some_and(|is| is_keyword(words, is, "is"));
    let negated =
        at.checked_sub(1).is_some_and(|not| is_keyword(words, not, "not") && after_is(not));
    if (after_is(at) && name != "not") || negated {
        return Role::Test;
    }
    match () {
        () if KEYWORDS.contains(&name) => Role::Other,
        () if after("(") => Role::Function,
        () if after("=") => Role::Other,
        () => Role::Reference,
    }
}

fn is_keyword(words: &[Word<'_>], at: usize, keyword: &str) -> bool {
    let member = at.checked_sub(1).is_some_and(|before| words[before].is("."));
    words[at].is_name(keyword) && !member
}

/// Whether the word there begins `is none`, `is not none`, or the same with `defined`.
fn asks_whether_it_is_there(words: &[Word<'_>], at: usize) -> bool {
    let rest = words.get(at..).unwrap_or_default();
    let asks = |word: &Word<'_>| word.is_name("none") || word.is_name("defined");
    match rest {
        [is, not, test, ..] if is.is_name("is") && not.is_name("not") => asks(test),
        [is, test, ..] if is.is_name("is") => asks(test),
        _ => false,
    }
}

/// The texts that the path between these words is compared with, where it is by itself: `path == 'text'`, the same
/// with `!=` or the other way round, and `path in ['text', 'other']`.
fn compared_with<'a, 'b>(words: &'b [Word<'a>], start: usize, end: usize) -> Vec<&'b Word<'a>> {
    let is_equality = |word: &Word<'_>| word.is("==") || word.is("!=");
    let is_plain = |word: &&Word<'_>| word.kind == Kind::Text && !word.text.contains('\\');
    let goes_on = |word: &Word<'_>| {
        word.kind == Kind::Symbol && !word.is(")") && !word.is("]") && !word.is(",")
    };
    let (before, rest) = (&words[..start], &words[end.min(words.len())..]);
    let begins = before
        .last()
        .is_none_or(|word| word.is("(") || word.is(",") || word.is("[") || word.kind == Kind::Name);
    match rest {
        [equality, text, rest @ ..] if begins && is_equality(equality) => Some(text)
            .filter(is_plain)
            .filter(|_| !rest.first().is_some_and(goes_on))
            .into_iter()
            .collect(),
        [within, rest @ ..] if begins && within.is_name("in") => listed(rest),
        [not, within, rest @ ..] if begins && not.is_name("not") && within.is_name("in") => {
            listed(rest)
        }
        _ => match before {
            [before @ .., text, equality] if is_equality(equality) => {
                let is_whole =
                    before.last().is_none_or(|word| word.is("(") || word.kind == Kind::Name)
                        && !rest.first().is_some_and(goes_on);
                Some(text).filter(is_plain).filter(|_| is_whole).into_iter().collect()
            }
            _ => Vec::new(),
        },
    }
}

/// The texts of the list that begins there; none where it holds anything else.
fn listed<'a, 'b>(words: &'b [Word<'a>]) -> Vec<&'b Word<'a>> {
    let [open, rest @ ..] = words else { return Vec::new() };
    let Some(end) = rest.iter().position(|word| word.is("]")).filter(|_| open.is("[")) else {
        return Vec::new();
    };
    let is_text = |word: &Word<'_>| word.kind == Kind::Text && !word.text.contains('\\');
    match rest[..end].iter().all(|word| word.is(",") || is_text(word)) {
        true => rest[..end].iter().filter(|word| is_text(word)).collect(),
        false => Vec::new(),
    }
}

/// Whether the word there begins `| default`.
fn has_default(words: &[Word<'_>], at: usize) -> bool {
    let rest = words.get(at..).unwrap_or_default();
    matches!(rest, [bar, filter, ..] if bar.is("|") && filter.is_name("default"))
}

/// The longest dotted path that begins at a name, and where it ends; a list's index ends it.
fn path(words: &[Word<'_>], start: usize) -> (String, usize) {
    let mut path = words[start].text.to_owned();
    let mut at = start + 1;
    loop {
        let end = at;
        let member = match (words.get(at), words.get(at + 1), words.get(at + 2)) {
            (Some(dot), Some(name), _) if dot.is(".") && name.kind == Kind::Name => {
                at += 2;
                name.text
            }
            (Some(open), Some(key), Some(close))
                if open.is("[") && close.is("]") && key.kind == Kind::Text =>
            {
                at += 3;
                &key.text[1..key.text.len() - 1]
            }
            _ => return (path, end),
        };
        if member.is_empty() || member.contains(['.', '\\']) {
            return (path, end);
        }
        path.push('.');
        path.push_str(member);
    }
}

fn is_operation(word: &Word<'_>) -> bool {
    match word.kind {
        Kind::Name => ["and", "or", "not", "in", "is", "if"].contains(&word.text),
        Kind::Symbol => !["(", ")", "]", "{", "}", ",", ":", "="].contains(&word.text),
        Kind::Number | Kind::Text => false,
    }
}
