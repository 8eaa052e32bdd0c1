//! What workflows and steps have in common: names for people, expressions, lengths of time and choices.

use super::{NAME_CHARACTERS_MAX, parse_duration};
use crate::expressions::{self, Expression, Missing};
use crate::problems::{Place, Problem};
use crate::yaml::Node;
use crate::yaml::fields::Fields;
use std::time::Duration;

/// A label: one line that is not endless.
pub(super) fn name(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<String> {
    let name = fields.text("name", problems)?;
    let place = fields.value("name").map_or(Place::START, |name| name.place);
    if name.chars().count() > NAME_CHARACTERS_MAX {
        let message = format!("`name` is longer than {NAME_CHARACTERS_MAX} characters");
        problems.push(Problem::new("text_too_long", place, message));
    }
    if name.chars().any(is_control) {
        let message = "`name` holds a control or invisible character";
        problems.push(Problem::new("text_control", place, message));
    }
    Some(name.to_owned())
}

/// Controls, zero width characters and those that turn the direction of the text around them.
fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The bare expression of a key, if the key is there.
pub(super) fn expression(
    fields: &Fields<'_>,
    key: &str,
    problems: &mut Vec<Problem>,
) -> Option<Expression> {
    bare_expression(fields.value(key)?, key, problems)
}

/// The bare expression of a value.
pub(super) fn bare_expression(
    node: &Node,
    key: &str,
    problems: &mut Vec<Problem>,
) -> Option<Expression> {
    expressions::bare_expression(node, key, Missing::IsAnError, problems)
}

/// The length of time of a key, if the key is there: from a second to the longest.
pub(crate) fn duration(
    fields: &Fields<'_>,
    key: &str,
    longest: Duration,
    problems: &mut Vec<Problem>,
) -> Option<Duration> {
    let node = fields.value(key)?;
    let Some(duration) = node.as_text().and_then(parse_duration) else {
        let negative = node.as_text().is_some_and(|text| text.starts_with('-'));
        let problem = if negative {
            Problem::new("delay_out_of_range", node.place, format!("`{key}` cannot be negative"))
        } else {
            Problem::new("type_mismatch", node.place, format!("`{key}` must be a length of time"))
        };
        problems.push(problem.with_help("write it as in 20s, 30m, 24h or 2d"));
        return None;
    };
    if duration < Duration::from_secs(1) || duration > longest {
        let longest = match longest.as_secs() {
            seconds if seconds % 86_400 == 0 => format!("{} d", seconds / 86_400),
            seconds => format!("{seconds} s"),
        };
        let message = format!("`{key}` must be 1 s–{longest}");
        problems.push(Problem::new("delay_out_of_range", node.place, message));
    }
    Some(duration)
}

/// The value of a key that is one of some words, if the key is there.
pub(crate) fn choice<T: Copy>(
    fields: &Fields<'_>,
    key: &str,
    choices: &[(&str, T)],
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let written = fields.text(key, problems)?;
    let found = choices.iter().find(|(name, _)| *name == written);
    if found.is_none() {
        let place = fields.value(key).map_or(fields.place, |node| node.place);
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!("`{key}` must be {}", names.join(" or "));
        problems.push(Problem::new("unknown_value", place, message));
    }
    found.map(|(_, value)| *value)
}
