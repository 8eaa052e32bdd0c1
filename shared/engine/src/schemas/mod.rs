//! Reading JSON schemas as schemars makes them: `$ref` into `$defs`, `anyOf` with null for what may
//! be missing. What a schema does not say is allowed.

mod fits;
mod paths;
mod values;

pub(crate) use fits::{Tree, Written, check as check_fit};
pub(crate) use paths::{has_member, member_shape, unknown_member, unknown_path};
pub use values::misfit;

use serde_json::Value;

/// The alternatives a value may be, with references resolved.
#[derive(Clone)]
pub(crate) struct Shape<'a> {
    root: &'a Value,
    alternatives: Vec<&'a Value>,
}

/// What a schema says of a member.
pub(crate) enum Member<'a> {
    /// It is there, and this is its shape.
    Found(Shape<'a>),
    /// The schema leaves it open.
    Anything,
    /// There is none; these are there.
    Missing(Vec<&'a str>),
    /// The value is a list.
    InAList,
    /// The value has no members at all.
    NotAMap,
}

/// References that lead to references end here, were they a cycle.
const REFERENCES_MAX: usize = 32;

impl<'a> Shape<'a> {
    /// The shape a whole schema describes.
    pub(crate) fn of(root: &'a Value) -> Self {
        Self::within(root, root)
    }

    fn within(root: &'a Value, schema: &'a Value) -> Self {
        let mut alternatives = Vec::new();
        resolve(root, schema, 0, &mut alternatives);
        Self { root, alternatives }
    }

    /// What it says of a member.
    pub(crate) fn member(&self, name: &str) -> Member<'a> {
        let mut found = Vec::new();
        let mut names = Vec::new();
        let mut list = false;
        let mut map = false;
        for schema in &self.alternatives {
            if allows(schema, "array") && schema.get("type").is_some() {
                list = true;
            }
            if !allows(schema, "object") {
                continue;
            }
            map = true;
            let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
                match schema.get("additionalProperties") {
                    Some(Value::Object(_)) => found.push(&schema["additionalProperties"]),
                    Some(Value::Bool(false)) => {}
                    _ => return Member::Anything,
                }
                continue;
            };
            names.extend(properties.keys().map(String::as_str));
            match (properties.get(name), schema.get("additionalProperties")) {
                (Some(property), _) => found.push(property),
                (None, Some(Value::Bool(true))) => return Member::Anything,
                (None, Some(other @ Value::Object(_))) => found.push(other),
                (None, _) => {}
            }
        }
        let mut alternatives = Vec::new();
        for schema in &found {
            resolve(self.root, schema, 0, &mut alternatives);
        }
        match () {
            () if !found.is_empty() => Member::Found(Self { root: self.root, alternatives }),
            () if map => Member::Missing(names),
            () if list => Member::InAList,
            () => Member::NotAMap,
        }
    }

    /// The shape of a list's items; nothing where the schema leaves it open.
    pub(crate) fn items(&self) -> Option<Shape<'a>> {
        let lists = self.alternatives.iter().filter(|schema| allows(schema, "array"));
        let items: Vec<&Value> = lists.filter_map(|schema| schema.get("items")).collect();
        let [items] = items[..] else { return None };
        Some(Self::within(self.root, items))
    }

    /// The members a map must have; none where there is more than one kind of map.
    pub(crate) fn required(&self) -> Vec<&'a str> {
        let maps: Vec<_> =
            self.alternatives.iter().filter(|schema| allows(schema, "object")).collect();
        let [map] = maps[..] else { return Vec::new() };
        let required = map.get("required").and_then(Value::as_array);
        required.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The members of which a map must have all of one list; none where it may have any.
    pub(crate) fn needed_together(&self) -> Vec<Vec<&'a str>> {
        let maps: Vec<_> =
            self.alternatives.iter().filter(|schema| allows(schema, "object")).collect();
        let [map] = maps[..] else { return Vec::new() };
        let lists = map.get("anyOf").and_then(Value::as_array).filter(|all| only_require(all));
        let names = |one: &'a Value| -> Option<Vec<&'a str>> {
            Some(one.get("required")?.as_array()?.iter().filter_map(Value::as_str).collect())
        };
        lists.into_iter().flatten().filter_map(names).collect()
    }

    /// Whether a value of a JSON type fits.
    pub(crate) fn takes(&self, kind: &str) -> bool {
        self.alternatives.iter().any(|schema| allows(schema, kind))
    }

    /// The texts that fit, where only some do and the text is none of them.
    pub(crate) fn refuses_text(&self, text: &str) -> Option<Vec<&'a str>> {
        let mut choices = Vec::new();
        for schema in self.alternatives.iter().filter(|schema| allows(schema, "string")) {
            let listed = schema.get("enum").and_then(Value::as_array);
            let constant = schema.get("const");
            if listed.is_none() && constant.is_none() {
                return None;
            }
            let listed = listed.into_iter().flatten().chain(constant);
            choices.extend(listed.filter_map(Value::as_str));
        }
        (!choices.is_empty() && !choices.contains(&text)).then_some(choices)
    }

    /// Whether a text that fits is a mail address.
    pub(crate) fn is_mail_address(&self) -> bool {
        self.is_text_of_form("email")
    }

    /// Whether a text that fits is a time.
    pub(crate) fn is_time(&self) -> bool {
        self.is_text_of_form("date-time")
    }

    fn is_text_of_form(&self, form: &str) -> bool {
        let mut texts = self.alternatives.iter().filter(|schema| allows(schema, "string"));
        texts.any(|schema| schema.get("format").and_then(Value::as_str) == Some(form))
    }

    /// The JSON types that fit, for messages.
    pub(crate) fn kinds(&self) -> String {
        let mut kinds = Vec::new();
        for kind in ["string", "integer", "number", "boolean", "array", "object", "null"] {
            let redundant = kind == "integer" && self.takes("number");
            if self.takes(kind) && !redundant {
                kinds.push(name_of(kind));
            }
        }
        kinds.join(" or ")
    }
}

