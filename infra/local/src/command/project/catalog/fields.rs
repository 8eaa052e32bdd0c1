//! From a JSON Schema to a list of fields that people can read.

use serde_json::Value;

/// Deeper members are not listed.
const DEPTH_MAX: usize = 6;

/// One field, members of members by dots and those of lists by `[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) is_required: bool,
    pub(super) is_nullable: bool,
    pub(super) help: String,
}

/// All fields of an object's schema.
pub(super) fn fields(schema: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    collect(schema, schema, "", 0, &mut fields);
    fields
}

fn collect(root: &Value, schema: &Value, prefix: &str, depth: usize, fields: &mut Vec<Field>) {
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|required| required.iter().any(|one| one == name))
    };
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let target = resolved(root, member);
        let name_of_all = format!("{prefix}{name}");
        fields.push(Field {
            kind: kind(root, target),
            is_required: required(name),
            is_nullable: is_nullable(member) || is_nullable(target),
            help: help(member).or_else(|| help(target)).unwrap_or_default(),
            name: name_of_all.clone(),
        });
        if depth < DEPTH_MAX {
            collect(root, target, &format!("{name_of_all}."), depth + 1, fields);
            let items = resolved(root, &target["items"]);
            collect(root, items, &format!("{name_of_all}[]."), depth + 1, fields);
        }
    }
}

/// The first paragraph of the doc comment as one line.
fn help(schema: &Value) -> Option<String> {
    let text = schema["description"].as_str()?;
    let first = text.split("\n\n").next().unwrap_or(text);
    Some(first.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Follows references, and looks through "this or null".
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    for _ in 0..DEPTH_MAX {
        let reference = schema["$ref"].as_str().and_then(|text| text.strip_prefix('#'));
        let alternatives = schema["anyOf"].as_array().or(schema["allOf"].as_array());
        let only = alternatives.and_then(|all| {
            let mut others = all.iter().filter(|one| one["type"] != "null");
            others.next().filter(|_| others.next().is_none())
        });
        match (reference.and_then(|pointer| root.pointer(pointer)), only) {
            (Some(target), _) | (None, Some(target)) => schema = target,
            (None, None) => break,
        }
    }
    schema
}

fn is_nullable(schema: &Value) -> bool {
    let alternatives = schema["anyOf"].as_array();
    schema["type"].as_array().is_some_and(|names| names.iter().any(|name| name == "null"))
        || alternatives.is_some_and(|all| all.iter().any(|one| one["type"] == "null"))
}

fn kind(root: &Value, schema: &Value) -> String {
    if let Some(words) = words(schema) {
        return words.join(" | ");
    }
    let name = match &schema["type"] {
        Value::String(name) => name.as_str(),
        Value::Array(names) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("any")
        }
        _ => "any",
    };
    match name {
        "string" => "text".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => format!("list of {}", kind(root, resolved(root, &schema["items"]))),
        "object" => "map".to_owned(),
        "any" if schema["properties"].is_object() => "map".to_owned(),
        other => other.to_owned(),
    }
}

/// The values that a field is limited to.
fn words(schema: &Value) -> Option<Vec<String>> {
    let word = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(values) = schema["enum"].as_array() {
        return Some(values.iter().filter_map(word).collect());
    }
    if let Some(value) = word(&schema["const"]) {
        return Some(vec![value]);
    }
    let alternatives = schema["oneOf"].as_array()?;
    let words: Option<Vec<Vec<String>>> = alternatives.iter().map(words).collect();
    words.map(Vec::into_iter).map(|words| words.flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_lists_and_words_become_fields() {
        let schema = json!({
            "$defs": { "Line": { "properties": { "sku": { "type": "string" } }, "required": ["sku"] } },
            "properties": {
                "kind": { "oneOf": [{ "const": "a" }, { "enum": ["b", "c"] }], "description": "Which\none." },
                "lines": { "type": "array", "items": { "$ref": "#/$defs/Line" } },
                "note": { "type": ["string", "null"] },
                "first": { "anyOf": [{ "$ref": "#/$defs/Line" }, { "type": "null" }] },
            },
            "required": ["kind"],
        });
        let shown: Vec<String> = fields(&schema)
            .iter()
            .map(|field| {
                let required = if field.is_required { " required" } else { "" };
                let nullable = if field.is_nullable { " nullable" } else { "" };
                format!("{} {}{required}{nullable} {}", field.name, field.kind, field.help)
            })
            .collect();
        let expected = [
            "kind a | b | c required Which one.",
            "lines list of map ",
            "lines[].sku text required ",
            "note text nullable ",
            "first map nullable ",
            "first.sku text required ",
        ];
        assert_eq!(shown, expected);
    }
}
