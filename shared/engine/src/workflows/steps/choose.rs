//! A step that takes one of several routes.

use super::super::values::expression;
use super::super::{NESTING_MAX, Route};
use super::{StepList, within};
use crate::ids::StepPath;
use crate::problems::Problem;
use crate::yaml::fields::{Fields, mismatch};
use crate::yaml::{Node, Yaml};

/// The routes of a step with `choose`.
pub(super) fn routes(
    node: &Node,
    path: &StepPath,
    list: &mut StepList,
    problems: &mut Vec<Problem>,
) -> Option<Vec<Route>> {
    let Yaml::List(nodes) = &node.value else {
        problems.push(mismatch(node, "choose", "a list"));
        return None;
    };
    if nodes.is_empty() {
        problems.push(Problem::new("missing_key", node.place, "`choose` needs a route"));
    }
    if list.depth == NESTING_MAX {
        let message = format!("steps may stand {NESTING_MAX} deep within others, and not deeper");
        problems.push(Problem::new("too_deep", node.place, message));
        return None;
    }
    list.depth += 1;
    let last = nodes.len().saturating_sub(1);
    let routes = nodes.iter().enumerate().filter_map(|(index, node)| {
        let at = format!("{path}[{index}]");
        route(node, &at, index == last, list, problems)
    });
    let routes = routes.collect();
    list.depth -= 1;
    Some(routes)
}

fn route(
    node: &Node,
    path: &str,
    is_last: bool,
    list: &mut StepList,
    problems: &mut Vec<Problem>,
) -> Option<Route> {
    let fields = Fields::of(node, "a route", problems)?;
    fields.refuse_others(&["if", "steps", "else"], problems);
    if let Some(otherwise) = fields.value("else") {
        let stray = ["if", "steps"].into_iter().find_map(|key| fields.value(key));
        if let Some(stray) = stray {
            let message = "`else` stands alone: it holds the steps itself";
            problems.push(Problem::new("unknown_key", stray.place, message));
        }
        if !is_last {
            let message = "nothing comes after `else`: it is taken whenever no other route is";
            problems.push(Problem::new("else_not_last", otherwise.place, message));
        }
        return Some(Route {
            condition: None,
            steps: within(otherwise, "else", path, list, problems),
        });
    }
    fields.required("if", problems);
    let condition = expression(&fields, "if", problems);
    let steps = fields.required("steps", problems)?;
    let steps = within(steps, "steps", path, list, problems);
    Some(Route { condition: Some(condition?), steps })
}
