//! Expressions that stand alone under a key, with or without `${{ }}` around them.

use super::{Expression, Missing};
use crate::problems::Problem;
use crate::yaml::fields::text;
use crate::yaml::{Node, Yaml};

/// The expression of a value; nothing only where a problem says why.
pub(crate) fn bare_expression(
    node: &Node,
    key: &str,
    missing: Missing,
    problems: &mut Vec<Problem>,
) -> Option<Expression> {
    let literal = match node.value {
        Yaml::Bool(value) => value.to_string(),
        _ => text(node, key, problems)?.to_owned(),
    };
    let place = node.text_place.unwrap_or(node.place);
    Expression::compile_at(&literal, place, node.text_place.is_some(), missing)
        .map_err(|problem| problems.push(problem))
        .ok()
}
