//! Who changed what, and the answers already given to repeated requests.

use crate::stored::StoredForm;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One change made through the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// When.
    pub at: Timestamp,
    /// Who: the name of the token.
    pub actor: String,
    /// What, such as `run.replay`.
    pub action: String,
    /// On what, such as a run's id.
    pub subject: String,
    /// Details without secrets or personal data.
    pub detail: String,
}

impl StoredForm for AuditLine {
    const KIND: &'static str = "line of the audit log";
    const VERSION: u32 = 1;
}

/// An answer that was given under an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Digest of the request.
    pub request: String,
    /// Status.
    pub status: u16,
    /// Body.
    pub body: String,
}

impl StoredForm for Reply {
    const KIND: &'static str = "answer to a request";
    const VERSION: u32 = 1;
}
