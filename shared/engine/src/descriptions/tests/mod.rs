//! Files of real services, as they are read, checked and rendered, and every mistake in its place.

mod carrying;
mod claims;
mod contracts;
mod details;
mod examples;
mod identity;
mod refusals;
mod rendering;
mod sizes;

use super::*;
use contracts::known;

fn parse(source: &str) -> Description {
    Description::parse(source).unwrap_or_else(|problems| panic!("{}", shown(&problems)))
}

fn shown(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
