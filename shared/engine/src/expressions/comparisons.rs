//! Ordering, made strict. minijinja orders values of any two types, so that null is less than every
//! number; here `a < b` is an error unless both are numbers or both are texts. The operators are
//! rewritten to filters of ours, which keeps `and`, `or` and `if` lazy.

use super::ITEMS_MAX;
use super::error::{ExpressionCode, Fault};
use super::lexer::{self, Kind, Word};
use super::missing::{Missing, is_nothing};
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

/// A relation, the filter that stands for it where undefined is null, and what the filter does.
pub(super) type Relation = (&'static str, &'static str, fn(&Value, &Value) -> Result<bool, Fault>);

/// minijinja tells undefined from null, and looks for the text of a null in a text.
pub(super) const RELATIONS: [Relation; 4] = [
    ("==", "same_", |left, right| Ok(is_same(left, right))),
    ("!=", "different_", |left, right| Ok(!is_same(left, right))),
    ("in", "within_", is_within),
    ("not in", "not_within_", |left, right| is_within(left, right).map(|within| !within)),
];

/// Whether two values are the same, where undefined is null at any depth.
fn is_same(left: &Value, right: &Value) -> bool {
    if is_nothing(left) || is_nothing(right) {
        return is_nothing(left) && is_nothing(right);
    }
    if left.kind() != right.kind() || left.len() != right.len() {
        return left == right;
    }
    match (left.kind(), left.try_iter(), right.try_iter()) {
        (ValueKind::Seq, Ok(left), Ok(mut right)) => {
            left.zip(&mut right).all(|(left, right)| is_same(&left, &right))
        }
        (ValueKind::Map, Ok(mut keys), _) => keys.all(|key| {
            let member = |of: &Value| of.get_item(&key).unwrap_or_default();
            let is_in_both = is_within(&key, right).unwrap_or(false);
            is_in_both && is_same(&member(left), &member(right))
        }),
        _ => left == right,
    }
}

/// Whether a list has an item, a map a key, or a text a part; nothing has nothing in it.
pub(super) fn is_within(value: &Value, whole: &Value) -> Result<bool, Fault> {
    match whole.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(false),
        ValueKind::Seq | ValueKind::Iterable => {
            let items = whole.try_iter().map_err(|_| Fault::kind("a list cannot be read"))?;
            Ok(items.take(ITEMS_MAX).any(|item| is_same(&item, value)))
        }
        ValueKind::Map => Ok(value
            .as_str()
            .is_some_and(|key| whole.get_attr(key).is_ok_and(|member| !member.is_undefined()))),
        ValueKind::String if is_nothing(value) => Ok(false),
        ValueKind::String => match (whole.as_str(), value.as_str()) {
            (Some(text), Some(part)) => Ok(text.contains(part)),
            _ => {
                let kind = name_of(value.kind());
                Err(Fault::kind(format!("`in` looks for text in a text, but has {kind}")))
            }
        },
        kind => {
            let kind = name_of(kind);
            Err(Fault::kind(format!("`in` looks into a text, a list or a map, but has {kind}")))
        }
    }
}

/// Whether two values are in this order.
pub(super) fn compare(
    (operator, _, holds): Comparison,
    missing: Missing,
    left: &Value,
    right: &Value,
) -> Result<bool, Fault> {
    if missing == Missing::IsAnError && (left.is_undefined() || right.is_undefined()) {
        return Err(Fault::undefined());
    }
    if is_nothing(left) || is_nothing(right) {
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
pub(super) fn strict(source: &str, missing: Missing) -> Option<String> {
    let words = lexer::words(source).ok()?;
    let operators: Vec<_> =
        (0..words.len()).filter_map(|at| operator(&words, at, missing)).collect();
    (!operators.is_empty()).then(|| as_filters(source, &words, operators))
}

/// An operator that a filter stands for: its first and its last word.
struct Operator {
    first: usize,
    last: usize,
    filter: &'static str,
}

/// The operator that ends with this word, if one does.
fn operator(words: &[Word<'_>], last: usize, missing: Missing) -> Option<Operator> {
    let ordering = COMPARISONS.iter().find(|(symbol, ..)| words[last].is(symbol));
    if let Some((_, filter, _)) = ordering {
        return Some(Operator { first: last, last, filter });
    }
    if missing == Missing::IsAnError || !is_relation(words, last) {
        return None;
    }
    let negated = last.checked_sub(1).filter(|not| {
        words[last].is_name("in") && words[*not].is_name("not") && !is_member(words, *not)
    });
    let symbol = if negated.is_some() { "not in" } else { words[last].text };
    let (_, filter, _) = RELATIONS.iter().find(|(relation, ..)| *relation == symbol)?;
    Some(Operator { first: negated.unwrap_or(last), last, filter })
}

fn as_filters(source: &str, words: &[Word<'_>], operators: Vec<Operator>) -> String {
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for Operator { first, last, filter } in operators {
        let start = words[left_end(words, first)].at;
        let (symbol_start, symbol) = (words[first].at, &words[last]);
        let last = &words[right_end(words, last)];
        edits.push((start, start, "((".to_owned()));
        edits.push((symbol_start, symbol.at + symbol.text.len(), format!(")|{filter}(")));
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
pub(super) fn refuse_chains(words: &[Word<'_>], missing: Missing) -> Result<(), Refusal> {
    for at in 0..words.len() {
        let Some(operator) = operator(words, at, missing) else { continue };
        let relation = |at: usize| at < words.len() && is_relation(words, at);
        let before = left_end(words, operator.first).checked_sub(1);
        let mut after = right_end(words, at) + 1;
        if words.get(after).is_some_and(|word| word.is_name("not")) && relation(after + 1) {
            after += 1;
        }
        let chained = before.filter(|at| relation(*at)).map(|_| at);
        if let Some(second) = chained.or(Some(after).filter(|at| relation(*at))) {
            let refusal = invalid(words[second].at, "comparisons cannot be chained".to_owned());
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
    if is_member(words, at) {
        return false;
    }
    let before = at.checked_sub(1).map(|before| &words[before]);
    let negates_a_test = word.is_name("not") && before.is_some_and(|word| word.is_name("is"));
    let loose = ["and", "or", "not", "if", "else"].iter().any(|name| word.is_name(name));
    (loose && !negates_a_test) || is_relation(words, at) || word.is(",") || word.is(":")
}

fn is_relation(words: &[Word<'_>], at: usize) -> bool {
    let word = &words[at];
    let named = word.is_name("in") && !is_member(words, at);
    is_ordering(word) || word.is("==") || word.is("!=") || named
}

/// Whether a word is the name of a member or of a filter, whatever else it means.
fn is_member(words: &[Word<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| &words[before]);
    before.is_some_and(|before| before.is(".") || before.is("|"))
}

fn is_ordering(word: &Word<'_>) -> bool {
    COMPARISONS.iter().any(|(operator, ..)| word.is(operator))
}
