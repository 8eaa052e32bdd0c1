//! The first draft of a provider's file as a copy of one that is there.
//!
//! Invariant: what the copied vendor documents is not taken to hold for another one: its name, its address, its pages
//! and what a second call would do there stand as `TODO`.

use std::fmt::Write as _;
use tradewind_engine::descriptions::Description;

/// Keys at the top of a file whose values are the copied vendor's own.
const OWN_AT_TOP: [&str; 4] = ["title", "documentation", "base_url", "hosts"];
/// Keys of actions, ways and rules whose values are.
const OWN_BELOW: [&str; 2] = ["class", "proof"];

/// The file of a provider of that id, like that one.
pub(super) fn draft(id: &str, like: &Description, source: &str) -> String {
    let mut file = String::new();
    for line in source.lines() {
        let top = line.split_once(": ").map(|(key, _)| key);
        let line = match top {
            Some("provider") => format!("provider: {id}"),
            Some(key) if OWN_AT_TOP.contains(&key) => format!("{key}: TODO"),
            _ if line.trim_start().starts_with('#') => line.to_owned(),
            _ => OWN_BELOW.iter().fold(line.to_owned(), |line, key| asked(&line, key)),
        };
        let _ = writeln!(file, "{}", line.replace(&like.title, "TODO"));
    }
    file
}

/// What its fixtures begin with, where it does nothing but receive.
pub(super) fn deliveries(like: &Description) -> String {
    let receives = "deliveries:\n  - TODO what this shows:\n      headers: {}\n      text: TODO\n      outcome:\n      events:\n";
    format!("{}{receives}", settings(like))
}

/// A line with made-up settings of the copied provider.
pub(super) fn settings(like: &Description) -> String {
    let named = like.settings.iter().filter(|setting| setting.is_required() || setting.secret);
    let named: Vec<String> =
        named.map(|setting| format!("{}: TODO-made-up", setting.name)).collect();
    format!("settings: {{ {} }}\n", named.join(", "))
}

/// The line with `TODO` for each value of that key.
fn asked(line: &str, key: &str) -> String {
    let key = format!("{key}: ");
    let mut asked = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(&key) {
        let (before, value) = rest.split_at(at + key.len());
        asked.push_str(before);
        // A key stands at the beginning, or behind a blank or a brace.
        let stands = before[..at].chars().last().is_none_or(|c| matches!(c, ' ' | '{'));
        let is_alone = asked.trim_start() == key;
        rest = value;
        if stands {
            asked.push_str("TODO");
            rest = behind(value, is_alone);
        }
    }
    asked + rest
}

/// What follows a value: a text in quotes; else all up to a comment, and in braces up to the next comma or brace.
fn behind(value: &str, is_alone: bool) -> &str {
    if let Some(quote @ ('"' | '\'')) = value.chars().next() {
        return &value[value[1..].find(quote).map_or(value.len(), |end| end + 2)..];
    }
    let comment = value.find(" #");
    let in_braces = if is_alone { None } else { value.find([',', '}']) };
    let end = [comment, in_braces].into_iter().flatten().min().unwrap_or(value.len());
    &value[value[..end].trim_end().len()..]
}

#[cfg(test)]
mod tests {
    use super::draft;
    use tradewind_connectors::catalog::{catalog, file_of};
    use tradewind_engine::descriptions::Description;

    #[test]
    fn the_copy_of_every_file_is_one_in_which_only_answers_are_missing() {
        let mut copied = 0;
        for provider in &catalog().providers {
            let Some(source) = file_of(&provider.id) else { continue };
            let draft = draft("acme", &Description::parse(source).unwrap(), source);
            let problems = Description::parse(&draft).unwrap_err();
            // A `TODO` is no address and no class either.
            let lines: Vec<&str> = draft.lines().collect();
            let is_asked = |line: u32| lines[line as usize - 1].contains("TODO");
            let others = problems.iter().filter(|problem| !is_asked(problem.place.line));
            let others: Vec<String> = others.map(ToString::to_string).collect();
            assert_eq!(others, [""; 0], "{}:\n{draft}", provider.id);
            assert!(lines.contains(&"base_url: TODO"), "{draft}");
            assert!(!draft.contains(&provider.title), "{draft}");
            let stays = source.lines().filter(|line| line.contains("json:")).count();
            assert_eq!(draft.lines().filter(|line| line.contains("json:")).count(), stays);
            copied += 1;
        }
        assert!(copied > 20, "{copied}");
    }

    #[test]
    fn what_is_the_vendors_own_is_asked_and_the_rest_is_copied() {
        let line = super::asked("    class: natural  # upserts", "class");
        assert_eq!(line, "    class: TODO  # upserts");
        let line = "{ status: [409], then: not_now, proof: https://a.example/d }";
        assert_eq!(super::asked(line, "proof"), "{ status: [409], then: not_now, proof: TODO }");
        let line = "proof: \"https://a.example/b, c\", x: 1";
        assert_eq!(super::asked(line, "proof"), "proof: TODO, x: 1");
    }
}
