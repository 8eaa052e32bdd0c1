//! Tokens as people see them: by name and scope. What they are is shown once, when they are made.

use serde::{Deserialize, Serialize};
use tradewind_engine::time::Timestamp;
use utoipa::ToSchema;

/// What a token may do. Each may do what those before it may.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Look at everything.
    Read,
    /// Replay, resolve, approve, cancel, dismiss, pause, resume, redrive, trigger and start again.
    Act,
    /// Apply a project or a workflow.
    Apply,
}

impl Scope {
    /// All of them, the smallest first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Act, Self::Apply];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Act => "act",
            Self::Apply => "apply",
        }
    }
}

/// The tokens of the admin API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenList {
    /// The tokens, by name.
    pub tokens: Vec<TokenSummary>,
}

/// A token of the admin API. What it is, nobody can be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenSummary {
    /// Its name, which the audit log shows.
    pub name: String,
    /// What it may do.
    pub scope: Scope,
    /// When it was made, where that is known.
    pub created_at: Option<Timestamp>,
    /// From when on it opens nothing; nothing where it does not expire.
    pub expires_at: Option<Timestamp>,
    /// Whether it opens nothing any more.
    pub expired: bool,
}
