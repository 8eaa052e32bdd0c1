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

pub use self::breaker::{Breaker, OpenBreaker, PROBE_EVERY, Room};
pub use self::bucket::Bucket;
pub use self::crowd::Crowd;
pub use self::quiet::Quiet;

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::ports::{
    Admission, Allowance, CallEnd, Caller, Limits, Standing, Unavailable,
};
use tradewind_engine::time::Timestamp;

/// No call takes longer; one whose end was not reported by then is over.
pub const CALL_MAX: Duration = Duration::from_secs(60);

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
    /// The connections that do not take any number of calls now, and how many they do take besides
    /// those that are `in_hand`: what waits for them is better left alone.
    pub fn rooms(
        &self,
        in_hand: &BTreeMap<ConnectionName, usize>,
        now: Timestamp,
    ) -> BTreeMap<ConnectionName, Room> {
        let mut connections = self.connections();
        let rooms = connections.iter_mut().filter_map(|(name, limit)| {
            let room = limit.room(in_hand.get(name).copied().unwrap_or_default(), now)?;
            Some((name.clone(), room))
        });
        rooms.collect()
    }

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
        caller: Caller,
        now: Timestamp,
    ) -> Result<Admission, Unavailable> {
        let mut connections = self.connections();
        let limit = connections.entry(connection.clone()).or_default();
        Ok(limit.admit(allowance, caller, now).map_or(Admission::Go, Admission::NotBefore))
    }

    async fn report(
        &self,
        connection: &ConnectionName,
        caller: Caller,
        end: CallEnd,
        now: Timestamp,
    ) -> Result<Standing, Unavailable> {
        let mut connections = self.connections();
        let limit = connections.get_mut(connection);
        Ok(limit.map_or(Standing::Up, |limit| limit.report(caller, end, now)))
    }

    async fn is_closed(
        &self,
        connection: &ConnectionName,
        now: Timestamp,
    ) -> Result<bool, Unavailable> {
        let connections = self.connections();
        Ok(connections.get(connection).is_some_and(|limit| limit.is_closed(now)))
    }
}

impl Limit {
    /// `None`: go; else when to ask again.
    fn admit(&mut self, allowance: Allowance, caller: Caller, now: Timestamp) -> Option<Timestamp> {
        if let Some(until) = self.quiet.until(now) {
            return Some(until);
        }
        if let Some(most) = allowance.concurrency
            && let Some(until) = self.crowd.full_until(most, now)
        {
            return Some(until);
        }
        if let Some(earliest) = self.breaker.held_until(now) {
            return Some(self.breaker.promise(earliest, now));
        }
        if let Some((calls, per)) = allowance.rate
            && let Some(until) = self.bucket.take(calls, per, now)
        {
            return Some(until);
        }
        self.breaker.go(caller, now);
        self.crowd.enter(now);
        None
    }

    fn report(&mut self, caller: Caller, end: CallEnd, now: Timestamp) -> Standing {
        self.crowd.leave(now);
        if let CallEnd::Limited(until) | CallEnd::Failed { quiet: Some(until) } = end {
            self.quiet.asked(until, now);
        }
        self.breaker.ended(caller, end, now)
    }

    fn room(&mut self, in_hand: usize, now: Timestamp) -> Option<Room> {
        match self.quiet.until(now) {
            Some(look_again) => Some(Room { calls: 0, look_again }),
            None => self.breaker.room(in_hand, now),
        }
    }

    fn is_closed(&self, now: Timestamp) -> bool {
        self.breaker.keeps_away(now) || self.quiet.until(now).is_some()
    }
}
