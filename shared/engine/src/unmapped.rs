//! A delivery whose signature was good and which could not be read: kept as an event, so that it is
//! seen, and read again once the mapping can.
//!
//! Invariant: no workflow listens to it. An older program takes it for an event that nobody waits for.

use crate::events::Event;
use crate::ids::EventId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The name of such an event.
pub const UNMAPPED: &str = "delivery.unmapped";

/// What stands in its data; the body stands where that of every event does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmapped {
    /// Why it could not be read.
    pub reason: String,
    /// Its method.
    pub method: String,
    /// Those of its headers that reading may look at, also once it was repaired.
    pub headers: Vec<(String, String)>,
    /// What reading may look at of its query; empty where that is nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// The events that it was read as in the end; `None`: that is still to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_as: Option<Vec<EventId>>,
}

impl Unmapped {
    /// As the data of the event.
    pub fn to_data(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(data)) => data,
            _ => unreachable!("it is a struct of texts"),
        }
    }
}

impl Event {
    /// What is known of a delivery that could not be read; nothing of any other event, and nothing
    /// once its data was removed.
    pub fn unmapped(&self) -> Option<Unmapped> {
        if self.name != UNMAPPED {
            return None;
        }
        serde_json::from_value(Value::Object(self.data.clone())).ok()
    }
}
