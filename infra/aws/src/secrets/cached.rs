//! How long a secret that was read is taken from memory.

use secrecy::ExposeSecret as _;
use std::time::Duration;
use tradewind_engine::ports::SecretText;
use tradewind_engine::time::{Timestamp, after};

/// How long a value is taken from memory.
const KEPT_FOR: Duration = Duration::from_secs(60);
/// How long it is remembered that there is none: whoever sets it waits for it.
const NONE_KEPT_FOR: Duration = Duration::from_secs(5);
/// Whoever wants it fresh gets it fresh, but not more often than this: a wrong secret makes everybody
/// want it.
const FRESH_EVERY: Duration = Duration::from_secs(60);
/// How long a store that did not answer is not asked again.
const PAUSE: Duration = Duration::from_secs(5);

/// A secret as it was read.
pub(super) struct CachedSecret {
    pub(super) value: Option<SecretText>,
    lasts_until: Timestamp,
    fresh_again_at: Timestamp,
}

impl CachedSecret {
    /// It was read just now.
    pub(super) fn read(
        value: Option<SecretText>,
        before: Option<&Self>,
        fresh: bool,
        now: Timestamp,
    ) -> Self {
        let keep = match &value {
            // It was refused and has not changed: whoever replaces it waits for it.
            Some(value) if fresh && before.is_some_and(|before| before.is(value)) => Duration::ZERO,
            Some(_) => KEPT_FOR,
            None => NONE_KEPT_FOR,
        };
        let fresh_again_at = match before {
            _ if fresh => after(now, FRESH_EVERY),
            Some(before) => before.fresh_again_at,
            None => now,
        };
        Self { value, lasts_until: after(now, keep), fresh_again_at }
    }

    fn is(&self, value: &SecretText) -> bool {
        self.value.as_ref().is_some_and(|kept| kept.expose_secret() == value.expose_secret())
    }

    /// It could not be read again: what was read before lasts a little longer.
    pub(super) fn could_not_be_read(&mut self, now: Timestamp) {
        self.lasts_until = self.lasts_until.max(after(now, PAUSE));
        self.fresh_again_at = self.fresh_again_at.max(after(now, PAUSE));
    }

    /// Whether it is taken from memory. A time that is further away than it can be was set under a
    /// clock that ran ahead.
    pub(super) fn lasts(&self, fresh: bool, now: Timestamp) -> bool {
        let is_ahead = |time: Timestamp, most| now < time && time <= after(now, most);
        if fresh {
            is_ahead(self.fresh_again_at, FRESH_EVERY)
        } else {
            is_ahead(self.lasts_until, KEPT_FOR)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        after("2026-11-23T12:00:00Z".parse().unwrap(), Duration::from_secs(seconds))
    }

    fn value() -> Option<SecretText> {
        Some(SecretText::from("s3cret"))
    }

    #[test]
    fn a_value_lasts_for_a_minute_and_its_absence_shortly() {
        let kept = CachedSecret::read(value(), None, false, at(0));
        assert!([0, 59].iter().all(|s| kept.lasts(false, at(*s))) && !kept.lasts(false, at(60)));
        let none = CachedSecret::read(None, None, false, at(0));
        assert!(none.lasts(false, at(4)) && !none.lasts(false, at(5)));
    }

    #[test]
    fn a_refused_value_that_has_not_changed_is_forgotten() {
        let kept = CachedSecret::read(value(), None, false, at(0));
        let same = CachedSecret::read(value(), Some(&kept), true, at(1));
        assert!(!same.lasts(false, at(1)));
        let other = CachedSecret::read(Some(SecretText::from("new")), Some(&kept), true, at(1));
        assert!(other.lasts(false, at(60)) && !other.lasts(false, at(61)));
    }

    #[test]
    fn a_fresh_value_is_read_at_most_once_a_minute() {
        let kept = CachedSecret::read(value(), None, false, at(0));
        assert!(!kept.lasts(true, at(1)), "the first who wants it fresh gets it so");
        let fresh = CachedSecret::read(value(), Some(&kept), true, at(1));
        assert!(fresh.lasts(true, at(60)) && !fresh.lasts(true, at(61)));
        let again = CachedSecret::read(value(), Some(&fresh), false, at(50));
        assert!(again.lasts(true, at(60)) && !again.lasts(true, at(61)));
    }

    #[test]
    fn a_store_that_does_not_answer_is_left_alone_for_a_moment() {
        let mut kept = CachedSecret::read(value(), None, false, at(0));
        kept.could_not_be_read(at(100));
        assert!(kept.lasts(false, at(104)) && kept.lasts(true, at(104)));
        assert!(!kept.lasts(false, at(105)) && !kept.lasts(true, at(105)));
    }

    #[test]
    fn a_clock_that_ran_ahead_makes_nothing_last() {
        let kept = CachedSecret::read(value(), None, true, at(3_600));
        assert!(!kept.lasts(false, at(0)) && !kept.lasts(true, at(0)));
    }
}
