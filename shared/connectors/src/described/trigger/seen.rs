//! What expressions see of a delivery.
//!
//! Invariant: of headers and query they see those that the file names one by one, so that what is kept of a delivery
//! which cannot be read is all that reading it again will look at; and none that holds a secret.

use super::verify::{hides_header, hides_parameter};
use crate::deliveries::{Delivery, forms};
use crate::providers::requests::form_pair;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tradewind_engine::descriptions::{Form, Mapping, Trigger};
use tradewind_engine::expressions::Expression;

/// The names that expressions look at.
pub(super) struct Names {
    headers: BTreeSet<String>,
    query: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(trigger: &Trigger) -> Self {
        let paths = || expressions(trigger).flat_map(Expression::references);
        let named = |root: &'static str| {
            let below = paths().filter_map(move |path| path.strip_prefix(root));
            below.filter_map(|rest| rest.split('.').next()).map(str::to_owned)
        };
        let verify = &trigger.verify;
        let headers = named("delivery.headers.").filter(|name| !hides_header(verify, name));
        let query = named("delivery.query.").filter(|name| !hides_parameter(verify, name));
        Self { headers: headers.collect(), query: query.collect() }
    }

    pub(super) fn headers(&self) -> Vec<&str> {
        self.headers.iter().map(String::as_str).collect()
    }

    /// As much of the query as expressions see.
    pub(super) fn kept_query(&self, delivery: &Delivery) -> String {
        let pairs = self.parameters(delivery);
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| form_pair(name, value)).collect();
        pairs.join("&")
    }

    /// The delivery with that topic and that body.
    pub(super) fn seen(&self, delivery: &Delivery, topic: Option<&str>, body: &Value) -> Value {
        let header = |name: &String| Some((name.clone(), delivery.header(name)?.into()));
        let headers: Map<String, Value> = self.headers.iter().filter_map(header).collect();
        let query = self.parameters(delivery).into_iter();
        let query: Map<String, Value> = query.map(|(name, value)| (name, value.into())).collect();
        json!({ "topic": topic, "headers": headers, "query": query, "body": body })
    }

    fn parameters(&self, delivery: &Delivery) -> Vec<(String, String)> {
        let found = |name: &String| Some((name.clone(), forms::find_field(&delivery.query, name)?));
        self.query.iter().filter_map(found).collect()
    }
}

/// All expressions of a trigger that see a delivery.
fn expressions(trigger: &Trigger) -> impl Iterator<Item = &Expression> {
    let forms = trigger.topic.iter().chain(&trigger.id).chain([&trigger.test]);
    let of_mappings = trigger.events.iter().flat_map(|mapping| {
        let Mapping { condition, once, since, data, .. } = mapping;
        let since = since.iter().map(|since| &since.of);
        let forms = once.iter().chain([data]).flat_map(Form::expressions);
        condition.iter().chain(since).chain(forms)
    });
    forms.flat_map(Form::expressions).chain(&trigger.items).chain(of_mappings)
}
