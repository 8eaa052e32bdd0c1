//! The tokens that hold, wherever they are kept.

use super::{Grant, TokenDigest, TokenName};
use async_trait::async_trait;
use std::sync::Arc;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::Timestamp;

/// Where tokens are kept. Each runtime has its own place.
#[async_trait]
pub trait Grants: Send + Sync {
    /// Those that hold now. One that was removed is gone from it at once, or as soon as the runtime
    /// promises.
    async fn known(&self) -> ReadableGrants;
}

/// The tokens that hold, as far as they can be read.
#[derive(Clone, Debug, Default)]
pub struct ReadableGrants {
    /// The tokens.
    pub grants: Arc<[Grant]>,
    /// Why there may be more, which nobody can be asked for now.
    pub unread: Option<Unavailable>,
}

/// Why somebody does not get in.
#[derive(Debug)]
pub(crate) enum NoGrant {
    /// There is no such token.
    Wrong,
    /// There was one.
    Expired(TokenName),
    /// There may be one.
    Unread,
}

impl ReadableGrants {
    /// What that token may do. Every grant is looked at, so that the time says nothing.
    pub(crate) fn find(&self, given: &TokenDigest, now: Timestamp) -> Result<&Grant, NoGrant> {
        let mut found = None;
        for grant in &*self.grants {
            if grant.sha256.is(given) {
                found = Some(grant);
            }
        }
        match (found, &self.unread) {
            (Some(grant), _) if grant.has_expired(now) => Err(NoGrant::Expired(grant.name.clone())),
            (Some(grant), _) => Ok(grant),
            (None, Some(_)) => Err(NoGrant::Unread),
            (None, None) => Err(NoGrant::Wrong),
        }
    }
}
