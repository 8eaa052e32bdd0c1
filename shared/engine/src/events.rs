//! What happened, in canonical form.

use crate::ids::{ConnectionName, EventId, ProviderId, RunId};
use crate::stored::StoredForm;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The version of the stored form of an event.
pub const EVENT_VERSION: u32 = 1;

/// One thing that happened, on its way to the workflows that wait for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Version of this form: [`EVENT_VERSION`].
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
        let mut trigger = self.data.clone();
        trigger.insert(
            "event".to_owned(),
            json!({ "id": self.id, "name": self.name, "topic": self.topic, "accepted_at": self.accepted_at }),
        );
        trigger.insert("connection".to_owned(), json!(self.connection));
        trigger.insert("test".to_owned(), Value::Bool(self.test));
        if let Some(raw) = self.raw_json() {
            trigger.insert("raw".to_owned(), raw);
        }
        Value::Object(trigger)
    }

    fn raw_json(&self) -> Option<Value> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let bytes = STANDARD.decode(self.raw.as_ref()?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}
