//! Keeping below what a provider allows, and away from a connection that is down.

use super::Unavailable;
use crate::ids::ConnectionName;
use crate::limits::{Admission, Allowance, CallEnd, Caller, Standing};
use crate::time::Timestamp;
use async_trait::async_trait;

/// Rate limits, concurrency and breakers by connection.
#[async_trait]
pub trait Limits: Send + Sync {
    /// Asks for one call.
    async fn admit(
        &self,
        connection: &ConnectionName,
        allowance: Allowance,
        caller: Caller,
        now: Timestamp,
    ) -> Result<Admission, Unavailable>;
    /// Reports the end of an admitted call.
    async fn report(
        &self,
        connection: &ConnectionName,
        caller: Caller,
        end: CallEnd,
        now: Timestamp,
    ) -> Result<Standing, Unavailable>;
    /// Whether calls are kept away from the connection now, so that what waits for it can be left alone.
    async fn is_closed(
        &self,
        connection: &ConnectionName,
        now: Timestamp,
    ) -> Result<bool, Unavailable>;
}
