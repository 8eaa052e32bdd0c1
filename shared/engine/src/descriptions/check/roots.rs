//! What expressions can see where they stand.

use super::Check;
use crate::descriptions::{Description, SettingKind};
use crate::expressions::Expression;
use crate::problems::{Place, Problem, nearest};
use crate::schemas::{Shape, member_shape, unknown_path};
use serde_json::{Map, Value, json};

/// The schemas of what every description sees.
pub(super) struct Schemas {
    settings: Value,
    maps: Value,
    key: Value,
    answer: Value,
    delivery: Value,
    whole_delivery: Value,
    anything: Value,
}

impl Schemas {
    pub(super) fn of(description: &Description) -> Self {
        let values = description.settings.iter().filter(|setting| !setting.secret);
        let settings = values.map(|setting| (setting.name.clone(), schema_of(setting)));
        let tables = description.maps.as_object().into_iter().flatten();
        let maps = tables.map(|(name, _)| (name.clone(), json!({ "type": "object" })));
        let texts =
            json!({ "type": "object", "additionalProperties": { "type": ["string", "null"] } });
        let text = json!({ "type": "string" });
        Self {
            settings: closed(settings.collect()),
            maps: closed(maps.collect()),
            key: text.clone(),
            answer: json!({
                "type": "object",
                "properties": {
                    "status": { "type": "integer" }, "headers": texts, "body": {}, "text": text,
                },
            }),
            delivery: json!({
                "type": "object",
                "properties": { "headers": texts, "query": texts, "body": {} },
            }),
            whole_delivery: json!({
                "type": "object",
                "properties": { "topic": text, "headers": texts, "query": texts, "body": {} },
            }),
            anything: json!({}),
        }
    }
}

fn closed(properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn schema_of(setting: &crate::descriptions::Setting) -> Value {
    let kind = match setting.kind {
        SettingKind::Integer => "integer",
        SettingKind::Boolean => "boolean",
        SettingKind::Map => "object",
        _ => "string",
    };
    if setting.is_required() || setting.default.is_some() {
        json!({ "type": kind })
    } else {
        json!({ "type": [kind, "null"] })
    }
}

/// The names that an expression can begin with in one place, with their schemas.
#[derive(Clone)]
pub(super) struct Roots<'a> {
    names: Vec<(&'a str, &'a Value)>,
    schemas: &'a Schemas,
}

impl<'a> Roots<'a> {
    /// What stands everywhere.
    pub(super) fn base(schemas: &'a Schemas) -> Self {
        Self { names: vec![("settings", &schemas.settings), ("maps", &schemas.maps)], schemas }
    }

    /// In what is sent.
    pub(super) fn request(schemas: &'a Schemas, input: Option<&'a Value>) -> Self {
        let input = input.unwrap_or(&schemas.anything);
        Self::base(schemas).with("input", input).with("key", &schemas.key)
    }

    /// In a part.
    pub(super) fn part(schemas: &'a Schemas) -> Self {
        Self::base(schemas).with("it", &schemas.anything)
    }

    /// In what tells what a delivery is about.
    pub(super) fn raw_delivery(schemas: &'a Schemas) -> Self {
        Self::base(schemas).with("delivery", &schemas.delivery)
    }

    /// In the rest of a trigger.
    pub(super) fn delivery(schemas: &'a Schemas) -> Self {
        Self::base(schemas).with("delivery", &schemas.whole_delivery)
    }

    pub(super) fn with_answer(self, name: &'a str) -> Self {
        let answer = &self.schemas.answer;
        self.with(name, answer)
    }

    /// Something whose shape is the vendor's.
    pub(super) fn with_open(self, name: &'a str) -> Self {
        let anything = &self.schemas.anything;
        self.with(name, anything)
    }

    fn with(mut self, name: &'a str, schema: &'a Value) -> Self {
        self.names.push((name, schema));
        self
    }

