//! What somebody was allowed, and the forms in which that is kept.

use super::{TokenDigest, TokenName};
use crate::types::{Scope, TokenSummary};
use serde::{Deserialize, Serialize};
use tradewind_engine::stored::StoredForm;
use tradewind_engine::time::Timestamp;

/// A token by its name, and what it may do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Its name.
    pub name: TokenName,
    /// What it may do.
    pub scope: Scope,
    /// How it is known.
    pub sha256: TokenDigest,
    /// When it was made, where that is known.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// From when on it opens nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// The tokens of a data directory, all in one file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredGrants {
    /// The version of the form.
    pub v: u32,
    /// The tokens.
    pub tokens: Vec<Grant>,
}

/// A token where its name is said by the place.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredGrant {
    /// The version of the form.
    pub v: u32,
    /// What it may do.
    pub scope: Scope,
    /// How it is known.
    pub sha256: TokenDigest,
    /// When it was made, where that is known.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// From when on it opens nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl StoredForm for StoredGrants {
    const KIND: &'static str = "list of tokens";
    const VERSION: u32 = 1;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}

impl StoredForm for StoredGrant {
    const KIND: &'static str = "token";
    const VERSION: u32 = 1;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}

impl Grant {
    /// The token that a runtime makes by itself, which may do everything. One without a character
    /// opens nothing.
    pub fn own(name: TokenName, token: &str) -> Option<Self> {
        let sha256 = TokenDigest::of(token);
        let grant = Self { name, scope: Scope::Apply, sha256, created_at: None, expires_at: None };
        (!token.is_empty()).then_some(grant)
    }

    /// The token of that name, as it is kept.
    pub fn stored(name: TokenName, stored: StoredGrant) -> Self {
        let StoredGrant { v: _, scope, sha256, created_at, expires_at } = stored;
        Self { name, scope, sha256, created_at, expires_at }
    }

    /// The form in which its place says its name.
    pub fn without_name(self) -> StoredGrant {
        let Self { name: _, scope, sha256, created_at, expires_at } = self;
        StoredGrant { v: StoredGrant::VERSION, scope, sha256, created_at, expires_at }
    }

    /// Whether it opens nothing any more.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// What people may see of it.
    pub fn summary(&self, now: Timestamp) -> TokenSummary {
        TokenSummary {
            name: self.name.to_string(),
            scope: self.scope,
            created_at: self.created_at,
            expires_at: self.expires_at,
            expired: self.has_expired(now),
        }
    }
}