/// What people call a JSON type.
pub(crate) fn name_of(kind: &str) -> &str {
    match kind {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a map",
        _ => "null",
    }
}

fn resolve<'a>(root: &'a Value, schema: &'a Value, depth: usize, found: &mut Vec<&'a Value>) {
    if depth > REFERENCES_MAX {
        return;
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        match reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) {
            Some(target) => resolve(root, target, depth + 1, found),
            None => found.push(&Value::Bool(true)),
        }
        return;
    }
    for combination in ["anyOf", "oneOf", "allOf"] {
        let schemas = schema.get(combination).and_then(Value::as_array);
        if let Some(schemas) = schemas.filter(|schemas| !only_require(schemas)) {
            for schema in schemas {
                resolve(root, schema, depth + 1, found);
            }
            // Beside its own members, as serde's flattened and tagged types have them.
            if schema.get("properties").is_some() {
                found.push(schema);
            }
            return;
        }
    }
    found.push(schema);
}

/// Whether they are no alternatives, but say which members a value needs together.
fn only_require(schemas: &[Value]) -> bool {
    let requires = |schema: &Value| {
        schema.as_object().is_some_and(|one| one.len() == 1 && one.contains_key("required"))
    };
    schemas.iter().all(requires)
}

fn allows(schema: &Value, kind: &str) -> bool {
    let fits = |allowed: &str| allowed == kind || (allowed == "number" && kind == "integer");
    match schema.get("type") {
        Some(Value::String(allowed)) => fits(allowed),
        Some(Value::Array(allowed)) => allowed.iter().filter_map(Value::as_str).any(fits),
        _ => match schema.get("const") {
            Some(constant) => kind == "string" && constant.is_string(),
            None => schema.get("enum").is_none() || kind == "string",
        },
    }
}
