//! What a second call would do to the other side, and what follows when an answer never came.
//!
//! Invariant: whether a call may be repeated is decided by these types alone, never by the text of
//! an error.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a second call of the same action would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    /// The provider honours our idempotency key for a while.
    Keyed,
    /// Idempotent by nature: set a state, upsert by our reference, read.
    Natural,
    /// Not idempotent, but the provider can be asked whether it happened.
    Queryable,
    /// Neither: mail, chat, SMS.
    Neither,
}

/// What a step does when an answer never came and nobody can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// At most once: the run is parked until a person decides.
    Hold,
    /// At least once: the step is tried again.
    Retry,
}
