//! What a second call would do to the other side, and what follows when an answer never came.
//!
//! Invariant: whether a call may be repeated is decided by these types alone, never by the text of
//! an error.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

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

/// What must stay the same while a try may have arrived: a digest of what a provider's file says of an action's effect.
/// Under another one a second call would go elsewhere, or not be known again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EffectIdentity(String);

impl EffectIdentity {
    /// That digest.
    pub(crate) fn new(digest: String) -> Self {
        Self(digest)
    }
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

/// Why an attempt did not succeed. What follows is decided by the variant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// The other side certainly did nothing, and may do it later: tried again.
    #[error("{reason}")]
    NotNow {
        /// For people.
        reason: String,
        /// How long the other side asked us to wait.
        wait: Option<Duration>,
    },
    /// The other side refused for good, or what we would send is wrong: the step fails.
    #[error("{reason}")]
    Refused {
        /// For people.
        reason: String,
    },
    /// It may have happened: what follows depends on the effect class.
    #[error("{reason}")]
    Unknown {
        /// For people.
        reason: String,
    },
    /// Only a person can repair it: credentials refused, a connection, secret or setting missing.
    /// The other side certainly did nothing.
    #[error("{reason}")]
    NeedsRepair {
        /// For people.
        reason: String,
    },
}

impl ActionError {
    /// The step's data cannot be sent: `code` such as `header_injection`, `place` the field.
    pub fn bad_data(code: &str, place: &str) -> Self {
        Self::Refused { reason: format!("{code}: {place}") }
    }

    /// The other side refused for good.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused { reason: reason.into() }
    }

    /// It may have happened.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown { reason: reason.into() }
    }

    /// The other side did nothing, and may do it later.
    pub fn not_now(reason: impl Into<String>, wait: Option<Duration>) -> Self {
        Self::NotNow { reason: reason.into(), wait }
    }

    /// Only a person can repair it.
    pub fn needs_repair(reason: impl Into<String>) -> Self {
        Self::NeedsRepair { reason: reason.into() }
    }
}

/// What a provider answers when it is asked whether an effect happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// It happened, and this is the step's output.
    Happened(Value),
    /// It certainly did not happen.
    DidNot,
    /// The provider cannot tell now; asked again later.
    CannotTell(String),
}
