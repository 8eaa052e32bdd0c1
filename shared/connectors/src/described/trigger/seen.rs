//! What expressions see of a delivery.
//!
//! Invariant: of headers and query they see those that the file names one by one, and none that holds a secret. What
//! cannot be read is kept with all others too: a repaired file may look at what the broken one did not name.

use super::verify::{hides_header, hides_parameter};
use crate::deliveries::{Delivery, KEPT_BYTES_MAX, forms};
use http::header::COOKIE;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tradewind_engine::descriptions::Trigger;
use tradewind_engine::expressions::Expression;

/// The names that expressions look at.
pub(super) struct Names {
    headers: BTreeSet<String>,
    query: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(trigger: &Trigger) -> Self {
        let paths = || trigger.expressions().flat_map(Expression::references);
        let named = |root: &'static str| {
            let below = paths().filter_map(move |path| path.strip_prefix(root));
            below.filter_map(|rest| rest.split('.').next()).map(str::to_owned)
        };
        let verify = &trigger.verify;
        let headers = named("delivery.headers.").filter(|name| !hides_header(verify, name));
        let query = named("delivery.query.").filter(|name| !hides_parameter(verify, name));
        Self { headers: headers.collect(), query: query.collect() }
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

/// Whether a header may be kept: it is no secret, and of the vendor's own rather than of a browser's session.
pub(super) fn keeps_header(trigger: &Trigger, name: &str) -> bool {
    !hides_header(&trigger.verify, name) && name != COOKIE.as_str()
}

/// The query but for the parameter that holds a secret.
pub(super) fn kept_query(trigger: &Trigger, delivery: &Delivery) -> String {
    let is_kept = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !hides_parameter(&trigger.verify, &forms::decoded_name(name))
    };
    let mut bytes = 0;
    let pairs = delivery.query.split('&').filter(is_kept).take_while(|pair| {
        bytes += pair.len() + 1;
        bytes <= KEPT_BYTES_MAX
    });
    pairs.collect::<Vec<_>>().join("&")
}
