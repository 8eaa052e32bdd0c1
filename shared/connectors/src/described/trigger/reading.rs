//! What a delivery means: its topic, and the events in it.
//!
//! Invariant: what a file maps to an event comes to that event, or the whole delivery is one that cannot be read.

use super::{ANY_TOPIC, DescribedEndpoint};
use crate::deliveries::json::Body;
use crate::deliveries::{Delivery, Happening, KnownBy, Reading, Refusal, content};
use crate::described::settings::visible;
use crate::settings::GivenSettings;
use serde_json::Value;
use std::fmt::Display;
use std::time::Duration;
use tradewind_engine::descriptions::{EACH_MAX, Form, Mapping, Nulls, Since};
use tradewind_engine::expressions::{Expression, Scope};
use tradewind_engine::problems::Place;
use tradewind_engine::time::{Timestamp, before};

const DAY: Duration = Duration::from_secs(86_400);
/// Between the pieces of an id.
const SEPARATOR: &str = ":";

impl DescribedEndpoint {
    pub(super) fn reading(
        &self,
        given: &GivenSettings,
        delivery: &Delivery,
        accepted_at: Timestamp,
    ) -> Result<Reading, Refusal> {
        let Body { value: body, notes } = content(delivery)?;
        let (topic, scope) = self.scope(given, delivery, &body)?;
        let reading = Reading { topic, notes, ..Reading::default() };
        if !self.trigger.events.iter().any(|mapping| is_for(mapping, &reading.topic)) {
            return Ok(reading);
        }
        let found = Finding { endpoint: self, topic: &reading.topic, accepted_at };
        let Some(items) = &self.trigger.items else {
            let test = self.is_test(&scope)?;
            let happenings: Vec<Happening> = found.event(&scope)?.into_iter().collect();
            let delivery_id = match happenings.is_empty() {
                true => None,
                false => Some(self.id(&scope)?),
            };
            return Ok(Reading { delivery_id, test, happenings, ..reading });
        };
        let place = items.place();
        let listed = items.evaluate(&scope).map_err(|error| self.unfit("items", place, &error))?;
        let listed = match listed {
            Value::Array(listed) if listed.len() <= EACH_MAX => listed,
            Value::Array(_) => {
                return Err(self.unfit("items", place, &format!("more than {EACH_MAX}")));
            }
            _ => return Err(self.unfit("items", place, &"they are no list")),
        };
        let mut happenings = Vec::new();
        for (place, item) in listed.iter().enumerate() {
            let scope = scope.clone().with_item("item", item);
            let Some(happening) = found.event(&scope)? else { continue };
            let known_by = match happening.known_by {
                KnownBy::Delivery => KnownBy::Item(self.id_of_item(place, &scope)?),
                other => other,
            };
            happenings.push(Happening { test: Some(self.is_test(&scope)?), known_by, ..happening });
        }
        Ok(Reading { happenings, ..reading })
    }

    /// The topic as far as it can be told.
    pub(super) fn told_topic(&self, given: &GivenSettings, delivery: &Delivery) -> Option<String> {
        let body = content(delivery).map(|body| body.value).unwrap_or_default();
        self.scope(given, delivery, &body).ok().map(|(topic, _)| topic)
    }

    /// What expressions see of a delivery, and its topic.
    fn scope(
        &self,
        given: &GivenSettings,
        delivery: &Delivery,
        body: &Value,
    ) -> Result<(String, Scope), Refusal> {
        let description = &*self.description;
        let settings = visible(given, description);
        let rest = Scope::of([("settings", &settings), ("maps", &description.maps)]);
        let topic = match &self.trigger.topic {
            None => ANY_TOPIC.to_owned(),
            Some(topic) => {
                // A long body is not made into what expressions see for a topic that stands elsewhere.
                let reads = |path: &String| path == "delivery" || path.starts_with("delivery.body");
                let mut read = topic.expressions().into_iter().flat_map(Expression::references);
                let body = if read.any(reads) { body } else { &Value::Null };
                let seen = self.names.seen(delivery, None, body);
                self.text(topic, "topic", &rest.clone().with_item("delivery", &seen))?
            }
        };
        let seen = self.names.seen(delivery, Some(&topic), body);
        Ok((topic, rest.with_item("delivery", &seen)))
    }

