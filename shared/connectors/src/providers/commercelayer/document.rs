//! JSON:API documents (<https://jsonapi.org/format/1.0/>) as Commerce Layer writes them.
//!
//! Invariant: a payload may lack anything and hold anything. What is missing is `None`, and so is what
//! makes no sense, with a note: one field never decides over the whole document.

use crate::deliveries::Refusal;
use crate::events::Money;
use serde_json::Value;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use tradewind_engine::time::Timestamp;

/// How many oddities are noted, and how long a note may be: ids are the sender's.
const NOTES_MAX: usize = 20;
const NOTE_CHARS_MAX: usize = 300;
/// The longest id: Commerce Layer's have ten letters, and what follows from an event is found by it.
const ID_BYTES_MAX: usize = 256;
/// Beyond this a float does not hold every whole number.
const WHOLE_FLOAT_MAX: f64 = 9_007_199_254_740_992.0;

/// A document: a resource, and the resources that came along, found by type and id.
pub(super) struct Document<'a> {
    /// What the document is about.
    pub(super) primary: Resource<'a>,
    included: HashMap<(&'a str, Cow<'a, str>), Resource<'a>>,
    notes: Notes,
}

/// One resource of a document.
#[derive(Clone)]
pub(super) struct Resource<'a> {
    /// Such as `orders`.
    pub(super) kind: &'a str,
    /// The opaque id.
    pub(super) id: Cow<'a, str>,
    value: &'a Value,
    notes: Notes,
}

/// What was odd on the way, in the order in which it was asked for.
type Notes = Rc<RefCell<Vec<String>>>;

impl<'a> Document<'a> {
    /// The document, with its included resources looked through once.
    pub(super) fn of(document: &'a Value) -> Result<Self, Refusal> {
        let notes = Notes::default();
        let resource = |value| Resource::of(value, &notes);
        let primary = resource(&document["data"]).ok_or_else(|| {
            let is_long = document["data"]["id"].as_str().is_some_and(is_too_long);
            Refusal::PayloadInvalid(match is_long {
                true => format!("data.id is longer than {ID_BYTES_MAX} bytes"),
                false => "data has no type and id".to_owned(),
            })
        })?;
        let included = document["included"].as_array().into_iter().flatten();
        let included = included.filter_map(resource);
        let included =
            included.map(|resource| ((resource.kind, resource.id.clone()), resource)).collect();
        Ok(Self { primary, included, notes })
    }

    /// What was odd in all that was read so far.
    pub(super) fn notes(&self) -> Vec<String> {
        self.notes.borrow().clone()
    }

    /// The resource that a relationship leads to. Where it was not included, it has only an id; where
    /// the relationship was not asked for, it has links and no `data`, and there is none.
    pub(super) fn related(&self, resource: &Resource<'a>, name: &str) -> Option<Resource<'a>> {
        let linked = Resource::of(resource.linkage(name)?, &self.notes)?;
        Some(self.included.get(&(linked.kind, linked.id.clone())).cloned().unwrap_or(linked))
    }

    /// The included ones among the resources that a relationship leads to, in its order.
    pub(super) fn all_related(&self, resource: &Resource<'a>, name: &str) -> Vec<Resource<'a>> {
        let linked = resource.linkage(name).and_then(Value::as_array).into_iter().flatten();
        let linked = linked.filter_map(|value| Resource::of(value, &self.notes));
        linked.filter_map(|linked| self.included.get(&(linked.kind, linked.id)).cloned()).collect()
    }
}

impl<'a> Resource<'a> {
    fn of(value: &'a Value, notes: &Notes) -> Option<Self> {
        let kind = value["type"].as_str().filter(|kind| !kind.is_empty())?;
        let id = match &value["id"] {
            Value::String(id) if is_too_long(id) => {
                let note =
                    format!("an id of {kind} longer than {ID_BYTES_MAX} bytes counts as null");
                add_note(notes, &note);
                return None;
            }
            Value::String(id) if !id.is_empty() => Cow::Borrowed(id.as_str()),
            Value::Number(id) => Cow::Owned(id.to_string()),
            _ => return None,
        };
        Some(Self { kind, id, value, notes: notes.clone() })
    }

    fn linkage(&self, name: &str) -> Option<&'a Value> {
        self.value["relationships"][name].get("data")
    }

    /// Whether more than the id is known.
    pub(super) fn is_whole(&self) -> bool {
        self.value.get("attributes").is_some()
    }

    /// Whether it was made in test mode.
    pub(super) fn is_test(&self) -> bool {
        self.value["meta"]["mode"] == "test"
    }

    /// An attribute as text. The schema has order numbers as text and real payloads have integers;
    /// an empty text says as little as none.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.attribute(name)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => self.odd(name, "is no text"),
        }
    }

    /// An attribute that is a currency's code: three letters.
    pub(super) fn currency(&self, name: &str) -> Option<String> {
        let code = self.text(name)?.trim().to_ascii_uppercase();
        let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_code { Some(code) } else { self.odd(name, "is no code of a currency") }
    }

    /// An attribute that is a point in time, RFC 3339 UTC.
    pub(super) fn time(&self, name: &str) -> Option<String> {
        self.moment(name).map(|time| time.to_string())
    }

    /// An attribute that is a point in time.
    pub(super) fn moment(&self, name: &str) -> Option<Timestamp> {
        let text = self.text(name)?;
        text.parse().ok().or_else(|| self.odd(name, "is no time"))
    }

    /// An attribute that is true or false.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.attribute(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text == "true" => Some(true),
            Value::String(text) if text == "false" => Some(false),
            _ => self.odd(name, "is neither true nor false"),
        }
    }

    /// An attribute that is a whole number, be it written as a text or with a fraction of nothing.
    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        let value = self.attribute(name)?;
        let text = value.as_str().map(str::trim);
        if text.is_some_and(str::is_empty) {
            return None;
        }
        let whole = value.as_i64().or_else(|| text?.parse().ok());
        let float = || value.as_f64().or_else(|| text?.parse().ok()).and_then(whole_float);
        whole.or_else(float).or_else(|| self.odd(name, "is not a whole number"))
    }

    /// An attribute that is an amount in minor units of the currency, where that is known.
    pub(super) fn money(&self, name: &str, currency: Option<&str>) -> Option<Money> {
        let amount = self.integer(name)?;
        Some(Money { amount, currency: currency?.to_owned() })
    }

    fn attribute(&self, name: &str) -> Option<&'a Value> {
        self.value["attributes"].get(name).filter(|value| !value.is_null())
    }

    /// Nothing, with a note that says why.
    fn odd<T>(&self, name: &str, what: &str) -> Option<T> {
        let note = format!("{} {}: {name} {what} and counts as null", self.kind, self.id);
        add_note(&self.notes, &note);
        None
    }
}

fn add_note(notes: &Notes, note: &str) {
    let note: String = note.chars().take(NOTE_CHARS_MAX).collect();
    let mut notes = notes.borrow_mut();
    if notes.len() < NOTES_MAX && !notes.contains(&note) {
        notes.push(note);
    }
}

fn is_too_long(id: &str) -> bool {
    id.len() > ID_BYTES_MAX
}

#[expect(clippy::cast_possible_truncation, reason = "it is whole and within what both hold")]
fn whole_float(number: f64) -> Option<i64> {
    let is_whole = number.fract() == 0.0 && number.abs() <= WHOLE_FLOAT_MAX;
    is_whole.then_some(number as i64)
}
