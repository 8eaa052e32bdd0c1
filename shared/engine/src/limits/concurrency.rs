//! How many calls are being made at the same time.
//!
//! Whoever finds no place is told a time of their own at which one should be free: if all of them came
//! back at once, one would find a place and the rest would have come in vain.

use super::call::CALL_MAX;
use crate::time::{Timestamp, after, until};
use std::collections::VecDeque;
use std::time::Duration;

/// A call that takes less is taken to last as long: a claim takes its time too.
const CALL_LEAST: Duration = Duration::from_millis(20);
/// A call that takes more, or of which nothing is known yet, is taken to last as long.
const CALL_MOST: Duration = Duration::from_secs(1);
/// The times that are given are no further ahead than this.
const AHEAD_MAX: Duration = Duration::from_secs(60);

/// The calls that are being made at the same time.
#[derive(Debug, Default)]
pub struct Concurrency {
    // When the calls that are being made were admitted, the oldest first.
    calls: VecDeque<Timestamp>,
    // How long the last call took.
    took: Option<Duration>,
    // The last time that was given to somebody who found no place.
    reserved: Option<Timestamp>,
}

impl Concurrency {
    /// When to ask again; `None`: there is a place.
    pub fn full_until(&mut self, most: u32, waits: bool, now: Timestamp) -> Option<Timestamp> {
        // A call from the future was admitted under a clock that ran ahead.
        let going_on = |at: &Timestamp| *at <= after(now, CALL_MAX) && after(*at, CALL_MAX) > now;
        self.calls.retain(going_on);
        (self.calls.len() >= most.max(1) as usize).then(|| match waits {
            true => after(now, self.usual()),
            false => self.reserve_time(most, now),
        })
    }

    /// How long a call takes.
    fn usual(&self) -> Duration {
        self.took.unwrap_or(CALL_MOST).clamp(CALL_LEAST, CALL_MOST)
    }

    /// A time of its own for a call that found no place: when one should be free.
    pub fn reserve_time(&mut self, most: u32, now: Timestamp) -> Timestamp {
        let usual = self.usual();
        let earliest = after(now, usual);
        let next = self.reserved.map_or(earliest, |reserved| after(reserved, usual / most.max(1)));
        let reserved_at = next.clamp(earliest, after(now, AHEAD_MAX));
        self.reserved = Some(reserved_at);
        reserved_at
    }

    /// A call begins.
    pub fn enter(&mut self, now: Timestamp) {
        self.calls.push_back(now);
    }

    /// A call ends.
    pub fn leave(&mut self, now: Timestamp) {
        if let Some(begun_at) = self.calls.pop_front() {
            self.took = Some(until(begun_at, now));
        }
    }
}
