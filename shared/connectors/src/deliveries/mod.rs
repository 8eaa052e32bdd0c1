//! Incoming requests: what they look like, why one is refused, and how a provider's endpoint is
//! described.
//!
//! Invariant: a signature is checked over the bytes exactly as received, or over what those unpack to,
//! before anything is parsed.

mod content;
pub(crate) mod endpoint;
pub mod forms;
mod gate;
pub mod json;
mod packed;
mod refusal;
mod secrets;
pub mod signature;
pub mod standard_webhooks;

pub use content::content;
pub use endpoint::{
    Answer, Delivery, Endpoint, GivesUp, Happening, KnownBy, Reading, Topic, TriggerEndpoint,
};
pub(crate) use gate::KEPT_BYTES_MAX;
pub use gate::{
    admit, check_head, kept_headers, not_ready, reread_verified, secret_faults, verify_and_read,
};
pub use refusal::Refusal;
pub use secrets::{SECRETS_MAX, WebhookSecrets};
