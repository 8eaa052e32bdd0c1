//! What a provider's endpoint is: what it takes, whom it trusts, and what it makes of a request. One is written in
//! Rust, as a [`TriggerEndpoint`], or described by the provider's file.

use super::refusal::Refusal;
use crate::settings::GivenSettings;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};
use tradewind_engine::descriptions::Description;
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
    /// Whether it comes from the provider's test mode, where that is not said of the whole delivery.
    pub test: Option<bool>,
    /// By what it is known again.
    pub known_by: KnownBy,
}

/// By what an event is known when it comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownBy {
    /// By the delivery that tells of it.
    Delivery,
    /// By this, for one of several that a delivery tells of.
    Item(String),
    /// By this, whichever delivery and topic tell of it: there is only one such event of it.
    Once(String),
}

impl Happening {
    /// An event with its data, a struct of `crate::events`.
    pub fn new(event: &'static str, data: &impl Serialize) -> Self {
        let data = serde_json::to_value(data).expect("event data has texts as keys");
        let Value::Object(data) = data else { unreachable!("event data is a struct") };
        Self { event, data, test: None, known_by: KnownBy::Delivery }
    }
}

/// How a provider's webhooks are received.
pub trait Endpoint: Send + Sync {
    /// The methods it takes, those of its handshake too.
    fn methods(&self) -> &[Method];
    /// Whether an empty body is a delivery.
    fn empty_body(&self) -> bool;
    /// Whether a form is a body of its own right; [`content`](super::content()) reads it.
    fn forms(&self) -> bool;
    /// The topics that mean something to us, with the events that they become.
    fn topics(&self) -> Vec<Topic<'_>>;
    /// The settings that receiving needs; a secret that only acting needs closes no endpoint.
    fn settings(&self) -> Vec<&str>;
    /// Checks that the provider sent it; runs over the raw bytes, before anything is parsed. What the
    /// headers alone decide, such as a signature that is missing, is decided before the body is read,
    /// so `SignatureInvalid` is all that a body may be the cause of.
    fn verify(
        &self,
        given: &GivenSettings,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<(), Refusal>;
    /// Whether what cannot be read is kept with the header of that name, in lower case: `read` may look at it.
    fn keeps_header(&self, name: &str) -> bool;
    /// What `read` may look at of the query, as a query of its own: what cannot be read is kept with it.
    fn kept_query(&self, delivery: &Delivery) -> String;
    /// The provider's name for what happened, as far as it can be told of a delivery that cannot be read.
    fn topic(&self, given: &GivenSettings, delivery: &Delivery) -> Option<String>;
    /// Says what a delivery means that was accepted at that time.
    fn read(
        &self,
        given: &GivenSettings,
        delivery: &Delivery,
        accepted_at: Timestamp,
    ) -> Result<Reading, Refusal>;
    /// The answer to a request by which its senders try the address before they send anything. Such
    /// requests are not signed: the answer may hold nothing but what was asked.
    fn handshake(&self, delivery: &Delivery) -> Option<Answer>;
    /// Whether a form without a signature may be such a request: only then is its body read for it.
    fn is_tried_by_form(&self, head: &Delivery) -> bool;
    /// What is wrong with one text as a secret, such as a public key.
    fn secret_fault(&self, text: &str) -> Option<&'static str>;
    /// When its sender stops sending.
    fn gives_up(&self) -> Option<GivesUp>;
    /// What the provider's file says, where one describes it.
    fn described(&self) -> Option<&Description>;
}

/// An endpoint that is written in Rust.
#[derive(Clone, Copy)]
pub struct TriggerEndpoint {
    /// The methods it takes, those of its handshake too.
    pub methods: &'static [Method],
    /// Whether an empty body is a delivery.
    pub empty_body: bool,
    /// Whether a form is a body of its own right; [`content`](super::content()) reads it.
    pub forms: bool,
    /// The topics that mean something to us, with the events that they become.
    pub topics: &'static [Topic<'static>],
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

impl Endpoint for TriggerEndpoint {
    fn methods(&self) -> &[Method] {
        self.methods
    }

    fn empty_body(&self) -> bool {
        self.empty_body
    }

    fn forms(&self) -> bool {
        self.forms
    }

    fn topics(&self) -> Vec<Topic<'_>> {
        self.topics.to_vec()
    }

    fn settings(&self) -> Vec<&str> {
        self.settings.to_vec()
    }

    fn verify(
        &self,
        given: &GivenSettings,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        (self.verify)(given, delivery, now)
    }

    fn keeps_header(&self, name: &str) -> bool {
        self.headers.contains(&name)
    }

    fn kept_query(&self, _: &Delivery) -> String {
        String::new()
    }

    fn topic(&self, _: &GivenSettings, delivery: &Delivery) -> Option<String> {
        (self.topic)(delivery).map(str::to_owned)
    }

    fn read(
        &self,
        _: &GivenSettings,
        delivery: &Delivery,
        _: Timestamp,
    ) -> Result<Reading, Refusal> {
        (self.read)(delivery)
    }

    fn handshake(&self, delivery: &Delivery) -> Option<Answer> {
        (self.handshake?)(delivery)
    }

    fn is_tried_by_form(&self, _: &Delivery) -> bool {
        false
    }

    fn secret_fault(&self, text: &str) -> Option<&'static str> {
        (self.secret_fault)(text)
    }

    fn gives_up(&self) -> Option<GivesUp> {
        self.gives_up
    }

    fn described(&self) -> Option<&Description> {
        None
    }
}

/// The answer to a request that tries an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Sent as plain text.
    pub text: String,
}

impl Answer {
    /// An answer with 200.
    pub fn ok(text: String) -> Self {
        Self { status: StatusCode::OK, text }
    }
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
pub struct Topic<'a> {
    /// Such as `orders.place`.
    pub name: &'a str,
    /// Such as `order.placed`.
    pub event: &'a str,
    /// What the provider should be asked to include in the payloads of this topic.
    pub include: &'static [&'static str],
}
