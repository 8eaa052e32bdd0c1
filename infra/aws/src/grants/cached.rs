//! How long tokens that were read are taken from memory.

use std::time::Duration;
use tradewind_api::access::Grant;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::{Timestamp, after};

/// How long they are taken from memory: what was removed opens nothing after it.
const KEPT_FOR: Duration = Duration::from_secs(60);
/// How long a store that did not answer is not asked again.
const PAUSE: Duration = Duration::from_secs(5);
/// How long what was read last lasts while its store does not answer.
pub(super) const STALE_MAX: Duration = Duration::from_secs(15 * 60);

/// What was read of one store.
pub(super) struct CachedGrants {
    store: &'static str,
    grants: Vec<Grant>,
    read_at: Option<Timestamp>,
    ask_at: Option<Timestamp>,
    failure: Option<Unavailable>,
}

impl CachedGrants {
    /// Nothing, of that store.
    pub(super) fn of(store: &'static str) -> Self {
        Self { store, grants: Vec::new(), read_at: None, ask_at: None, failure: None }
    }

    /// Whether the store is to be asked. A time that is further away than it can be was set under a
    /// clock that ran ahead.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.ask_at.is_none_or(|at| at <= now || after(now, KEPT_FOR) < at)
    }

    /// What the store answered, where it was asked.
    pub(super) fn update(&mut self, read: Option<Result<Vec<Grant>, Unavailable>>, now: Timestamp) {
        match read {
            None => {}
            Some(Ok(grants)) => {
                self.grants = grants;
                self.read_at = Some(now);
                self.ask_at = Some(after(now, KEPT_FOR));
                self.failure = None;
            }
            Some(Err(failure)) => self.could_not_be_read(failure, now),
        }
    }

    fn could_not_be_read(&mut self, failure: Unavailable, now: Timestamp) {
        let (store, minutes) = (self.store, STALE_MAX.as_secs() / 60);
        let lasts = self.read_at.is_some_and(|at| at <= now && now < after(at, STALE_MAX));
        if lasts {
            tracing::warn!(
                store, error = %failure,
                "tokens of the API could not be read again; those read before hold for {minutes} \
                 minutes at most"
            );
        } else {
            self.grants.clear();
            tracing::error!(store, error = %failure, "tokens of the API cannot be read, and open nothing");
        }
        self.ask_at = Some(after(now, PAUSE));
        self.failure = Some(failure);
    }

    /// The tokens.
    pub(super) fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// Why there may be others.
    pub(super) fn failure(&self) -> Option<Unavailable> {
        self.failure.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tradewind_api::access::TokenName;

    fn at(seconds: u64) -> Timestamp {
        after("2026-11-23T12:00:00Z".parse().unwrap(), Duration::from_secs(seconds))
    }

    fn some() -> Option<Result<Vec<Grant>, Unavailable>> {
        Some(Ok(Grant::own(TokenName::stack(), "tw_1").into_iter().collect()))
    }

    fn failed() -> Option<Result<Vec<Grant>, Unavailable>> {
        Some(Err(Unavailable { service: "SSM", reason: "no answer".to_owned() }))
    }

    #[test]
    fn what_was_read_lasts_for_a_minute() {
        let mut kept = CachedGrants::of("SSM");
        assert!(kept.is_due(at(0)));
        kept.update(some(), at(0));
        assert!(!kept.is_due(at(59)) && kept.is_due(at(60)));
        kept.update(Some(Ok(Vec::new())), at(60));
        assert!(kept.grants().is_empty());
    }

    #[test]
    fn while_the_store_fails_it_lasts_for_a_bounded_time() {
        let mut kept = CachedGrants::of("SSM");
        kept.update(some(), at(0));
        kept.update(failed(), at(60));
        assert!(!kept.is_due(at(64)) && kept.is_due(at(65)));
        assert_eq!((kept.grants().len(), kept.failure().is_some()), (1, true));
        kept.update(failed(), at(899));
        assert_eq!(kept.grants().len(), 1);
        kept.update(failed(), at(900));
        assert!(kept.grants().is_empty());
        kept.update(some(), at(910));
        assert_eq!((kept.grants().len(), kept.failure()), (1, None));
    }

    #[test]
    fn nothing_was_read_and_the_store_fails() {
        let mut kept = CachedGrants::of("SSM");
        kept.update(failed(), at(0));
        assert!(kept.grants().is_empty() && kept.failure().is_some());
    }

    #[test]
    fn a_clock_that_ran_ahead_makes_nothing_last() {
        let mut kept = CachedGrants::of("SSM");
        kept.update(some(), at(3_600));
        assert!(kept.is_due(at(0)));
        kept.update(failed(), at(0));
        assert!(kept.grants().is_empty());
    }
}
