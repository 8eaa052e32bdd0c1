//! Checking what is written against a schema: the `with` of a step, or what a description gives.

use super::{Member, Shape, name_of};
use crate::expressions::{Content, Expression, TemplateNode};
use crate::problems::{Place, Problem};
use crate::texts::is_mail_address;
use crate::time::Timestamp;
use serde_json::Value;

/// Reports missing and unknown fields, and values of a wrong type, in what stands under this key. The shape of what an expression
/// comes to is asked for, and may not be known.
pub(crate) fn check<'a, 't>(
    tree: impl Tree<'t>,
    key: &str,
    schema: &Value,
    shape_of: &dyn Fn(&Expression) -> Option<Shape<'a>>,
    problems: &mut Vec<Problem>,
) {
    Fit { shape_of, problems }.node(tree, &Shape::of(schema), key);
}

/// A tree of values with expressions in it.
pub(crate) trait Tree<'t>: Copy {
    /// Where it begins.
    fn place(self) -> Place;
    /// What is written there.
    fn written(self) -> Written<'t, Self>;
}

/// What is written in one place of a tree.
pub(crate) enum Written<'t, T> {
    /// One whole expression.
    Whole(&'t Expression),
    /// Text with expressions in it.
    Mixed,
    /// A value.
    Literal(&'t Value),
    /// A list.
    List(Vec<T>),
    /// A map; one that is open has members that nobody can tell before it is rendered.
    Map { members: Vec<(&'t str, Place, T)>, open: bool },
}

impl<'t> Tree<'t> for &'t TemplateNode {
    fn place(self) -> Place {
        self.place
    }

    fn written(self) -> Written<'t, Self> {
        match &self.content {
            Content::Whole(expression) => Written::Whole(expression),
            Content::Mixed(_) => Written::Mixed,
            Content::Literal(value) => Written::Literal(value),
            Content::List(items) => Written::List(items.iter().collect()),
            Content::Map(entries) => {
                let members =
                    entries.iter().map(|(key, place, entry)| (key.as_str(), *place, entry));
                Written::Map { members: members.collect(), open: false }
            }
        }
    }
}

struct Fit<'a, 'b> {
    shape_of: &'b dyn Fn(&Expression) -> Option<Shape<'a>>,
    problems: &'b mut Vec<Problem>,
}

impl Fit<'_, '_> {
    fn node<'t>(&mut self, tree: impl Tree<'t>, shape: &Shape<'_>, path: &str) {
        let written = tree.written();
        let kind = match &written {
            Written::Whole(expression) => return self.whole(expression, shape, path),
            Written::Mixed => "string",
            Written::Literal(value) => kind_of(value),
            Written::List(_) => "array",
            Written::Map { .. } => "object",
        };
        if !shape.takes(kind) {
            let message = format!("`{path}` must be {}, but is {}", shape.kinds(), name_of(kind));
            let problem = Problem::new("type_mismatch", tree.place(), message);
            let quotable =
                shape.takes("string") && ["integer", "number", "boolean"].contains(&kind);
            self.problems.push(if quotable {
                problem.with_help("put it in quotes")
            } else {
                problem
            });
            return;
        }
        match written {
            Written::Literal(Value::String(text)) => {
                if shape.is_mail_address() && !is_mail_address(text) {
                    let message = format!("`{path}` must be one mail address without a name");
                    self.problems.push(Problem::new("address_invalid", tree.place(), message));
                }
                if shape.is_time() && text.parse::<Timestamp>().is_err() {
                    let message = format!("`{path}` must be a time such as 2026-11-23T12:00:00Z");
                    self.problems.push(Problem::new("time_invalid", tree.place(), message));
                }
                if let Some(choices) = shape.refuses_text(text) {
                    let message = format!("`{path}` must be one of {}", choices.join(", "));
                    let problem = Problem::new("unknown_value", tree.place(), message);
                    self.problems.push(problem.with_nearest(text, choices));
                }
            }
            Written::List(items) => {
                let Some(shape) = shape.items() else { return };
                for (index, item) in items.into_iter().enumerate() {
                    self.node(item, &shape, &format!("{path}[{index}]"));
                }
            }
            Written::Map { members, open } => self.map(tree.place(), members, open, shape, path),
            _ => {}
        }
    }

    /// A null is left to the run: it may be there, or not.
    fn whole(&mut self, expression: &Expression, shape: &Shape<'_>, path: &str) {
        let Some(found) = (self.shape_of)(expression) else { return };
        let kinds = ["string", "number", "integer", "boolean", "array", "object"];
        if !kinds.iter().any(|kind| found.takes(kind) && shape.takes(kind)) {
            let (wanted, kinds) = (shape.kinds(), found.kinds());
            let message =
                format!("`{path}` must be {wanted}, but `{}` is {kinds}", expression.source());
            self.problems.push(Problem::new("type_mismatch", expression.place(), message));
        }
    }

    fn map<'t, T: Tree<'t>>(
        &mut self,
        place: Place,
        entries: Vec<(&str, Place, T)>,
        open: bool,
        shape: &Shape<'_>,
        path: &str,
    ) {
        for (key, place, entry) in &entries {
            match shape.member(key) {
                Member::Found(shape) => self.node(*entry, &shape, &member_path(path, key)),
                Member::Missing(names) => {
                    let message = format!("`{path}` has no field `{key}`");
                    let problem = Problem::new("unknown_field", *place, message);
                    let listed = problem.with_help(format!("the fields are {}", names.join(", ")));
                    self.problems.push(listed.with_nearest(key, names));
                }
                Member::Anything | Member::InAList | Member::NotAMap => {}
            }
        }
        if open {
            return;
        }
        for name in shape.required() {
            if !entries.iter().any(|(key, ..)| *key == name) {
                let message = format!("`{path}` needs the field `{name}`");
                self.problems.push(Problem::new("missing_field", place, message));
            }
        }
        let is_given = |name: &&str| {
            let mut given = entries.iter().filter(|(key, ..)| key == name);
            given.any(|(.., entry)| !matches!(entry.written(), Written::Literal(Value::Null)))
        };
        let lists = shape.needed_together();
        if !lists.is_empty() && !lists.iter().any(|names| names.iter().all(is_given)) {
            let message = format!("`{path}` needs {}", told(&lists));
            self.problems.push(Problem::new("missing_field", place, message));
        }
    }
}

/// Lists of names of which one is needed, as people say it.
fn told(lists: &[Vec<&str>]) -> String {
    let quoted = |name: &&str| format!("`{name}`");
    let list = |names: &Vec<&str>| names.iter().map(quoted).collect::<Vec<_>>().join(" and ");
    lists.iter().map(list).collect::<Vec<_>>().join(", or ")
}

fn member_path(path: &str, key: &str) -> String {
    if path == "with" { key.to_owned() } else { format!("{path}.{key}") }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
