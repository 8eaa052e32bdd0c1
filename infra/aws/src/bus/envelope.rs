//! The form in which an event crosses bus and queues: as base64, because a queue refuses some
//! characters and the bus may turn an escaped one into such.
//!
//! Invariant: nothing in an envelope but the base64 comes from outside unchanged.

use crate::blobs::Blobs;
use crate::packing::{pack, unpack};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use tradewind_engine::digests::hex;
use tradewind_engine::events::Event;
use tradewind_engine::ports::Unavailable;

/// The version of the envelope.
const ENVELOPE_VERSION: u32 = 1;
/// A body up to this long stays within one billing unit of the bus, 64 KB, as base64.
const RAW_BYTES_MAX: usize = 48 * 1024;
/// The longest envelope; 256 KB is the least that any of the services takes.
const ENVELOPE_BYTES_MAX: usize = 200_000;
/// The longest event that is unpacked: a body of 4.4 MB stands in it twice, once as base64.
const EVENT_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// The longest id that is shown as it is.
const ID_BYTES_MAX: usize = 200;

/// An event on its way.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    v: u32,
    // Of these two nothing is made; they are for people who look into the bus.
    id: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blob: Option<Claim>,
}

/// Where the event is that its envelope could not hold.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    key: String,
    sha256: String,
}

/// An envelope as text, with what stands on it.
#[derive(Debug)]
pub(super) struct Sealed {
    /// Whom it is for.
    pub(super) source: &'static str,
    /// What happened.
    pub(super) name: String,
    /// The envelope.
    pub(super) text: String,
}

/// What has to be in S3 before the envelope is sent.
pub(super) struct Blob {
    pub(super) key: String,
    pub(super) bytes: Bytes,
}

/// An event, ready to be sent.
pub(super) struct Wrapped {
    pub(super) sealed: Sealed,
    pub(super) blob: Option<Blob>,
    /// The same without the blob, where it can be done at a higher price.
    pub(super) without_blob: Option<Sealed>,
}

/// Why an envelope gives no event.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    /// It never will: it belongs into the dead letters.
    #[error("{0}")]
    Damaged(String),
    /// A newer version has sent it: it waits until this side has caught up.
    #[error("an envelope of version {0} is not known here")]
    Unknown(u64),
    /// S3 did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Envelope {
    /// Packs the event.
    pub(super) fn wrap(event: &Event) -> Wrapped {
        let bytes = pack(&serde_json::to_vec(event).expect("an event is plain data"));
        let inline = Self { event: Some(STANDARD.encode(&bytes)), ..Self::of(event) }.seal();
        let raw_bytes = event.raw.as_ref().map_or(0, |base64| base64.len() / 4 * 3);
        let fits = inline.text.len() <= ENVELOPE_BYTES_MAX;
        if fits && raw_bytes <= RAW_BYTES_MAX {
            return Wrapped { sealed: inline, blob: None, without_blob: None };
        }
        let sha256 = hex(digest(&SHA256, &bytes).as_ref());
        let key = format!("events/{sha256}");
        let claim = Claim { key: key.clone(), sha256 };
        Wrapped {
            sealed: Self { blob: Some(claim), ..Self::of(event) }.seal(),
            blob: Some(Blob { key, bytes: bytes.into() }),
            without_blob: fits.then_some(inline),
        }
    }

    /// The JSON of the event in the envelope.
    pub async fn open(text: &str, blobs: &Blobs) -> Result<String, Unopened> {
        let envelope = Self::read(text)?;
        let bytes = match (envelope.event, envelope.blob) {
            (Some(event), None) => {
                STANDARD.decode(event).map_err(|_| damaged("the event is not base64"))?.into()
            }
            (None, Some(claim)) => claim.fetch(blobs).await?,
            _ => return Err(damaged("an envelope holds either an event or where it is")),
        };
        let json = unpack(&bytes, EVENT_BYTES_MAX).and_then(|json| String::from_utf8(json).ok());
        json.ok_or_else(|| damaged("the event cannot be unpacked"))
    }

    /// Whether the event is in the bucket, because it is too long for a message.
    pub fn is_claim(text: &str) -> bool {
        text.contains("\"blob\"") && Self::read(text).is_ok_and(|envelope| envelope.blob.is_some())
    }

    fn read(text: &str) -> Result<Self, Unopened> {
        let not_one = |error| damaged(&format!("not an envelope: {error}"));
        let mut value: serde_json::Value = serde_json::from_str(text).map_err(not_one)?;
        // The rule's own dead letters hold the entry of the bus around it.
        if value.get("detail-type").is_some() {
            value = value["detail"].take();
        }
        match value["v"].as_u64() {
            Some(v) if v > u64::from(ENVELOPE_VERSION) => Err(Unopened::Unknown(v)),
            _ => serde_json::from_value(value).map_err(not_one),
        }
    }

    fn of(event: &Event) -> Self {
        let (id, name) = (shown(event.id.as_str()), event.name.clone());
        Self { v: ENVELOPE_VERSION, id, name, event: None, blob: None }
    }

    fn seal(self) -> Sealed {
        let text = serde_json::to_string(&self).expect("an envelope is plain data");
        Sealed { source: super::SOURCE, name: self.name, text }
    }
}

impl Sealed {
    /// What the services count.
    pub(super) fn bytes(&self) -> usize {
        self.source.len() + self.name.len() + self.text.len()
    }
}

impl Claim {
    async fn fetch(&self, blobs: &Blobs) -> Result<Bytes, Unopened> {
        let Some(bytes) = blobs.get(&self.key).await? else {
            return Err(damaged(&format!(
                "the event was in {}, and is not there any more",
                self.key
            )));
        };
        if hex(digest(&SHA256, &bytes).as_ref()) == self.sha256 {
            Ok(bytes)
        } else {
            Err(damaged(&format!("what is in {} is not what was put there", self.key)))
        }
    }
}

/// A provider's id may hold anything.
fn shown(id: &str) -> String {
    if id.len() <= ID_BYTES_MAX && id.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        id.to_owned()
    } else {
        format!("sha256:{}", hex(digest(&SHA256, id.as_bytes()).as_ref()))
    }
}

fn damaged(reason: &str) -> Unopened {
    Unopened::Damaged(reason.to_owned())
}
