//! Ordering, made strict. minijinja orders values of any two types, so that null is less than every
//! number; here `a < b` is an error unless both are numbers or both are texts. The operators are
//! rewritten to filters of ours, which keeps `and`, `or` and `if` lazy.

use super::error::{ExpressionCode, Fault};
use super::lexer::{self, Kind, Word};
use super::output::name_of;
use super::refusal::{Refusal, invalid};
use minijinja::Value;
use minijinja::value::ValueKind;
use std::cmp::Ordering;

/// An ordering operator, the filter that stands for it, and what the filter does.
pub(super) type Comparison = (&'static str, &'static str, fn(Ordering) -> bool);

/// The ordering operators. The filters' names are no names of the language.
pub(super) const COMPARISONS: [Comparison; 4] = [
    ("<", "less_", Ordering::is_lt),
    ("<=", "less_or_equal_", Ordering::is_le),
    (">", "greater_", Ordering::is_gt),
    (">=", "greater_or_equal_", Ordering::is_ge),
];

/// Whether two values are in this order.
pub(super) fn compare(
    (operator, _, holds): Comparison,
    left: &Value,
    right: &Value,
) -> Result<bool, Fault> {
    if left.is_undefined() || right.is_undefined() {
        return Err(Fault::undefined());
    }
    if left.is_none() || right.is_none() {
        let message = format!("`{operator}` compares numbers or texts, but has null");
        return Err(Fault::new(ExpressionCode::TemplateNull, message));
    }
    let kind = left.kind();
    if kind != right.kind() || !matches!(kind, ValueKind::Number | ValueKind::String) {
        let (left, right) = (name_of(kind), name_of(right.kind()));
        let message = format!("`{operator}` compares numbers or texts, but has {left} and {right}");
        return Err(Fault::kind(message));
    }
    Ok(left.partial_cmp(right).is_some_and(holds))
}

/// The source with every ordering operator as a filter, if it has one: `a < b` is `((a)|less_(b))`.
/// The source must be one that compiles, so that every operator has its operands.
pub(super) fn strict(source: &str) -> Option<String> {
    let words = lexer::words(source).ok()?;
    words.iter().any(is_ordering).then(|| as_filters(source, &words))
}

fn as_filters(source: &str, words: &[Word<'_>]) -> String {
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let Some((_, filter, _)) = COMPARISONS.iter().find(|(operator, ..)| word.is(operator))
        else {
            continue;
        };
        let start = words[left_end(words, at)].at;
        let last = &words[right_end(words, at)];
        edits.push((start, start, "((".to_owned()));
        edits.push((word.at, word.at + word.text.len(), format!(")|{filter}(")));
        let end = last.at + last.text.len();
        edits.push((end, end, "))".to_owned()));
    }
    edits.sort_by_key(|(start, ..)| *start);
    let mut rewritten = String::with_capacity(source.len() + edits.len() * 8);
    let mut done = 0;
    for (start, end, text) in edits {
        rewritten.push_str(&source[done..start]);
        rewritten.push_str(&text);
        done = end;
    }
    rewritten.push_str(&source[done..]);
    rewritten
}

/// `a < b < c` would need `b` twice.
pub(super) fn refuse_chains(words: &[Word<'_>]) -> Result<(), Refusal> {
    for (at, word) in words.iter().enumerate() {
        if !is_ordering(word) {
            continue;
        }
        let before = left_end(words, at).checked_sub(1).map(|at| &words[at]);
        let after = words.get(right_end(words, at) + 1);
        let chained = before.filter(|word| is_relation(word)).map(|_| word);
        if let Some(second) = chained.or_else(|| after.filter(|word| is_relation(word))) {
            let refusal = invalid(second.at, "comparisons cannot be chained".to_owned());
            return Err(Refusal { help: Some("write `a < b and b < c`".to_owned()), ..refusal });
        }
    }
    Ok(())
}

/// The first word of the operand on the left.
fn left_end(words: &[Word<'_>], operator: usize) -> usize {
    let mut depth = 0_usize;
    let mut first = operator;
    while let Some(at) = first.checked_sub(1) {
        match bracket(&words[at]) {
            Some(false) => depth += 1,
            Some(true) if depth == 0 => break,
            Some(true) => depth -= 1,
            None if depth == 0 && is_boundary(words, at) => break,
            None => {}
        }
        first = at;
    }
    first.min(words.len() - 1)
}

/// The last word of the operand on the right.
fn right_end(words: &[Word<'_>], operator: usize) -> usize {
    let mut depth = 0_usize;
    let mut last = operator;
    while last + 1 < words.len() {
        let at = last + 1;
        match bracket(&words[at]) {
            Some(true) => depth += 1,
            Some(false) if depth == 0 => break,
            Some(false) => depth -= 1,
            None if depth == 0 && is_boundary(words, at) => break,
            None => {}
        }
        last = at;
    }
    last
}

/// Whether a word opens or closes a bracket, if it is one.
fn bracket(word: &Word<'_>) -> Option<bool> {
    match word.text {
        "(" | "[" | "{" if word.kind == Kind::Symbol => Some(true),
        ")" | "]" | "}" if word.kind == Kind::Symbol => Some(false),
        _ => None,
    }
}

/// What binds looser than an operand of a comparison.
fn is_boundary(words: &[Word<'_>], at: usize) -> bool {
    let word = &words[at];
    let before = at.checked_sub(1).map(|before| &words[before]);
    if before.is_some_and(|before| before.is(".") || before.is("|")) {
        return false;
    }
    let negates_a_test = word.is_name("not") && before.is_some_and(|word| word.is_name("is"));
    let loose = ["and", "or", "not", "if", "else"].iter().any(|name| word.is_name(name));
    (loose && !negates_a_test) || is_relation(word) || word.is(",") || word.is(":")
}

fn is_relation(word: &Word<'_>) -> bool {
    is_ordering(word) || word.is("==") || word.is("!=") || word.is_name("in")
}

fn is_ordering(word: &Word<'_>) -> bool {
    COMPARISONS.iter().any(|(operator, ..)| word.is(operator))
}
