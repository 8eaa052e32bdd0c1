//! What a provider tells of: deliveries, whether they are the vendor's, and the events in them.

use super::{Form, TextForm};
use crate::expressions::Expression;
use crate::problems::Place;
use std::time::Duration;

/// What happens with a delivery.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Where it begins.
    pub place: Place,
    /// Deliveries that are answered at once and lead to nothing.
    pub answers: Vec<Handshake>,
    /// Whether a delivery is the vendor's.
    pub verify: Verify,
    /// What it is about; expressions see it as `delivery.topic`.
    pub topic: Option<Form>,
    /// What tells it from every other: one text, or several that are joined.
    pub id: Vec<Form>,
    /// Whether it comes from a test.
    pub test: Form,
    /// The list in it of which each item is an event.
    pub items: Option<Expression>,
    /// The events.
    pub events: Vec<Mapping>,
    /// What is read after a thin delivery; expressions see the answer as `read`.
    pub enrich: Option<Enrich>,
}

impl Trigger {
    /// All expressions that see a delivery.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let forms = self.topic.iter().chain(&self.id).chain([&self.test]);
        let of_mappings = self.events.iter().flat_map(|mapping| {
            let Mapping { condition, once, since, data, .. } = mapping;
            let since = since.iter().map(|since| &since.of);
            let forms = once.iter().chain([data]).flat_map(Form::expressions);
            condition.iter().chain(since).chain(forms)
        });
        forms.flat_map(Form::expressions).chain(&self.items).chain(of_mappings)
    }
}

/// A delivery that is answered at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// Where it begins.
    pub place: Place,
    /// Its method, in capitals; any where none is named.
    pub method: Option<String>,
    /// Parameters that its query has.
    pub query: Vec<String>,
    /// Fields that its form has.
    pub form: Vec<String>,
    /// The status of our answer.
    pub status: u16,
    /// The parameter or field whose value is our answer.
    pub echo: Option<String>,
}

/// Whether a delivery is the vendor's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verify {
    /// By a digest of it with a secret.
    Hmac(Box<Hmac>),
    /// By the scheme of standardwebhooks.com.
    StandardWebhooks {
        /// The setting with the secret.
        key: String,
        /// Where that name stands.
        place: Place,
    },
    /// By a secret that stands in it.
    SharedSecret {
        /// Where.
        sent: SecretIn,
        /// The setting with the secret.
        key: String,
        /// Where that name stands.
        place: Place,
    },
    /// By one that is written in Rust.
    Named {
        /// Its name.
        name: String,
        /// What it is told: settings by their names.
        settings: Vec<(String, String, Place)>,
        /// Where its name stands.
        place: Place,
    },
}

/// Where a shared secret stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretIn {
    /// In a header.
    Header(String),
    /// In a parameter of the query.
    Query(String),
    /// As the last segment of the path.
    Path,
    /// As the password of `Authorization: Basic`.
    Basic,
    /// In `Authorization: Bearer`.
    Bearer,
}

/// The parameters of a signature by HMAC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hmac {
    /// The header with the signature.
    pub header: String,
    /// What stands before the signature there.
    pub prefix: Option<String>,
    /// Where the header holds `name=value` pairs: the name of the signature's, and of the time's.
    pub pairs: Option<(String, Option<String>)>,
    /// What stands between pairs, or between signatures of which any may fit.
    pub separator: Option<String>,
    /// The setting with the secret.
    pub key: String,
    /// Where that name stands.
    pub key_place: Place,
    /// How the secret is written.
    pub decode: Decoding,
    /// The header with the time, where it is not in the pairs.
    pub timestamp: Option<String>,
    /// The header with the id.
    pub id: Option<String>,
    /// What is signed, one after the other.
    pub over: Vec<Signed>,
    /// The digest.
    pub hash: Digest,
    /// How the signature is written.
    pub encoding: Encoding,
    /// How far its time may be from ours.
    pub tolerance: Option<Duration>,
}

/// A piece of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// The method.
    Method,
    /// The whole address.
    Url,
    /// The path.
    Path,
    /// The time.
    Timestamp,
    /// The id.
    Id,
    /// The body.
    Body,
    /// As it is written.
    Literal(String),
}

/// How a secret is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoding {
    /// As it is.
    Text,
    /// In hexadecimal digits.
    Hex,
    /// In base64.
    Base64,
    /// With references of HTML for the characters that have one.
    Html,
}

/// A digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// In hexadecimal digits.
    Hex,
    /// In base64.
    Base64,
}

/// A delivery as one of our events.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Where it begins.
    pub place: Place,
    /// The topics that it is for, with their places; any delivery where none is named.
    pub topics: Vec<(String, Place)>,
    /// What must hold besides.
    pub condition: Option<Expression>,
    /// The event.
    pub event: String,
    /// Where its name stands.
    pub event_place: Place,
    /// Of what there is one such event, however often it is told.
    pub once: Option<Form>,
    /// What happened long ago is no event.
    pub since: Option<Since>,
    /// The event's data.
    pub data: Form,
}

/// How old something may be.
#[derive(Clone, Debug)]
pub struct Since {
    /// When it happened.
    pub of: Expression,
    /// How many days ago at most.
    pub days: u32,
}

/// What is read after a delivery that says too little.
#[derive(Clone, Debug)]
pub struct Enrich {
    /// Where it begins.
    pub place: Place,
    /// What is read, behind the base address.
    pub path: TextForm,
}
