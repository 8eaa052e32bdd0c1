//! Keeping below what a provider allows, and away from one that is down.

use super::Unavailable;
use crate::ids::ConnectionName;
use crate::time::Timestamp;
use async_trait::async_trait;
use std::time::Duration;

/// What a connection may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// So many calls within so long; `None`: no limit is known.
    pub rate: Option<(u32, Duration)>,
    /// So many calls at the same time; `None`: any.
    pub concurrency: Option<u32>,
}

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may; its end must be reported.
    Go,
    /// Not before then.
    NotBefore(Timestamp),
}

/// How an admitted call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// The provider answered, whatever it said.
    Answered,
    /// The provider is down: nothing, or a 5xx.
    Down,
    /// The provider asked for quiet until then.
    Limited(Timestamp),
    /// Nobody was called after all, which says nothing about the provider.
    NotMade,
}

/// Rate limits, concurrency and breakers by connection.
#[async_trait]
pub trait Limits: Send + Sync {
    /// Asks for one call.
    async fn admit(
        &self,
        connection: &ConnectionName,
        allowance: Allowance,
        now: Timestamp,
    ) -> Result<Admission, Unavailable>;
    /// Reports the end of an admitted call.
    async fn report(
        &self,
        connection: &ConnectionName,
        end: CallEnd,
        now: Timestamp,
    ) -> Result<(), Unavailable>;
}
