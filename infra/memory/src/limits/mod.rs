//! Rate limits, concurrency and breakers of a single process.
//!
//! Invariant: nothing that is remembered holds a connection back for longer than the provider asked
//! for or the breaker may; a state left by a clock that ran ahead, or by a call whose end was never
//! reported, wears off by itself.

mod breaker;
mod bucket;
mod crowd;
mod quiet;
#[cfg(test)]
mod tests;

pub use self::breaker::{Breaker, OpenBreaker};
pub use self::bucket::Bucket;
pub use self::crowd::Crowd;
pub use self::quiet::Quiet;

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::ports::{Admission, Allowance, CallEnd, Limits, Unavailable};
use tradewind_engine::time::Timestamp;

/// No call takes longer; one whose end was not reported by then is over.
pub const CALL_MAX: Duration = Duration::from_secs(60);
/// When to ask again while the probe of a breaker is on its way.
pub const PROBE_PAUSE: Duration = Duration::from_secs(5);

/// What each connection may do now.
#[derive(Default)]
pub struct MemoryLimits {
    connections: Mutex<BTreeMap<ConnectionName, Limit>>,
}

#[derive(Default)]
struct Limit {
    bucket: Bucket,
    breaker: Breaker,
    quiet: Quiet,
    crowd: Crowd,
}

impl MemoryLimits {
    fn connections(&self) -> MutexGuard<'_, BTreeMap<ConnectionName, Limit>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Limits for MemoryLimits {
    async fn admit(
        &self,
        connection: &ConnectionName,
        allowance: Allowance,
        now: Timestamp,
    ) -> Result<Admission, Unavailable> {
        let mut connections = self.connections();
        let limit = connections.entry(connection.clone()).or_default();
        Ok(limit.admit(allowance, now).map_or(Admission::Go, Admission::NotBefore))
    }

    async fn report(
        &self,
        connection: &ConnectionName,
        end: CallEnd,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        if let Some(limit) = self.connections().get_mut(connection) {
            limit.report(end, now);
        }
        Ok(())
    }
}

impl Limit {
    /// `None`: go; else when to ask again. The breaker is asked last: it gives its one probe away.
    fn admit(&mut self, allowance: Allowance, now: Timestamp) -> Option<Timestamp> {
        if let Some(until) = self.quiet.until(now) {
            return Some(until);
        }
        if let Some(most) = allowance.concurrency
            && let Some(until) = self.crowd.full_until(most, now)
        {
            return Some(until);
        }
        if let Some(until) = self.breaker.closed_until(now) {
            return Some(until);
        }
        if let Some((calls, per)) = allowance.rate
            && let Some(until) = self.bucket.take(calls, per, now)
        {
            return Some(until);
        }
        self.breaker.go(now);
        self.crowd.enter(now);
        None
    }

    fn report(&mut self, end: CallEnd, now: Timestamp) {
        self.crowd.leave(now);
        match end {
            CallEnd::Answered => self.breaker.answered(),
            CallEnd::Down => self.breaker.down(now),
            CallEnd::NotMade => self.breaker.not_made(),
            CallEnd::Limited(until) => {
                self.breaker.answered();
                self.quiet.asked(until, now);
            }
        }
    }
}
