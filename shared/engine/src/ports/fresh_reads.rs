//! Reading afresh how things stand at another provider, right before a step acts: what `only_if_still` asks for.
//!
//! Invariant: whoever reads keeps the secrets that it takes, and the answer holds none of them.

use crate::ids::{ConnectionName, RunId, StepPath};
use crate::time::Timestamp;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which order is read, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreshRead {
    /// Through which connection.
    pub connection: ConnectionName,
    /// The provider's id of the order.
    pub order: String,
    /// The run that asks.
    pub run: RunId,
    /// Its step.
    pub step: StepPath,
    /// Under which claim.
    pub fence: u32,
    /// After that an answer is of no use.
    pub until: Timestamp,
}

/// Why nothing was read. The step that asks has done nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NotRead {
    /// A limit or an open breaker of the connection holds the read back.
    #[error("held back")]
    HeldBack {
        /// Until then.
        until: Timestamp,
    },
    /// It may be read later.
    #[error("{reason}")]
    NotNow {
        /// For people.
        reason: String,
    },
    /// It was refused for good: there is no such order.
    #[error("{reason}")]
    Refused {
        /// For people.
        reason: String,
    },
    /// Only a person can repair it: credentials refused, a connection or secret missing.
    #[error("{reason}")]
    NeedsRepair {
        /// For people.
        reason: String,
    },
}

/// Where orders are read.
#[async_trait]
pub trait FreshReads: Send + Sync {
    /// What stands below `now`: the output of `order.get`.
    async fn read_afresh(&self, asked: &FreshRead) -> Result<Value, NotRead>;
}
