//! What an expression may not do, and what to do instead.

use super::language;
use super::lexer::{Kind, Word};
use super::missing::Missing;
use super::refusal::{Refusal, invalid};
use crate::problems::nearest;

pub(super) fn refuse_foreign_symbols(words: &[Word<'_>]) -> Result<(), Refusal> {
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).filter(|next| next.at == word.at + word.text.len());
        let next_is = |symbol: &str| next.is_some_and(|next| next.is(symbol));
        let refusal = |message: &str, help: &str| {
            Err(Refusal { help: Some(help.to_owned()), ..invalid(word.at, message.to_owned()) })
        };
        if word.is("~") {
            return refusal("`~` is not part of the language", "join text as in `a ${{ x }} b`");
        }
        if word.is("{") && next_is("%") {
            return refusal(
                "`{% %}` is not part of the language",
                "use `value if condition else other`",
            );
        }
        if word.is("{") && next_is("{") {
            return refusal("`{{` cannot stand within an expression", "expressions do not nest");
        }
        if word.is("|") && next_is("|") {
            return refusal("`||` is not part of the language", "write `or`");
        }
        if word.is("=") {
            return refusal("`=` is not part of the language", "compare with `==`");
        }
        let opens = at.checked_sub(1).is_some_and(|at| words[at].is("(") || words[at].is(","));
        if opens && (word.is("*") || word.is("**")) {
            return Err(invalid(word.at, "arguments cannot be unpacked".to_owned()));
        }
        if word.is("!") {
            return refusal("`!` is not part of the language", "write `not`");
        }
    }
    Ok(())
}

pub(super) fn refuse_call_of_a_value(words: &[Word<'_>], at: usize) -> Result<(), Refusal> {
    let called = words.get(at + 1).is_some_and(|next| next.is("("));
    let is_value = words[at].kind != Kind::Symbol || words[at].is(")") || words[at].is("]");
    if called && is_value {
        return Err(invalid(words[at + 1].at, "a value cannot be called".to_owned()));
    }
    Ok(())
}

pub(super) fn known(
    word: &Word<'_>,
    what: &str,
    code: &'static str,
    names: impl Iterator<Item = &'static str> + Clone,
) -> Result<(), Refusal> {
    if names.clone().any(|name| name == word.text) {
        return Ok(());
    }
    let help = match nearest(word.text, names.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
    };
    let message = format!("there is no {what} `{}`", word.text);
    Err(Refusal { at: word.at, code, message, help: Some(help) })
}

pub(super) fn no_function(words: &[Word<'_>], at: usize, missing: Missing) -> Refusal {
    let name = words[at].text;
    let help = match nearest(name, language::filter_names(missing)) {
        Some(filter) => format!("there are filters: write `value | {filter}`"),
        None => "there are filters, written `value | filter`, but no functions".to_owned(),
    };
    let message = format!("there is no function `{name}`");
    Refusal { at: words[at].at, code: "unknown_function", message, help: Some(help) }
}

pub(super) fn refuse_wrong_arguments(words: &[Word<'_>], at: usize) -> Result<(), Refusal> {
    let given = count_arguments(words.get(at + 1..).unwrap_or_default());
    let (least, most) = language::arguments_of(words[at].text);
    if (least..=most).contains(&given) {
        return Ok(());
    }
    let wanted = if least == most { format!("{least}") } else { format!("{least} to {most}") };
    let message = format!("the filter `{}` takes {wanted} arguments, not {given}", words[at].text);
    Err(invalid(words[at].at, message))
}

fn count_arguments(after_name: &[Word<'_>]) -> usize {
    let mut depth = 0_usize;
    let mut arguments = 0;
    let mut within = false;
    for word in after_name {
        if depth == 0 && !word.is("(") {
            return 0;
        }
        match word.text {
            "(" | "[" | "{" if word.kind == Kind::Symbol => depth += 1,
            ")" | "]" | "}" if word.kind == Kind::Symbol => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return arguments + usize::from(within);
        }
        if depth == 1 && word.is(",") {
            arguments += 1;
            within = false;
        } else if !(depth == 1 && word.is("(") && !within) {
            within = true;
        }
    }
    arguments
}
