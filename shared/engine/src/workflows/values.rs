//! What workflows and steps have in common: names for people, and expressions.

use super::NAME_CHARACTERS_MAX;
use crate::expressions::Expression;
use crate::problems::{Place, Problem};
use crate::yaml::Yaml;
use crate::yaml::fields::{Fields, text};

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
    let node = fields.value(key)?;
    let literal = match node.value {
        Yaml::Bool(value) => value.to_string(),
        _ => text(node, key, problems)?.to_owned(),
    };
    let place = node.text_place.unwrap_or(node.place);
    Expression::compile_at(&literal, place, node.text_place.is_some())
        .map_err(|problem| problems.push(problem))
        .ok()
}
