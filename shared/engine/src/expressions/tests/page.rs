//! LANGUAGE.md tells of every filter and test, and of no others.

use crate::expressions::Missing;
use crate::expressions::language::{filter_names, test_names};
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../LANGUAGE.md");

#[test]
fn the_page_of_the_language_tells_of_every_filter() {
    let table = PAGE.split("\n| filter | gives |\n").nth(1).unwrap();
    let rows = table.split("\n\n").next().unwrap().lines().skip(1);
    // In the second column a filter may be shown at work.
    let told = rows.flat_map(|row| spans(row.split(" | ").next().unwrap_or_default()));
    assert_eq!(told.collect::<BTreeSet<_>>(), filter_names(Missing::IsAnError).collect());
}

#[test]
fn the_page_of_the_language_tells_of_every_test() {
    let row = PAGE.lines().find(|line| line.starts_with("| testing |")).unwrap();
    let told = spans(row).filter_map(|span| span.strip_prefix("is "));
    assert_eq!(told.collect::<BTreeSet<_>>(), test_names().collect());
}

/// What stands in code spans, less arguments in brackets.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    let spans = text.split('`').skip(1).step_by(2);
    spans.map(|span| span.split('(').next().unwrap_or_default())
}
