//! Commands that a page names exist.

use super::pages;
use std::collections::BTreeMap;
use std::process::Command;

#[test]
fn every_command_of_the_pages_exists() {
    let help = Command::new(env!("CARGO_BIN_EXE_tradewind")).arg("--help").output();
    let help = String::from_utf8(help.unwrap().stdout).unwrap();
    let mut named = 0;
    for page in pages() {
        for word in commands(&page.text) {
            named += 1;
            let path = page.path;
            assert!(help.contains(&format!("\n  {word} ")), "{path} names `tradewind {word}`");
        }
    }
    assert!(named > 60, "only {named} commands were found");
}

#[test]
fn every_option_of_the_pages_belongs_to_its_command() {
    let mut helps: BTreeMap<Vec<&str>, String> = BTreeMap::new();
    let pages: Vec<_> = pages().collect();
    let mut named = 0;
    for page in &pages {
        for code in invocations(&page.text) {
            let words: Vec<&str> = code.split(' ').take_while(|word| !is_shell(word)).collect();
            let is_name = |word: &&&str| word.starts_with(|c: char| c.is_ascii_lowercase());
            let path: Vec<&str> = words.iter().take_while(is_name).take(2).copied().collect();
            let options = words.iter().filter(|word| word.starts_with("--"));
            for option in options.map(|option| option.split('=').next().unwrap_or(option)) {
                let help = helps.entry(path.clone()).or_insert_with(|| help(&path));
                let is_there = help.split([' ', ',', '\n']).any(|word| word == option);
                assert!(is_there, "{}: `tradewind {code}` has no {option}", page.path);
                named += 1;
            }
        }
    }
    assert!(named > 20, "only {named} options were found");
}

/// Where the words of the shell begin.
fn is_shell(word: &str) -> bool {
    matches!(word, "|" | ">" | "#" | "&&" | "&" | "<" | "\\" | "2>&1")
}

/// What the command says about itself; of one whose second word is an argument, the command alone.
fn help(path: &[&str]) -> String {
    let help = Command::new(env!("CARGO_BIN_EXE_tradewind")).args(path).arg("--help").output();
    String::from_utf8(help.unwrap().stdout).unwrap()
}

#[test]
fn commands_are_found_in_code_and_nowhere_else() {
    let text = "tradewind is a word.\n\n    tradewind up\n\n`tradewind run RUN` and ``\n```sh\ntradewind plan # ok\n\
                TOKEN=1 tradewind up\n```\nThe tradewind binary, `tradewind.db`\n";
    assert_eq!(commands(text).collect::<Vec<_>>(), ["run", "plan", "up"]);
}

/// The first word after `tradewind`.
fn commands(text: &str) -> impl Iterator<Item = &str> {
    invocations(text).map(|code| {
        let end = code.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(code.len());
        &code[..end]
    })
}

/// What follows `tradewind` in code spans, and in lines of code blocks that begin with it or set variables
/// for it.
fn invocations(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    let lines = text.lines().flat_map(move |line| {
        if line.starts_with("```") {
            is_code = !is_code;
        }
        let found: Vec<&str> = if is_code {
            let line = line.trim_start_matches(|c: char| !c.is_ascii_lowercase());
            let sets = |word: &&str| word.contains('=');
            let rest = line.split(' ').find(|word| !sets(word));
            let at = rest.map_or(0, |word| line.find(word).unwrap_or(0));
            vec![&line[at..]]
        } else {
            line.split('`').skip(1).step_by(2).collect()
        };
        found
    });
    lines.filter_map(|code| {
        let rest = code.strip_prefix("tradewind ")?;
        // Its folder may be named first.
        let named = rest.strip_prefix("--dir ").and_then(|rest| rest.split_once(' '));
        let rest = named.map_or(rest, |(_, rest)| rest);
        rest.starts_with(|c: char| c.is_ascii_lowercase()).then_some(rest)
    })
}
