//! All that holds for one connection together: what its provider allows, and whether it answers.

use super::breaker::{Breaker, Capacity};
use super::bucket::Bucket;
use super::call::{Allowance, CallEnd, Caller, Standing};
use super::concurrency::Concurrency;
use super::quiet::Quiet;
use crate::time::Timestamp;

/// What one connection may do now.
#[derive(Debug, Default)]
pub struct ConnectionLimits {
    bucket: Bucket,
    breaker: Breaker,
    quiet: Quiet,
    concurrency: Concurrency,
}

impl ConnectionLimits {
    /// `None`: go; else when to ask again.
    pub fn admit(
        &mut self,
        allowance: Allowance,
        caller: Caller,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if let Some(until) = self.quiet.until(now) {
            return Some(until);
        }
        if let Some(most) = allowance.concurrency
            && let Some(until) = self.concurrency.full_until(most, allowance.waits, now)
        {
            return Some(until);
        }
        if let Some(earliest) = self.breaker.held_until(now) {
            return Some(match allowance.waits {
                true => earliest,
                false => self.breaker.reserve_time(earliest, now),
            });
        }
        if let Some((calls, per)) = allowance.rate
            && let Some(until) = self.bucket.take_token(calls, per, allowance.waits, now)
        {
            return Some(until);
        }
        self.breaker.go(caller, now);
        self.concurrency.enter(now);
        None
    }

    /// An admitted call has ended.
    pub fn report(&mut self, caller: Caller, end: CallEnd, now: Timestamp) -> Standing {
        self.concurrency.leave(now);
        if let CallEnd::Limited(until) | CallEnd::Failed { quiet: Some(until) } = end {
            self.quiet.asked(until, now);
        }
        self.breaker.ended(caller, end, now)
    }

    /// How many calls it takes besides those that are `in_flight`; `None`: any number.
    pub fn capacity(&mut self, in_flight: usize, now: Timestamp) -> Option<Capacity> {
        match self.quiet.until(now) {
            Some(look_again) => Some(Capacity { calls: 0, look_again }),
            None => self.breaker.capacity(in_flight, now),
        }
    }

    /// Whether calls are kept away from it now.
    pub fn is_closed(&self, now: Timestamp) -> bool {
        self.breaker.keeps_away(now) || self.quiet.until(now).is_some()
    }

    #[cfg(test)]
    pub(super) fn forget_reserved_times(&mut self) {
        self.breaker.forget_reserved_times();
    }
}
