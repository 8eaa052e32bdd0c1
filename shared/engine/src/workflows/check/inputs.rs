//! Checking a `with` against the schema of its action's input.

use super::schemas::{Member, Shape, name_of};
use crate::expressions::{Content, Expression, Template, TemplateNode};
use crate::problems::{Place, Problem};
use crate::texts::is_mail_address;
use serde_json::Value;

/// Reports missing and unknown fields, and values of a wrong type, in what stands under this key. The shape of what an expression
/// comes to is asked for, and may not be known.
pub(super) fn check<'a>(
    with: &Template,
    key: &str,
    schema: &Value,
    shape_of: &dyn Fn(&Expression) -> Option<Shape<'a>>,
    problems: &mut Vec<Problem>,
) {
    Inputs { shape_of, problems }.node(with.root(), &Shape::of(schema), key);
}

struct Inputs<'a, 'b> {
    shape_of: &'b dyn Fn(&Expression) -> Option<Shape<'a>>,
    problems: &'b mut Vec<Problem>,
}

impl Inputs<'_, '_> {
    fn node(&mut self, template: &TemplateNode, shape: &Shape<'_>, path: &str) {
        let kind = match &template.content {
            Content::Whole(expression) => return self.whole(expression, shape, path),
            Content::Mixed(_) => "string",
            Content::Literal(value) => kind_of(value),
            Content::List(_) => "array",
            Content::Map(_) => "object",
        };
        if !shape.takes(kind) {
            let message = format!("`{path}` must be {}, but is {}", shape.kinds(), name_of(kind));
            let problem = Problem::new("type_mismatch", template.place, message);
            let quotable =
                shape.takes("string") && ["integer", "number", "boolean"].contains(&kind);
            self.problems.push(if quotable {
                problem.with_help("put it in quotes")
            } else {
                problem
            });
            return;
        }
        match &template.content {
            Content::Literal(Value::String(text)) => {
                if shape.is_mail_address() && !is_mail_address(text) {
                    let message = format!("`{path}` must be one mail address without a name");
                    self.problems.push(Problem::new("address_invalid", template.place, message));
                }
                if let Some(choices) = shape.refuses_text(text) {
                    let message = format!("`{path}` must be one of {}", choices.join(", "));
                    let problem = Problem::new("unknown_value", template.place, message);
                    self.problems.push(problem.with_nearest(text, choices));
                }
            }
            Content::List(items) => {
                let Some(shape) = shape.items() else { return };
                for (index, item) in items.iter().enumerate() {
                    self.node(item, &shape, &format!("{path}[{index}]"));
                }
            }
            Content::Map(entries) => self.map(template, entries, shape, path),
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

    fn map(
        &mut self,
        template: &TemplateNode,
        entries: &[(String, Place, TemplateNode)],
        shape: &Shape<'_>,
        path: &str,
    ) {
        for (key, place, entry) in entries {
            match shape.member(key) {
                Member::Found(shape) => self.node(entry, &shape, &member_path(path, key)),
                Member::Missing(names) => {
                    let message = format!("`{path}` has no field `{key}`");
                    let problem = Problem::new("unknown_field", *place, message);
                    let listed = problem.with_help(format!("the fields are {}", names.join(", ")));
                    self.problems.push(listed.with_nearest(key, names));
                }
                Member::Anything | Member::InAList | Member::NotAMap => {}
            }
        }
        for name in shape.required() {
            if !entries.iter().any(|(key, ..)| key == name) {
                let message = format!("`{path}` needs the field `{name}`");
                self.problems.push(Problem::new("missing_field", template.place, message));
            }
        }
    }
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
