//! What happened, in canonical form.

mod own;
mod record;

pub use own::{
    CHAIN_MAX, Emission, OWN_NAME_BYTES_MAX, OWN_PREFIX, emitted_id, is_own, is_own_name,
};
pub use record::{Decision, EventRecord, Folding, HeldIn, Verdict};

use crate::ids::{ConnectionName, EventId, ProviderId, RunId};
use crate::stored::StoredForm;
use crate::surrogates::mend;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The version of the stored form of an event.
pub const EVENT_VERSION: u32 = 4;
/// The version of one that runs wait for.
pub const EVENT_VERSION_AWAITED: u32 = 3;
/// The version of one that a workflow emitted, or that cancelled runs.
pub const EVENT_VERSION_EMITTED: u32 = 2;
/// The version of one that no workflow emitted: whoever does not know of others goes on with it.
pub const EVENT_VERSION_PLAIN: u32 = 1;

/// One thing that happened, on its way to the workflows that wait for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Version of this form: at most [`EVENT_VERSION`].
    pub v: u32,
    /// The same delivery always gives the same id.
    pub id: EventId,
    /// What happened, such as `order.placed`.
    pub name: String,
    /// The connection it came through; lifecycle events of runs have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionName>,
    /// The provider behind the connection when it was received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    /// The provider's own name for it, such as `orders.place`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// When it was accepted: the 2xx was given then.
    pub accepted_at: Timestamp,
    /// The revision of what was applied that its receiver knew of. Unlike times it never goes back, so
    /// it says which came first: the event or a workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// The provider's test mode.
    #[serde(default)]
    pub test: bool,
    /// The canonical data, such as `{"order": {…}}`: it stands directly below `trigger`.
    pub data: Map<String, Value>,
    /// The body as received, base64, because it may hold characters that a queue refuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// The run whose end this event tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// The step of a run that emitted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emitted: Option<Emission>,
    /// What was odd about its delivery, a sentence each, for people: where, and what became of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl StoredForm for Event {
    const KIND: &'static str = "event";
    const VERSION: u32 = EVENT_VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}

impl Event {
    /// What expressions see as `trigger`.
    pub fn trigger(&self) -> Value {
        let mut trigger = self.trigger_without_raw();
        if let (Value::Object(members), Some(raw)) = (&mut trigger, self.raw_json()) {
            members.insert("raw".to_owned(), raw);
        }
        trigger
    }

    /// The same without the body as it came, which may be long.
    pub fn trigger_without_raw(&self) -> Value {
        let mut trigger = self.data.clone();
        trigger.insert(
            "event".to_owned(),
            json!({ "id": self.id, "name": self.name, "topic": self.topic, "accepted_at": self.accepted_at }),
        );
        trigger.insert("connection".to_owned(), json!(self.connection));
        trigger.insert("test".to_owned(), Value::Bool(self.test));
        Value::Object(trigger)
    }

    fn raw_json(&self) -> Option<Value> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let bytes = STANDARD.decode(self.raw.as_ref()?).ok()?;
        let text = std::str::from_utf8(&bytes).ok()?;
        // A body with half a character in it was taken, so it is there for workflows too.
        serde_json::from_str(text).or_else(|_| serde_json::from_str(&mend(text))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_before_there_were_notes_is_read_and_written_as_it_was() {
        let stored = json!({
            "v": 1, "id": "evt_1", "name": "order.placed", "accepted_at": "2026-11-23T12:00:00Z",
            "test": false, "data": {},
        });
        let event: Event = serde_json::from_value(stored.clone()).unwrap();
        assert!(event.notes.is_empty());
        assert_eq!(serde_json::to_value(event).unwrap(), stored);
    }

    #[test]
    fn a_body_with_half_a_character_is_there_for_workflows() {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let mut event: Event = serde_json::from_value(json!({
            "v": 1, "id": "evt_1", "name": "webhook.received",
            "accepted_at": "2026-11-23T12:00:00Z", "data": {},
        }))
        .unwrap();
        event.raw = Some(STANDARD.encode(r#"{"a":"x\ud83d"}"#));
        assert_eq!(event.trigger()["raw"]["a"], "x\u{fffd}");
        event.raw = Some(STANDARD.encode("a=b"));
        assert_eq!(event.trigger().get("raw"), None);
    }
}
