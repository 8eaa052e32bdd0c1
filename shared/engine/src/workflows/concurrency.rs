//! `concurrency`: how many runs of a workflow and key work at the same time.

use super::values::bare_expression;
use crate::expressions::Expression;
use crate::problems::{Place, Problem};
use crate::slots::AT_WORK_MAX;
use crate::yaml::fields::{Fields, mismatch};
use crate::yaml::{Node, Yaml};

/// How many runs of a workflow work at the same time.
#[derive(Clone, Debug)]
pub struct Concurrency {
    /// What those have in common that wait for each other; nothing where all runs do.
    pub key: Option<Expression>,
    /// So many.
    pub max: u32,
    /// Where it stands.
    pub place: Place,
}

/// What a workflow says of it.
pub(super) fn concurrency(node: &Node, problems: &mut Vec<Problem>) -> Option<Concurrency> {
    let fields = Fields::of(node, "`concurrency`", problems)?;
    fields.refuse_others(&["key", "max"], &[], problems);
    let key = fields.value("key").map(|node| bare_expression(node, "key", problems));
    let max = max(&fields, problems);
    // One that is written and cannot be read is a problem already.
    let key = match key {
        None => None,
        Some(key) => Some(key?),
    };
    Some(Concurrency { key, max, place: node.place })
}

fn max(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> u32 {
    let Some(node) = fields.required("max", problems) else { return 1 };
    let Yaml::Integer(number) = node.value else {
        problems.push(mismatch(node, "max", "a whole number"));
        return 1;
    };
    let number = u32::try_from(number).ok().filter(|number| (1..=AT_WORK_MAX).contains(number));
    number.unwrap_or_else(|| {
        let message = format!("`max` must be 1–{AT_WORK_MAX}");
        problems.push(Problem::new("number_out_of_range", node.place, message));
        1
    })
}
