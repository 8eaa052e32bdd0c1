//! A token bucket that needs one number: the moment at which it would be full again.
//!
//! Invariant: any window of `per` sees at most `calls` admissions. The burst is taken out of the
//! sustained rate for that: a bucket that held all of `calls` would let twice as many through.

use crate::time::{Timestamp, after, until};
use std::time::Duration;

/// One in so many calls may come in a burst.
const BURST_SHARE: u32 = 5;
/// Callers who are held back are given times of their own, but none further ahead than this.
const AHEAD_MAX: Duration = Duration::from_secs(5 * 60);

/// A token bucket.
#[derive(Debug, Default)]
pub struct Bucket {
    full_at: Option<Timestamp>,
    // The last time that was given to somebody who was held back.
    reserved: Option<Timestamp>,
}

impl Bucket {
    /// Takes a token; `Some`: there is none before then. Whoever `waits` on the spot is told when the next token
    /// comes, anybody else a time of its own.
    pub fn take_token(
        &mut self,
        calls: u32,
        per: Duration,
        waits: bool,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let calls = calls.max(1);
        let burst = (calls / BURST_SHARE).max(1);
        let interval = per / (calls - burst + 1);
        // Further ahead than an empty bucket can be, it was left by another clock or allowance: it
        // counts as empty from now on.
        let empty_at = after(now, interval * burst);
        let full_at = self.full_at.unwrap_or(now).clamp(now, empty_at);
        self.full_at = Some(full_at);
        let missing = until(now, full_at).saturating_sub(interval * (burst - 1));
        if missing.is_zero() {
            self.full_at = Some(after(full_at, interval));
            return None;
        }
        let earliest = after(now, missing);
        if waits {
            return Some(earliest);
        }
        let next = self.reserved.map_or(earliest, |reserved| after(reserved, interval));
        let reserved_at = next.clamp(earliest, after(earliest, AHEAD_MAX));
        self.reserved = Some(reserved_at);
        Some(reserved_at)
    }
}
