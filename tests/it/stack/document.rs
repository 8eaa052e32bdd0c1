//! Reads a template: YAML with the short forms of CloudFormation's functions, which become the long
//! ones, as in `{"Ref": "Stage"}`.

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The template of the repository.
pub(super) fn template() -> Template {
    Template::parse(&super::generated::read("template.yaml"))
}

/// A parsed template.
pub(super) struct Template(Value);

/// One resource of a template.
#[derive(Clone, Copy)]
pub(super) struct Resource<'a> {
    pub(super) logical: &'a str,
    pub(super) value: &'a Value,
}

impl Template {
    pub(super) fn parse(source: &str) -> Self {
        let mut reader = Reader::default();
        for event in Parser::new_from_str(source) {
            reader.take(event.unwrap().0);
        }
        Self(reader.root.unwrap())
    }

    pub(super) fn section(&self, name: &str) -> &Value {
        &self.0[name]
    }

    pub(super) fn resources(&self) -> Vec<Resource<'_>> {
        let resources = self.0["Resources"].as_object().unwrap().iter();
        resources.map(|(logical, value)| Resource { logical, value }).collect()
    }

    pub(super) fn of_type(&self, kind: &str) -> Vec<Resource<'_>> {
        self.resources().into_iter().filter(|resource| resource.value["Type"] == kind).collect()
    }

    pub(super) fn functions(&self) -> Vec<Resource<'_>> {
        self.of_type("AWS::Serverless::Function")
    }

    pub(super) fn resource(&self, logical: &str) -> Resource<'_> {
        self.resources().into_iter().find(|resource| resource.logical == logical).unwrap()
    }

    /// The times of a kind of stage.
    pub(super) fn times(&self, kind: &str) -> BTreeMap<String, u64> {
        let times = self.0["Mappings"]["StageKinds"][kind].as_object().unwrap();
        let number = |time: &Value| time.as_u64().or_else(|| time.as_str()?.parse().ok());
        times.iter().map(|(name, time)| (name.clone(), number(time).unwrap())).collect()
    }
}

impl<'a> Resource<'a> {
    pub(super) fn property(&self, name: &str) -> &'a Value {
        &self.value["Properties"][name]
    }
}

/// From the parser's events to values.
#[derive(Default)]
struct Reader {
    root: Option<Value>,
    open: Vec<(Open, Option<String>)>,
}

enum Open {
    List(Vec<Value>),
    Map(Map<String, Value>, Option<String>),
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Scalar(text, style, _, tag) => {
                let name = tag.as_deref().map(function);
                let is_key = matches!(self.open.last(), Some((Open::Map(_, None), _)));
                let value = if style == ScalarStyle::Plain && name.is_none() && !is_key {
                    plain(&text)
                } else {
                    Value::String(text.into_owned())
                };
                self.put(applied(name, value));
            }
            Event::SequenceStart(_, tag) => {
                self.open.push((Open::List(Vec::new()), tag.as_deref().map(function)));
            }
            Event::MappingStart(_, tag) => {
                self.open.push((Open::Map(Map::new(), None), tag.as_deref().map(function)));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (open, name) = self.open.pop().unwrap();
                let value = match open {
                    Open::List(items) => Value::Array(items),
                    Open::Map(entries, _) => Value::Object(entries),
                };
                self.put(applied(name, value));
            }
            Event::Alias(_) => panic!("the template has no aliases"),
            _ => {}
        }
    }

    fn put(&mut self, value: Value) {
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some((Open::List(items), _)) => items.push(value),
            Some((Open::Map(entries, key), _)) => match key.take() {
                None => *key = Some(value.as_str().unwrap().to_owned()),
                Some(key) => assert!(entries.insert(key.clone(), value).is_none(), "{key} twice"),
            },
        }
    }
}

/// `!Ref` and `!Condition` are called so, all others `Fn::…`.
fn function(tag: &Tag) -> String {
    match tag.suffix.as_str() {
        name @ ("Ref" | "Condition") => name.to_owned(),
        name => format!("Fn::{name}"),
    }
}

fn applied(function: Option<String>, value: Value) -> Value {
    match function {
        None => value,
        Some(function) => json!({ function: value }),
    }
}

fn plain(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from),
    }
}
