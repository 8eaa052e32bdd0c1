//! How a provider's endpoint is described: what it takes, whom it trusts, and what it makes of a request.

use super::refusal::Refusal;
use crate::settings::GivenSettings;
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
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// What was odd about it, a sentence each, for people.
    pub notes: Vec<String>,
    /// The body unpacked, where it came packed; the gate fills it in.
    pub unpacked: Option<Bytes>,
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
    /// The methods it takes, those of its handshake too.
    pub methods: &'static [Method],
    /// Whether an empty body is a delivery.
    pub empty_body: bool,
    /// Whether a form is a body of its own right; [`content`](super::content()) reads it.
    pub forms: bool,
    /// The topics that mean something to us, with the events that they become.
    pub topics: &'static [Topic],
    /// The settings that receiving needs; a secret that only acting needs closes no endpoint.
    pub settings: &'static [&'static str],
    /// Checks that the provider sent it; runs over the raw bytes, before anything is parsed. What the
    /// headers alone decide, such as a signature that is missing, is decided before the body is read,
    /// so `SignatureInvalid` is all that a body may be the cause of.
    pub verify: fn(&GivenSettings, &Delivery, Timestamp) -> Result<(), Refusal>,
    /// The headers that `read` looks at, in lower case: what cannot be read is kept with them.
    pub headers: &'static [&'static str],
    /// The provider's name for what happened, where it can be told without reading the body.
    pub topic: fn(&Delivery) -> Option<&str>,
    /// Says what it means.
    pub read: fn(&Delivery) -> Result<Reading, Refusal>,
    /// The answer to a request by which its senders try the address before they send anything. Such
    /// requests are not signed: the answer may hold nothing but what was asked, and their bodies are not
    /// read.
    pub handshake: Option<fn(&Delivery) -> Option<Answer>>,
    /// What is wrong with one text as a secret, such as a public key.
    pub secret_fault: fn(&str) -> Option<&'static str>,
    /// When its sender stops sending.
    pub gives_up: Option<GivesUp>,
}

impl TriggerEndpoint {
    /// An endpoint for JSON by POST, which trusts nobody and reads nothing: the rest of a description
    /// that names what is its own.
    pub const PLAIN: Self = Self {
        methods: &[Method::POST],
        empty_body: false,
        forms: false,
        topics: &[],
        settings: &[],
        verify: |_, _, _| Err(Refusal::NotReady(String::new())),
        headers: &[],
        topic: |_| None,
        read: |_| Ok(Reading::default()),
        handshake: None,
        secret_fault: |_| None,
        gives_up: None,
    };
}

/// The answer to a request that tries an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Sent as plain text, with 200.
    pub text: String,
}

/// A sender that stops after so many failures in a row.
#[derive(Clone, Copy, Debug)]
pub struct GivesUp {
    /// So many, repeated deliveries counted.
    pub failures: u32,
    /// Each value of this header is counted by itself, and what lacks it is not the sender's.
    pub counted_by: &'static str,
    /// What happens then, as in "at 30 …", and the way back.
    pub consequence: &'static str,
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
