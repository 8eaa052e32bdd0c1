//! YAML as a small tree in which every value knows its line and column.
//!
//! Invariant: what a person wrote is never turned into something else behind their back. `00123`
//! and `NO` stay text, a key written twice is an error, and what would make one text stand for
//! another (anchors, aliases, tags) is refused. <https://yaml.org/spec/1.2.2/#103-core-schema>

mod builder;
pub mod fields;
mod hints;
mod scalars;

use crate::problems::Place;

pub use builder::parse;

/// The largest file that is read.
pub const SOURCE_BYTES_MAX: usize = 256 * 1024;

/// The deepest nesting of lists and maps that is read.
pub const DEPTH_MAX: usize = 64;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Yaml,
    /// Where it begins.
    pub place: Place,
    /// Where the first character of a text stands, when the text lies on one line exactly as it
    /// reads, so that a place within it can be counted.
    pub text_place: Option<Place>,
}

/// A value as it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Yaml {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Integer(i64),
    /// A number with a point or an exponent.
    Float(f64),
    /// Everything else, and everything in quotes.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order it is written.
    Map(Vec<Entry>),
}

/// One line of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key; always text.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Yaml::Null => serde_json::Value::Null,
            Yaml::Bool(value) => (*value).into(),
            Yaml::Integer(value) => (*value).into(),
            Yaml::Float(value) => (*value).into(),
            Yaml::Text(value) => value.as_str().into(),
            Yaml::List(items) => items.iter().map(Node::to_json).collect(),
            Yaml::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }

    /// What kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Yaml::Null => "nothing",
            Yaml::Bool(_) => "true or false",
            Yaml::Integer(_) => "a whole number",
            Yaml::Float(_) => "a number",
            Yaml::Text(_) => "text",
            Yaml::List(_) => "a list",
            Yaml::Map(_) => "a map",
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Yaml::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Where a byte of the text stands, as exactly as it is known.
    pub(crate) fn place_in_text(&self, text: &str, byte: usize) -> Place {
        match self.text_place {
            Some(place) => place.after(text.get(..byte).map_or(0, |before| before.chars().count())),
            None => self.place,
        }
    }
}

#[cfg(test)]
mod tests;
