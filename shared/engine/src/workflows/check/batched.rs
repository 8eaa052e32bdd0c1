//! What the steps of a workflow with `batch` see as `trigger`: the events, each as it would be by itself.

use super::super::{Step, Vocabulary};
use crate::ids::{ActionId, ProviderId};
use serde_json::{Map, Value, json};

/// What there is, with the trigger of a batch in the place of that of its event.
pub(super) struct Batched<'a> {
    inner: &'a dyn Vocabulary,
    event: &'a str,
    schema: Value,
}

/// The name of an event's own schema among the definitions of the batch's.
const ONE: &str = "one_of_a_batch";

impl<'a> Batched<'a> {
    pub(super) fn new(inner: &'a dyn Vocabulary, event: &'a str) -> Self {
        let mut one = inner.event_schema(event).cloned().unwrap_or_else(|| json!({}));
        // References lead to the definitions of the whole, so they move there.
        let defs = one.as_object_mut().and_then(|one| one.remove("$defs"));
        let mut defs = defs.unwrap_or_else(|| Value::Object(Map::new()));
        defs[ONE] = one;
        let item = json!({ "$ref": format!("#/$defs/{ONE}") });
        let schema = json!({
            "type": "object",
            "properties": { "events": { "type": "array", "items": item } },
            "additionalProperties": false,
            "$defs": defs,
        });
        Self { inner, event, schema }
    }
}

impl Vocabulary for Batched<'_> {
    fn events(&self) -> Vec<&str> {
        self.inner.events()
    }

    fn event_schema(&self, event: &str) -> Option<&Value> {
        if event == self.event { Some(&self.schema) } else { self.inner.event_schema(event) }
    }

    fn actions(&self) -> Vec<&str> {
        self.inner.actions()
    }

    fn action_input(&self, action: &ActionId) -> Option<&Value> {
        self.inner.action_input(action)
    }

    fn action_output(&self, action: &ActionId) -> Option<&Value> {
        self.inner.action_output(action)
    }

    fn step_output(&self, step: &Step) -> Option<&Value> {
        self.inner.step_output(step)
    }

    fn serves(&self, action: &ActionId, provider: &ProviderId) -> bool {
        self.inner.serves(action, provider)
    }

    fn providers_of(&self, action: &ActionId) -> Vec<&str> {
        self.inner.providers_of(action)
    }

    fn emits(&self, provider: &ProviderId, event: &str) -> bool {
        self.inner.emits(provider, event)
    }
}
