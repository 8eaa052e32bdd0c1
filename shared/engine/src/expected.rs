//! What a step says of an answer that nobody else describes: `{ id: text, lines: [{ sku: text }], note?: text }`.
//!
//! A word says what a value is, a map what its members are, and a list of one what each of its items is. A member
//! whose name ends with `?` may be null or missing. What is not named is not kept.

use serde_json::{Map, Value, json};

/// How deep maps and lists may stand in each other.
const DEPTH_MAX: usize = 16;
/// How many members all maps together may have.
const MEMBERS_MAX: usize = 200;
/// The words for what a value is.
pub const WORDS: [&str; 7] = ["text", "integer", "number", "boolean", "list", "map", "any"];

/// What a value is expected to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Any,
    Text,
    Integer,
    Number,
    Boolean,
    List,
    Map,
    Items(Box<Kind>),
    Members(Vec<Member>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    name: String,
    is_optional: bool,
    kind: Kind,
}

impl Expected {
    /// Reads what is written, or says what is wrong with it, and where: `expect.lines[0].sku`.
    pub fn read(written: &Value, place: &str) -> Result<Self, String> {
        let mut members = 0;
        kind(written, place, 0, &mut members).map(Self)
    }

    /// Its JSON Schema.
    pub fn schema(&self) -> Value {
        schema(&self.0)
    }

    /// The value with what is expected of it and nothing else, or what is wrong with it, and where. An optional
    /// member that is missing is null.
    pub fn taken(&self, value: Value, place: &str) -> Result<Value, String> {
        taken(&self.0, value, place)
    }

    /// A value that fits.
    pub fn sample(&self) -> Value {
        sample(&self.0)
    }
}

fn kind(written: &Value, place: &str, depth: usize, members: &mut usize) -> Result<Kind, String> {
    if depth > DEPTH_MAX {
        return Err(format!("`{place}` is deeper than {DEPTH_MAX}"));
    }
    match written {
        Value::String(word) => Ok(match word.as_str() {
            "text" => Kind::Text,
            "integer" => Kind::Integer,
            "number" => Kind::Number,
            "boolean" => Kind::Boolean,
            "list" => Kind::List,
            "map" => Kind::Map,
            "any" => Kind::Any,
            _ => {
                return Err(format!(
                    "`{place}`: there is no type `{word}`, but {}",
                    WORDS.join(", ")
                ));
            }
        }),
        Value::Object(written) => {
            *members += written.len();
            if *members > MEMBERS_MAX {
                return Err(format!("`{place}` is more than {MEMBERS_MAX} members"));
            }
            let each = written.iter().map(|(name, written)| {
                let (name, is_optional) = match name.strip_suffix('?') {
                    Some(name) => (name, true),
                    None => (name.as_str(), false),
                };
                let kind = kind(written, &format!("{place}.{name}"), depth + 1, members)?;
                Ok(Member { name: name.to_owned(), is_optional, kind })
            });
            each.collect::<Result<Vec<_>, String>>().map(Kind::Members)
        }
        Value::Array(items) => match &items[..] {
            [item] => {
                let item = kind(item, &format!("{place}[0]"), depth + 1, members)?;
                Ok(Kind::Items(Box::new(item)))
            }
            _ => Err(format!("`{place}` is a list of one: what each item is")),
        },
        _ => Err(format!("`{place}` is a word such as `text`, a map, or a list of one")),
    }
}

fn schema(kind: &Kind) -> Value {
    match kind {
        Kind::Any => json!({}),
        Kind::Items(item) => json!({ "type": "array", "items": schema(item) }),
        Kind::Members(members) => {
            let property = |member: &Member| {
                let own = schema(&member.kind);
                let schema = match (member.is_optional, &member.kind) {
                    (true, kind) if *kind != Kind::Any => {
                        json!({ "anyOf": [own, { "type": "null" }] })
                    }
                    _ => own,
                };
                (member.name.clone(), schema)
            };
            let properties: Map<String, Value> = members.iter().map(property).collect();
            let names: Vec<&String> = properties.keys().collect();
            json!({
                "type": "object",
                "required": names,
                "additionalProperties": false,
                "properties": properties,
            })
        }
        plain => json!({ "type": json_type(plain) }),
    }
}

fn taken(kind: &Kind, value: Value, place: &str) -> Result<Value, String> {
    let fits = match kind {
        Kind::Any => true,
        Kind::Text => value.is_string(),
        Kind::Integer => value.is_i64() || value.is_u64(),
        Kind::Number => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        Kind::List | Kind::Items(_) => value.is_array(),
        Kind::Map | Kind::Members(_) => value.is_object(),
    };
    if !fits {
        return Err(format!("`{place}` is {}, and no {}", name_of(&value), word_of(kind)));
    }
    match (kind, value) {
        (Kind::Items(item), Value::Array(items)) => items
            .into_iter()
            .enumerate()
            .map(|(at, one)| taken(item, one, &format!("{place}[{at}]")))
            .collect(),
        (Kind::Members(members), Value::Object(mut found)) => {
            let each = members.iter().map(|member| {
                let place = format!("{place}.{}", member.name);
                let value = match found.remove(&member.name) {
                    None | Some(Value::Null) if member.is_optional => Value::Null,
                    Some(value) => taken(&member.kind, value, &place)?,
                    None => return Err(format!("`{place}` is missing")),
                };
                Ok((member.name.clone(), value))
            });
            each.collect()
        }
        (_, value) => Ok(value),
    }
}

