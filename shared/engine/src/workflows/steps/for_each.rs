//! A step that does the same with each item of a list.

use super::super::{CONCURRENCY_DEFAULT, CONCURRENCY_MAX, Loop, NAME_CHARACTERS_MAX, NESTING_MAX};
use super::{StepList, within};
use crate::expressions::{Content, Template};
use crate::ids::StepPath;
use crate::problems::Problem;
use crate::yaml::fields::Fields;
use crate::yaml::{Node, Yaml};

/// What an item is called where the workflow does not say.
const NAME: &str = "item";
/// Names that expressions know already.
const TAKEN: [&str; 6] = ["trigger", "steps", "failure", "event", "now", "loop"];

/// The loop of a step with `for_each`.
pub(super) fn for_each(
    fields: &Fields<'_>,
    path: &StepPath,
    list: &mut StepList,
    problems: &mut Vec<Problem>,
) -> Option<Loop> {
    let node = fields.required("for_each", problems)?;
    if path.is_on_failure() {
        let message = "a loop cannot stand below `on_failure`";
        let problem = Problem::new("loop_not_here", node.place, message);
        let help = "what is said of the failure is said once: `failure.step` names the item";
        problems.push(problem.with_help(help));
        return None;
    }
    if list.depth == NESTING_MAX {
        let message = format!("steps may stand {NESTING_MAX} deep within others, and not deeper");
        problems.push(Problem::new("too_deep", node.place, message));
        return None;
    }
    let of_loop = Fields::of(node, "`for_each`", problems)?;
    of_loop.refuse_others(&["items", "as", "concurrency"], problems);
    let items = of_loop.required("items", problems).and_then(|node| items(node, problems));
    let name = name(&of_loop, list, problems);
    let concurrency = concurrency(&of_loop, problems);
    list.depth += 1;
    list.item_names.push(name.clone());
    let steps = fields.required("steps", problems);
    let steps = steps.map(|node| within(node, "steps", &format!("{path}[]"), list, problems));
    list.item_names.pop();
    list.depth -= 1;
    Some(Loop { items: items?, name, concurrency, steps: steps? })
}

/// One expression, because nothing else gives a list.
fn items(node: &Node, problems: &mut Vec<Problem>) -> Option<Template> {
    let template = Template::compile(node).map_err(|found| problems.extend(found)).ok()?;
    match template.root().content {
        Content::Whole(_) | Content::List(_) => Some(template),
        _ => {
            let problem = Problem::new("type_mismatch", node.place, "`items` must be a list");
            let help = "write it as one expression, as in \"${{ trigger.order.lines }}\"";
            problems.push(problem.with_help(help));
            None
        }
    }
}

fn name(fields: &Fields<'_>, list: &StepList, problems: &mut Vec<Problem>) -> String {
    let Some(name) = fields.text("as", problems) else { return NAME.to_owned() };
    let place = fields.value("as").map_or(fields.place, |node| node.place);
    let first = name.starts_with(|c: char| c.is_ascii_lowercase());
    let rest = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !first || !rest || name.len() > NAME_CHARACTERS_MAX {
        let message = "`as` is small letters, digits and `_`, and begins with a letter";
        problems.push(Problem::new("id_invalid", place, message));
    } else if TAKEN.contains(&name) {
        let message = format!("`{name}` means something else in expressions");
        let problem = Problem::new("id_invalid", place, message);
        problems.push(problem.with_help("call the item by another name"));
    } else if list.item_names.iter().any(|taken| taken == name) {
        let message = format!("a loop around this one calls its item `{name}` already");
        problems.push(Problem::new("duplicate_id", place, message));
    }
    name.to_owned()
}

fn concurrency(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> u32 {
    let Some(node) = fields.value("concurrency") else { return CONCURRENCY_DEFAULT };
    let number = match node.value {
        Yaml::Integer(number) => u32::try_from(number).ok(),
        _ => None,
    };
    match number.filter(|number| (1..=CONCURRENCY_MAX).contains(number)) {
        Some(number) => number,
        None => {
            let message = format!("`concurrency` must be a number from 1 to {CONCURRENCY_MAX}");
            problems.push(Problem::new("type_mismatch", node.place, message));
            CONCURRENCY_DEFAULT
        }
    }
}
