//! Where dotted paths lead in what a schema describes.

use super::{Member, Shape};
use crate::problems::Problem;
use serde_json::Value;

/// Whether what this schema describes has such a member; the first part of the path is what it is called itself.
pub(crate) fn has_member(schema: &Value, path: &str) -> bool {
    unknown_path(schema, path, 1).is_none()
}

/// The same of a whole schema.
pub(crate) fn unknown_path(schema: &Value, path: &str, skip: usize) -> Option<Problem> {
    unknown_member(Shape::of(schema), path, skip)
}

/// The first member of the path that is not there, counted from the one that has this shape.
pub(crate) fn unknown_member(mut shape: Shape<'_>, path: &str, skip: usize) -> Option<Problem> {
    let mut before = path.split('.').take(skip).collect::<Vec<_>>().join(".");
    for name in path.split('.').skip(skip) {
        let problem = |message: String| Problem::new("unknown_path", Default::default(), message);
        match shape.member(name) {
            Member::Found(member) => shape = member,
            Member::Anything => return None,
            Member::Missing(names) if names.is_empty() => {
                return Some(problem(format!("`{before}` has no `{name}`, nor anything else")));
            }
            Member::Missing(names) => {
                let found = problem(format!("`{before}` has no `{name}`"));
                let listed = found.with_help(format!("it has {}", names.join(", ")));
                return Some(listed.with_nearest(name, names));
            }
            Member::InAList => {
                let found = problem(format!("`{before}` is a list and has no `{name}`"));
                let help = format!("take one, as in `{before}[0].{name}`, or `| map('{name}')`");
                return Some(found.with_help(help));
            }
            Member::NotAMap => {
                let kinds = shape.kinds();
                return Some(problem(format!("`{before}` is {kinds} and has no `{name}`")));
            }
        }
        before.push('.');
        before.push_str(name);
    }
    None
}

/// What the members lead to, one after the other, where that is known.
pub(crate) fn member_shape<'a, 'b>(
    shape: Shape<'a>,
    mut members: impl Iterator<Item = &'b str>,
) -> Option<Shape<'a>> {
    members.try_fold(shape, |shape, name| match shape.member(name) {
        Member::Found(member) => Some(member),
        _ => None,
    })
}
