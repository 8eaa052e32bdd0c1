//! The contract of an action of the project's own.
//!
//! What such an action gives is declared with where it is found: `id: text` is the text `answer.body.id`,
//! and `{ type: text, of: … }` another one.

use super::{Entry, Fields, Node, Reader, Yaml};
use crate::descriptions::{Form, FormContent, FormMap, FormMember, OwnContract};
use crate::expressions::{Expression, Missing};
use crate::problems::Problem;
use crate::yaml::fields::mismatch;
use serde_json::{Map, Value, json};

/// The words for what a field is.
const TYPES: [&str; 9] =
    ["text", "integer", "number", "boolean", "money", "time", "address", "list", "map"];

/// The contract and where its output is found, where there is an `input`.
pub(super) fn own_contract(
    fields: &Fields<'_>,
    reader: &mut Reader,
) -> Option<(OwnContract, Form)> {
    let Some(node) = fields.value("input") else {
        if let Some(node) = fields.value("optional") {
            reader.problem("missing_key", node.place, "`optional` needs an `input` beside it");
        }
        return None;
    };
    let input_fields = Fields::of(node, "`input`", &mut reader.problems)?;
    let optional = reader.texts(fields, "optional", super::keys::TextList::Words);
    let mut properties = Map::new();
    for entry in input_fields.entries() {
        reader.name(entry, "a field");
        let is_optional = optional.iter().any(|(name, _)| *name == entry.key);
        let schema = schema(&entry.value, is_optional, reader).unwrap_or(json!({}));
        properties.insert(entry.key.clone(), schema);
    }
    for (name, place) in &optional {
        if !properties.contains_key(name) {
            let problem =
                Problem::new("unknown_value", *place, format!("there is no input `{name}`"));
            let names: Vec<_> = properties.keys().map(String::as_str).collect();
            reader.problems.push(problem.with_nearest(name, names));
        }
    }
    let names = properties.keys().filter(|name| !optional.iter().any(|(one, _)| one == *name));
    let required: Vec<_> = names.cloned().collect();
    let input = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    let (output, found) = match fields.required("output", &mut reader.problems) {
        Some(node) => output(node, reader),
        None => (json!({}), Form::literal(json!({}), node.place)),
    };
    Some((OwnContract { place: node.place, input, output }, found))
}

fn output(node: &Node, reader: &mut Reader) -> (Value, Form) {
    let fields = Fields::of(node, "`output`", &mut reader.problems);
    let mut properties = Map::new();
    let mut members = Vec::new();
    for entry in fields.iter().flat_map(Fields::entries) {
        reader.name(entry, "a field");
        let Some((kind, value)) = given(entry, reader) else { continue };
        properties.insert(entry.key.clone(), schema(kind, true, reader).unwrap_or(json!({})));
        members.push(FormMember { name: entry.key.clone(), place: entry.place, value });
    }
    let schema = json!({ "type": "object", "properties": properties });
    let content = FormContent::Map(Box::new(FormMap { members, ..FormMap::default() }));
    (schema, Form { place: node.place, content })
}

/// What a field of the output is, and where it is found.
fn given<'a>(entry: &'a Entry, reader: &mut Reader) -> Option<(&'a Node, Form)> {
    if let Yaml::Map(_) = entry.value.value {
        let fields = Fields::of(&entry.value, "a field", &mut reader.problems)?;
        fields.refuse_others(&["type", "of"], &mut reader.problems);
        let kind = fields.required("type", &mut reader.problems);
        let of = fields.required("of", &mut reader.problems);
        let of = of.map(|node| crate::descriptions::template::form(node, reader));
        return Some((kind?, of?));
    }
    let source = format!("answer.body.{}", entry.key);
    reader.expressions += 1;
    let expression = Expression::compile_at(&source, entry.place, false, Missing::IsNull).ok()?;
    let content = FormContent::Whole(expression);
    Some((&entry.value, Form { place: entry.value.place, content }))
}

/// The schema of a field: a word for what it is, or the list of the texts that it may be.
fn schema(node: &Node, or_null: bool, reader: &mut Reader) -> Option<Value> {
    if let Yaml::List(items) = &node.value {
        let texts: Vec<_> = items.iter().filter_map(|item| reader.plain(item, "type")).collect();
        let schema = json!({ "type": "string", "enum": texts });
        return Some(if or_null {
            json!({ "anyOf": [schema, { "type": "null" }] })
        } else {
            schema
        });
    }
    let Some(word) = node.as_text() else {
        reader.problems.push(mismatch(node, "type", "a word or a list of texts"));
        return None;
    };
    let kind = match word {
        "text" | "time" | "address" => "string",
        "integer" | "number" | "boolean" => word,
        "list" => "array",
        "money" | "map" => "object",
        _ => {
            let problem =
                Problem::new("unknown_value", node.place, format!("there is no type `{word}`"));
            let listed = problem.with_help(format!("the types are {}", TYPES.join(", ")));
            reader.problems.push(listed.with_nearest(word, TYPES));
            return None;
        }
    };
    let mut schema = json!({ "type": if or_null { json!([kind, "null"]) } else { json!(kind) } });
    match word {
        "address" => schema["format"] = json!("email"),
        "time" => schema["format"] = json!("date-time"),
        "money" => {
            schema["properties"] =
                json!({ "amount": { "type": "integer" }, "currency": { "type": "string" } });
            schema["required"] = json!(["amount", "currency"]);
            schema["additionalProperties"] = json!(false);
        }
        _ => {}
    }
    Some(schema)
}