    fn is_test(&self, scope: &Scope) -> Result<bool, Refusal> {
        match self.value(&self.trigger.test, "test", scope)? {
            Value::Bool(is_test) => Ok(is_test),
            Value::Null => Ok(false),
            _ => Err(self.unfit("test", self.trigger.test.place, &"it is neither true nor false")),
        }
    }

    fn id(&self, scope: &Scope) -> Result<String, Refusal> {
        let pieces = self.trigger.id.iter().map(|piece| self.text(piece, "id", scope));
        Ok(pieces.collect::<Result<Vec<_>, _>>()?.join(SEPARATOR))
    }

    /// Of a delivery's id alone all of its items would be one event.
    fn id_of_item(&self, place: usize, scope: &Scope) -> Result<String, Refusal> {
        let id = self.id(scope)?;
        let mut expressions = self.trigger.id.iter().flat_map(Form::expressions);
        let is_of_item = |one: &Expression| {
            one.references().iter().any(|path| path.split('.').next() == Some("item"))
        };
        match expressions.any(is_of_item) {
            true => Ok(id),
            false => Ok(format!("{id}{SEPARATOR}{place}")),
        }
    }

    fn value(&self, form: &Form, key: &str, scope: &Scope) -> Result<Value, Refusal> {
        let value = form.render(scope, &self.description.parts, Nulls::Kept);
        value.map_err(|error| self.unfit(key, form.place, &error))
    }

    fn text(&self, form: &Form, key: &str, scope: &Scope) -> Result<String, Refusal> {
        match self.value(form, key, scope)? {
            Value::String(text) if !text.is_empty() => Ok(text),
            Value::Number(number) => Ok(number.to_string()),
            _ => Err(self.unfit(key, form.place, &"it comes to no text")),
        }
    }

    fn unfit(&self, key: &str, place: Place, error: &dyn Display) -> Refusal {
        let file = &self.description.provider;
        Refusal::PayloadInvalid(format!("`{key}` in line {} of {file}.yaml: {error}", place.line))
    }
}

/// Whether an entry is for that topic.
fn is_for(mapping: &Mapping, topic: &str) -> bool {
    mapping.topics.is_empty() || mapping.topics.iter().any(|(name, _)| name == topic)
}

/// What is looked for in a delivery.
struct Finding<'a> {
    endpoint: &'a DescribedEndpoint,
    topic: &'a str,
    accepted_at: Timestamp,
}

impl Finding<'_> {
    /// The event of the first entry that fits, if it is one.
    fn event(&self, scope: &Scope) -> Result<Option<Happening>, Refusal> {
        let endpoint = self.endpoint;
        for (mapping, event) in endpoint.trigger.events.iter().zip(&endpoint.events) {
            if !is_for(mapping, self.topic) {
                continue;
            }
            if let Some(condition) = &mapping.condition {
                let holds = condition.holds(scope);
                if !holds.map_err(|error| endpoint.unfit("if", condition.place(), &error))? {
                    continue;
                }
            }
            if let Some(since) = &mapping.since
                && self.is_old(since, scope)?
            {
                return Ok(None);
            }
            let known_by = match &mapping.once {
                Some(once) => KnownBy::Once(endpoint.text(once, "once", scope)?),
                None => KnownBy::Delivery,
            };
            let data = endpoint.value(&mapping.data, "data", scope)?;
            let Some(event) = event else {
                let unknown = format!("there is no event `{}`", mapping.event);
                return Err(endpoint.unfit("event", mapping.event_place, &unknown));
            };
            let data = (event.typed)(data)
                .map_err(|error| endpoint.unfit("data", mapping.data.place, &error))?;
            return Ok(Some(Happening { event: event.name, data, test: None, known_by }));
        }
        Ok(None)
    }

    /// What does not say when it happened may have happened just now.
    fn is_old(&self, since: &Since, scope: &Scope) -> Result<bool, Refusal> {
        let unfit = |error: &dyn Display| self.endpoint.unfit("since", since.of.place(), error);
        match since.of.evaluate(scope).map_err(|error| unfit(&error))? {
            Value::Null => Ok(false),
            Value::String(text) => {
                let at: Timestamp = text.parse().map_err(|error| unfit(&error))?;
                Ok(at < before(self.accepted_at, DAY * since.days))
            }
            _ => Err(unfit(&"it is no time")),
        }
    }
}
