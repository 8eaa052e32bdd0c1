//! Commands that a page names exist.

use super::pages;
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
fn commands_are_found_in_code_and_nowhere_else() {
    let text = "tradewind is a word.\n\n    tradewind up\n\n`tradewind run RUN` and ``\n```sh\ntradewind plan # ok\n\
                TOKEN=1 tradewind up\n```\nThe tradewind binary, `tradewind.db`\n";
    assert_eq!(commands(text).collect::<Vec<_>>(), ["run", "plan", "up"]);
}

/// The first word after `tradewind` in code spans, and in lines of code blocks that begin with it or set
/// variables for it.
fn commands(text: &str) -> impl Iterator<Item = &str> {
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
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(rest.len());
        (end > 0).then_some(&rest[..end])
    })
}