    fn schema(&self, name: &str) -> Option<&'a Value> {
        self.names.iter().find(|(root, _)| *root == name).map(|(_, schema)| *schema)
    }

    /// The shape of an expression that is nothing but a path; nothing where it is not known.
    pub(super) fn shape_of(&self, expression: &Expression) -> Option<Shape<'a>> {
        self.shape_at(expression.references().get(expression.source())?)
    }

    fn shape_at(&self, path: &str) -> Option<Shape<'a>> {
        let mut members = path.split('.');
        let schema = self.schema(members.next()?)?;
        member_shape(Shape::of(schema), members)
    }
}

impl Check<'_> {
    /// What an expression refers to and is not there.
    pub(super) fn references(&mut self, expression: &Expression, roots: &Roots<'_>) {
        self.never_said(expression, roots);
        for path in expression.references() {
            let problem = match path.split('.').next() {
                Some(name) => match roots.schema(name) {
                    Some(schema) => self.secret(path).or_else(|| unknown(schema, path)),
                    None => Some(unknown_name(name, roots)),
                },
                None => None,
            };
            self.problems.extend(
                problem.map(|problem| Problem { place: expression.place_of(path), ..problem }),
            );
        }
    }

    /// Texts that it compares with what never has them.
    fn never_said(&mut self, expression: &Expression, roots: &Roots<'_>) {
        for (path, text, place) in expression.compared() {
            let words = roots.shape_at(path).and_then(|shape| shape.refuses_text(text));
            let Some(words) = words else { continue };
            let problem =
                Problem::new("unknown_word", place, format!("`{path}` is never `{text}`"));
            let listed = problem.with_help(format!("it is one of {}", words.join(", ")));
            self.problems.push(listed.with_nearest(text, words));
        }
    }

    fn secret(&self, path: &str) -> Option<Problem> {
        let name = path.strip_prefix("settings.")?.split('.').next()?;
        self.description.setting(name).filter(|setting| setting.secret)?;
        let message = format!("`{path}` is a secret, and no expression sees one");
        let problem = Problem::new("secret_is_no_value", Place::START, message);
        Some(problem.with_help("name it in `auth`, `base_url` or `verify`"))
    }

    /// A value of a type that cannot stand there.
    pub(super) fn kinds(
        &mut self,
        expression: &Expression,
        roots: &Roots<'_>,
        key: &str,
        wanted: &[&str],
    ) {
        let Some(found) = roots.shape_of(expression) else { return };
        if wanted.iter().any(|kind| found.takes(kind)) {
            return;
        }
        let names: Vec<_> = wanted.iter().map(|kind| crate::schemas::name_of(kind)).collect();
        let (wanted, kinds) = (names.join(" or "), found.kinds());
        let message = format!("`{key}` must be {wanted}, but `{}` is {kinds}", expression.source());
        self.problems.push(Problem::new("type_mismatch", expression.place(), message));
    }

    /// A condition, with what it refers to.
    pub(super) fn condition(
        &mut self,
        condition: Option<&Expression>,
        roots: &Roots<'_>,
        key: &str,
    ) {
        if let Some(condition) = condition {
            self.references(condition, roots);
            self.kinds(condition, roots, key, &["boolean"]);
        }
    }
}

/// Vendors' headers are seen in small letters, so that one in capitals would never be found.
fn unknown(schema: &Value, path: &str) -> Option<Problem> {
    if let Some((before, name)) = path.split_once(".headers.")
        && ["answer", "find", "delivery"].contains(&before)
        && name.chars().any(|c| c.is_ascii_uppercase())
    {
        let message = format!("headers are seen in small letters: there is no `{name}`");
        let problem = Problem::new("unknown_path", Place::START, message);
        return Some(problem.with_help(format!("write `{}`", name.to_ascii_lowercase())));
    }
    unknown_path(schema, path, 1)
}

fn unknown_name(name: &str, roots: &Roots<'_>) -> Problem {
    let names: Vec<_> = roots.names.iter().map(|(name, _)| *name).collect();
    let problem = Problem::new("unknown_path", Place::START, format!("there is no `{name}` here"));
    if ["env", "secret"].contains(&name) {
        return problem.with_help("what a connection is given stands in `settings`");
    }
    let listed = problem.with_help(format!("an expression here begins with {}", names.join(", ")));
    match nearest(name, names.iter().copied()) {
        Some(_) => listed.with_nearest(name, names),
        None => listed,
    }
}
