//! What one process knows of a connection's limits.

use super::item::{LimitItem, Shared, SharedBreaker};
use super::rate::Lease;
use super::slots::Slot;
use std::collections::VecDeque;
use std::time::Duration;
use tradewind_engine::limits::{Breaker, Bucket, Concurrency, Quiet};
use tradewind_engine::ports::{Ids, Unavailable};
use tradewind_engine::time::{Timestamp, after, until};

/// What others have found is asked for no more often than this.
pub(super) const NEWS_EVERY: Duration = Duration::from_secs(1);
/// How long a store that did not answer is not asked again.
const DEAF_FOR: Duration = Duration::from_secs(2);

#[derive(Default)]
pub(super) struct KnownLimits {
    pub(super) breaker: Breaker,
    // How the item has it, as far as this process knows.
    shared_breaker: SharedBreaker,
    pub(super) quiet: Quiet,
    pub(super) lease: Lease,
    pub(super) concurrency: Concurrency,
    // The places that this process's calls have, the oldest first.
    pub(super) slots: VecDeque<Slot>,
    // What this process keeps to while the store does not answer.
    pub(super) alone: Bucket,
    // When the last message was let go to be a probe.
    pub(super) probed_at: Option<Timestamp>,
    news_at: Option<Timestamp>,
    deaf_until: Option<Timestamp>,
}

impl KnownLimits {
    /// Whether the connection is closed: by the quiet that the provider asked for, or the breaker.
    pub(super) fn is_closed(&self, now: Timestamp) -> bool {
        self.quiet.until(now).is_some() || self.breaker.open().is_some()
    }

    /// When to ask again, where a call may not go now. Who `waits` on the spot is given no time of its own.
    pub(super) fn held_until(&mut self, waits: bool, now: Timestamp) -> Option<Timestamp> {
        if let Some(until) = self.quiet.until(now) {
            return Some(until);
        }
        let earliest = self.breaker.held_until(now)?;
        Some(match waits {
            true => earliest,
            false => self.breaker.reserve_time(earliest, now),
        })
    }

    /// Whether the store may be asked: it answers, as far as we know.
    pub(super) fn may_ask(&self, now: Timestamp) -> bool {
        self.deaf_until.is_none_or(|until| until <= now || until > after(now, DEAF_FOR))
    }

    /// Whether the last news are so old that the store should be asked.
    pub(super) fn is_old(&self, age: Duration, now: Timestamp) -> bool {
        let is_fresh = |at: Timestamp| at <= now && until(at, now) < age;
        self.may_ask(now) && !self.news_at.is_some_and(is_fresh)
    }

    /// Takes in what the store said; false: it did not answer.
    pub(super) fn observed(
        &mut self,
        said: Result<Option<Shared>, Unavailable>,
        now: Timestamp,
    ) -> bool {
        match said {
            Ok(news) => {
                self.deaf_until = None;
                if let Some(news) = news {
                    self.take_in(news, now);
                }
                true
            }
            Err(error) => {
                tracing::warn!(error = %error.logged(), "the shared limits did not answer; a process keeps to its own");
                self.deaf_until = Some(after(now, DEAF_FOR));
                false
            }
        }
    }

    fn take_in(&mut self, news: Shared, now: Timestamp) {
        self.news_at = Some(now);
        self.quiet.adopt(news.quiet_until);
        // What could not be written stays; it is written once nobody else has found anything newer.
        let is_saved = self.breaker.open() == self.shared_breaker.open;
        if is_saved || news.breaker != self.shared_breaker {
            self.breaker.adopt(news.breaker.open, now);
        }
        self.shared_breaker = news.breaker;
    }

    /// Writes the breaker where this process has changed it; false: others have changed it as well,
    /// and theirs holds.
    pub(super) async fn share_breaker(
        &mut self,
        item: &LimitItem<'_>,
        ids: &dyn Ids,
        now: Timestamp,
    ) -> bool {
        let open = self.breaker.open();
        if open == self.shared_breaker.open || !self.may_ask(now) {
            return true;
        }
        match item.change_breaker(&self.shared_breaker, open, &ids.random_hex(), now).await {
            Ok((made, news)) => {
                self.observed(Ok(Some(news)), now);
                made
            }
            Err(error) => {
                self.observed(Err(error), now);
                true
            }
        }
    }
}
