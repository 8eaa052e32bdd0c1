//! JSON:API documents (<https://jsonapi.org/format/1.0/>) as Commerce Layer writes them.
//!
//! Invariant: a payload may lack anything; what is missing is `None`, never a panic.

use crate::deliveries::Refusal;
use crate::events::Money;
use serde_json::Value;
use std::collections::HashMap;
use tradewind_engine::time::Timestamp;

/// A document: a resource, and the resources that came along, found by type and id.
pub(super) struct Document<'a> {
    /// What the document is about.
    pub(super) primary: Resource<'a>,
    included: HashMap<(&'a str, &'a str), Resource<'a>>,
}

/// One resource of a document.
#[derive(Clone, Copy)]
pub(super) struct Resource<'a> {
    /// Such as `orders`.
    pub(super) kind: &'a str,
    /// The opaque id.
    pub(super) id: &'a str,
    value: &'a Value,
}

impl<'a> Document<'a> {
    /// The document, with its included resources looked through once.
    pub(super) fn of(document: &'a Value) -> Result<Self, Refusal> {
        let primary = Resource::of(&document["data"])
            .ok_or_else(|| invalid("data has no type and id".to_owned()))?;
        let included = document["included"].as_array().into_iter().flatten();
        let included = included.filter_map(Resource::of);
        Ok(Self {
            primary,
            included: included.map(|resource| ((resource.kind, resource.id), resource)).collect(),
        })
    }

    /// The resource that a relationship leads to. Where it was not included, it has only an id; where
    /// the relationship was not asked for, it has links and no `data`, and there is none.
    pub(super) fn related(&self, resource: Resource<'a>, name: &str) -> Option<Resource<'a>> {
        let linked = Resource::of(resource.linkage(name)?)?;
        Some(self.included.get(&(linked.kind, linked.id)).copied().unwrap_or(linked))
    }

    /// The included ones among the resources that a relationship leads to, in its order.
    pub(super) fn all_related(&self, resource: Resource<'a>, name: &str) -> Vec<Resource<'a>> {
        let linked = resource.linkage(name).and_then(Value::as_array).into_iter().flatten();
        let linked = linked.filter_map(Resource::of);
        linked.filter_map(|linked| self.included.get(&(linked.kind, linked.id)).copied()).collect()
    }
}

impl<'a> Resource<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        let kind = value["type"].as_str().filter(|kind| !kind.is_empty())?;
        let id = value["id"].as_str().filter(|id| !id.is_empty())?;
        Some(Self { kind, id, value })
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
        match &self.value["attributes"][name] {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// An attribute that must be there, as text.
    pub(super) fn needed(&self, name: &str) -> Result<String, Refusal> {
        self.text(name).ok_or_else(|| self.missing(name))
    }

    /// An attribute that is a point in time, RFC 3339 UTC.
    pub(super) fn time(&self, name: &str) -> Option<String> {
        let time: Timestamp = self.value["attributes"][name].as_str()?.parse().ok()?;
        Some(time.to_string())
    }

    /// An attribute that is true or false.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.value["attributes"][name].as_bool()
    }

    /// An attribute that is a whole number; anything else than that or null is no payload of ours.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let value = &self.value["attributes"][name];
        if value.is_null() {
            return Ok(None);
        }
        let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
        number.map(Some).ok_or_else(|| {
            invalid(format!("{} {}: {name} is not a whole number", self.kind, self.id))
        })
    }

    /// An attribute that is an amount in minor units.
    pub(super) fn money(&self, name: &str, currency: &str) -> Result<Option<Money>, Refusal> {
        let amount = self.integer(name)?;
        Ok(amount.map(|amount| Money { amount, currency: currency.to_owned() }))
    }

    /// The refusal of a resource without that attribute.
    pub(super) fn missing(&self, name: &str) -> Refusal {
        invalid(format!("{} {}: {name} is missing", self.kind, self.id))
    }
}

fn invalid(reason: String) -> Refusal {
    Refusal::PayloadInvalid(reason)
}