fn sample(kind: &Kind) -> Value {
    match kind {
        Kind::Any => Value::Null,
        Kind::Text => json!("text"),
        Kind::Integer | Kind::Number => json!(1),
        Kind::Boolean => json!(true),
        Kind::List => json!([]),
        Kind::Map => json!({}),
        Kind::Items(item) => json!([sample(item)]),
        Kind::Members(members) => {
            members.iter().map(|member| (member.name.clone(), sample(&member.kind))).collect()
        }
    }
}

fn word_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Any => "any",
        Kind::Text => "text",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::List | Kind::Items(_) => "list",
        Kind::Map | Kind::Members(_) => "map",
    }
}

fn json_type(kind: &Kind) -> &'static str {
    match word_of(kind) {
        "text" => "string",
        "list" => "array",
        "map" => "object",
        word => word,
    }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(written: Value) -> Expected {
        Expected::read(&written, "expect").unwrap()
    }

    #[track_caller]
    fn check(written: Value, value: Value, found: Result<Value, &str>) {
        let taken = expected(written).taken(value, "body");
        assert_eq!(taken, found.map_err(str::to_owned));
    }

    #[test]
    fn what_is_expected_is_taken_and_nothing_else() {
        let order = json!({ "id": "text", "total": "number", "note?": "text", "raw": "any" });
        check(
            order.clone(),
            json!({ "id": "7", "total": 1.5, "raw": [1], "secret": true }),
            Ok(json!({ "id": "7", "total": 1.5, "note": null, "raw": [1] })),
        );
        check(order.clone(), json!({ "id": "7", "raw": 1 }), Err("`body.total` is missing"));
        check(
            order.clone(),
            json!({ "id": 7, "total": 1, "raw": 1 }),
            Err("`body.id` is a number, and no text"),
        );
        check(order.clone(), json!(null), Err("`body` is null, and no map"));
        check(
            order,
            json!({ "id": "7", "total": 1, "raw": 1, "note": 5 }),
            Err("`body.note` is a number, and no text"),
        );
    }

    #[test]
    fn lists_and_maps_stand_in_each_other() {
        let lines = json!({ "lines": [{ "sku": "text", "size?": { "width": "integer" } }] });
        check(
            lines.clone(),
            json!({ "lines": [{ "sku": "a", "x": 1 }, { "sku": "b", "size": { "width": 3 } }] }),
            Ok(
                json!({ "lines": [{ "sku": "a", "size": null }, { "sku": "b", "size": { "width": 3 } }] }),
            ),
        );
        check(
            lines.clone(),
            json!({ "lines": [{ "sku": "a" }, { "sku": true }] }),
            Err("`body.lines[1].sku` is a boolean, and no text"),
        );
        check(
            lines,
            json!({ "lines": [{ "sku": "a", "size": { "width": 2.5 } }] }),
            Err("`body.lines[0].size.width` is a number, and no integer"),
        );
        check(json!(["integer"]), json!([1, 2]), Ok(json!([1, 2])));
        check(json!("list"), json!({}), Err("`body` is a map, and no list"));
    }

    #[test]
    fn the_schema_says_the_same() {
        let written =
            json!({ "id": "text", "lines?": [{ "n": "integer" }], "raw?": "any", "m": "map" });
        assert_eq!(
            expected(written).schema(),
            json!({
                "type": "object",
                "required": ["id", "lines", "raw", "m"],
                "additionalProperties": false,
                "properties": {
                    "id": { "type": "string" },
                    "lines": { "anyOf": [
                        { "type": "array", "items": {
                            "type": "object", "required": ["n"], "additionalProperties": false,
                            "properties": { "n": { "type": "integer" } },
                        } },
                        { "type": "null" },
                    ] },
                    "raw": {},
                    "m": { "type": "object" },
                },
            })
        );
    }

    #[test]
    fn a_sample_fits() {
        let written = json!({ "a": "text", "b": [{ "c": "integer" }], "d?": "any", "e": "map",
            "f": "list", "g": "boolean", "h": "number" });
        let expected = expected(written);
        let sample = expected.sample();
        assert_eq!(expected.taken(sample.clone(), "body"), Ok(sample));
    }

    #[test]
    fn what_is_no_expectation_is_named_with_its_place() {
        let words = WORDS.join(", ");
        for (written, message) in [
            (
                json!({ "a": { "b": "txt" } }),
                format!("`expect.a.b`: there is no type `txt`, but {words}"),
            ),
            (
                json!({ "a": 5 }),
                "`expect.a` is a word such as `text`, a map, or a list of one".to_owned(),
            ),
            (json!([]), "`expect` is a list of one: what each item is".to_owned()),
            (
                json!({ "a": ["text", "text"] }),
                "`expect.a` is a list of one: what each item is".to_owned(),
            ),
            (json!(null), "`expect` is a word such as `text`, a map, or a list of one".to_owned()),
        ] {
            assert_eq!(Expected::read(&written, "expect"), Err(message));
        }
        let mut deep = json!("text");
        for _ in 0..17 {
            deep = json!([deep]);
        }
        assert!(Expected::read(&deep, "expect").is_err());
        let many: Map<String, Value> = (0..201).map(|n| (n.to_string(), json!("text"))).collect();
        assert!(Expected::read(&Value::Object(many), "expect").is_err());
    }
}
