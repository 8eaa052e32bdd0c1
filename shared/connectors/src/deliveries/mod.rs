//! Incoming requests: what they look like, why one is refused, and how a provider's endpoint is
//! described.
//!
//! Invariant: a signature is checked over the bytes exactly as received, before anything is parsed.

pub mod json;
mod receive;
mod refusal;
mod secrets;
pub mod signature;

pub use receive::{admit, is_ready, kept_headers, receive, receive_again};
pub use refusal::Refusal;
pub use secrets::{SECRETS_MAX, WebhookSecrets};

use crate::connection::Connection;
use bytes::Bytes;
use http::{HeaderMap, Method};
use serde::Serialize;
use serde_json::{Map, Value};
use tradewind_engine::time::Timestamp;

/// One incoming request.
pub struct Delivery {
    /// The method.
    pub method: Method,
    /// The headers; of repeated ones all are kept.
    pub headers: HeaderMap,
    /// The query string without `?`, empty where there is none.
    pub query: String,
    /// The body exactly as received.
    pub body: Bytes,
}

impl Delivery {
    /// The first header of that name, where it is a text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What a delivery turned out to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The provider's name for what happened.
    pub topic: String,
    /// Equal for repeated deliveries of the same thing, within the connection; `None`: the body's
    /// digest is taken.
    pub delivery_id: Option<String>,
    /// The provider's test mode.
    pub test: bool,
    /// What it means: none where nobody can listen to the topic.
    pub happenings: Vec<Happening>,
}

/// One canonical event of a delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// Such as `order.placed`.
    pub event: &'static str,
    /// Its canonical data, such as `{"order": {…}}`.
    pub data: Map<String, Value>,
}

impl Happening {
    /// An event with its data, a struct of `crate::events`.
    pub fn new(event: &'static str, data: &impl Serialize) -> Self {
        let data = serde_json::to_value(data).expect("event data has texts as keys");
        let Value::Object(data) = data else { unreachable!("event data is a struct") };
        Self { event, data }
    }
}

/// How a provider's webhooks are received.
pub struct TriggerEndpoint {
    /// The methods it takes.
    pub methods: &'static [Method],
    /// Whether an empty body is a delivery.
    pub empty_body: bool,
    /// The topics that mean something to us, with the events that they become.
    pub topics: &'static [Topic],
    /// The settings that receiving needs; a secret that only acting needs closes no endpoint.
    pub settings: &'static [&'static str],
    /// Checks that the provider sent it; runs over the raw bytes, before anything is parsed.
    pub verify: fn(&Connection, &Delivery, Timestamp) -> Result<(), Refusal>,
    /// The headers that `read` looks at, in lower case: what cannot be read is kept with them.
    pub headers: &'static [&'static str],
    /// The provider's name for what happened, where it can be told without reading the body.
    pub topic: fn(&Delivery) -> Option<&str>,
    /// Says what it means.
    pub read: fn(&Delivery) -> Result<Reading, Refusal>,
}

/// A provider's name for something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Such as `orders.place`.
    pub name: &'static str,
    /// Such as `order.placed`.
    pub event: &'static str,
    /// What the provider should be asked to include in the payloads of this topic.
    pub include: &'static [&'static str],
}
