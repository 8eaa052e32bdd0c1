//! The permits of the window that goes on, taken out of the item a few at a time.
//!
//! A process takes as many as it has used in the window before, and more when those are used up: what
//! it takes and does not use is lost to the others.

use super::Asking;
use super::item::{LimitItem, SERVICE, Update};
use super::known_limits::KnownLimits;
use super::pace::Pace;
use crate::store::values::{number, time};
use std::time::Duration;
use tradewind_engine::ports::{Ids, Unavailable};
use tradewind_engine::time::{Timestamp, after, until};

/// By how much the clocks of two functions may differ.
const SKEW: Duration = Duration::from_secs(5);
/// Callers who are held back are given times of their own, but none further ahead than this.
const AHEAD_MAX: Duration = Duration::from_secs(5 * 60);
/// How often somebody else may be faster before we give the window up.
const TRIES: u32 = 4;

/// The permits that a process has.
#[derive(Debug, Default)]
pub(super) struct Lease {
    permits: u32,
    used: u32,
    // When the window ends that the permits are of, or that nothing is left of.
    until: Option<Timestamp>,
    is_full: bool,
    // The last time that was given to somebody who was held back.
    promised: Option<Timestamp>,
}

impl Lease {
    /// A permit was not used after all.
    pub(super) fn give_back(&mut self) {
        if self.used > 0 {
            (self.permits, self.used) = (self.permits + 1, self.used - 1);
        }
    }

    fn goes_on(&self, pace: Pace, now: Timestamp) -> bool {
        // Further ahead than a window can end, it was set under a clock that ran ahead.
        self.until.is_some_and(|until| until > now && until <= after(now, pace.window + SKEW))
    }

    fn take_permit(&mut self) -> bool {
        let has = self.permits > 0;
        if has {
            (self.permits, self.used) = (self.permits - 1, self.used + 1);
        }
        has
    }

    /// When to ask again; who `waits` on the spot is told when the window ends.
    fn promise(&mut self, pace: Pace, ids: &dyn Ids, waits: bool, now: Timestamp) -> Timestamp {
        let earliest = self.until.unwrap_or(now).max(now);
        if waits {
            return earliest;
        }
        let next = self.promised.map_or(earliest, |promised| after(promised, pace.interval()));
        let promise = next.clamp(earliest, after(earliest, AHEAD_MAX));
        self.promised = Some(promise);
        // Other processes give their times away as well.
        after(promise, pace.interval().mul_f64(ids.random_unit()))
    }
}

impl Asking<'_> {
    /// Takes a permit; `Some`: there is none before then.
    pub(super) async fn take_permit(
        &self,
        known: &mut KnownLimits,
        pace: Pace,
        (calls, per): (u32, Duration),
    ) -> Option<Timestamp> {
        let now = self.now;
        if known.lease.goes_on(pace, now) {
            if known.lease.take_permit() {
                return None;
            }
            if known.lease.is_full {
                return Some(known.lease.promise(pace, self.ids, self.allowance.waits, now));
            }
        }
        if !known.may_ask(now) {
            return known.alone.take_token(calls, per, self.allowance.waits, now);
        }
        match self.lease(known, pace).await {
            Ok(true) => {
                known.lease.take_permit();
                None
            }
            Ok(false) => Some(known.lease.promise(pace, self.ids, self.allowance.waits, now)),
            Err(error) => {
                known.observed(Err(error), now);
                known.alone.take_token(calls, per, self.allowance.waits, now)
            }
        }
    }

    /// Asks for permits; false: nothing is left of the window.
    async fn lease(&self, known: &mut KnownLimits, pace: Pace) -> Result<bool, Unavailable> {
        let now = self.now;
        let goes_on = known.lease.goes_on(pace, now);
        // As many again within a window; as many as in the last one at the beginning of the next.
        let mut wanted = match known.lease.used {
            0 => pace.permits.div_ceil(4),
            used => used.min(pace.permits),
        };
        let mut joins = goes_on;
        for _ in 0..TRIES {
            let update = if joins {
                join(self.item, wanted, pace, now)
            } else {
                begin_window(self.item, wanted, pace, now)
            };
            let (made, news) = match LimitItem::send_update(update).await? {
                Update::Made(news) => (true, news),
                Update::Not(news) => (false, news),
            };
            let until = news.window_until;
            let left = pace.permits.saturating_sub(news.taken);
            known.observed(Ok(Some(news)), now);
            if !goes_on || until != known.lease.until {
                known.lease.used = 0;
            }
            known.lease.until = until;
            if made {
                known.lease.permits = wanted;
                known.lease.is_full = left == 0;
                return Ok(true);
            }
            joins = known.lease.goes_on(pace, now);
            if joins && left == 0 {
                known.lease.is_full = true;
                return Ok(false);
            }
            wanted = wanted.min(left).max(1);
        }
        // Whoever was faster leaves less than a window to wait for.
        let ends = known.lease.until.unwrap_or(now);
        tracing::debug!(service = SERVICE, wait = ?until(now, ends), "others took all permits");
        Ok(false)
    }
}

type Request = aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;

/// Takes permits of the window that goes on.
fn join(item: &LimitItem<'_>, wanted: u32, pace: Pace, now: Timestamp) -> Request {
    item.update(", taken = taken + :wanted", now)
        .condition_expression("window_until > :now AND window_until <= :ahead AND taken <= :most")
        .expression_attribute_values(":wanted", number(wanted))
        .expression_attribute_values(":most", number(pace.permits.saturating_sub(wanted)))
        .expression_attribute_values(":now", time(now))
        .expression_attribute_values(":ahead", time(after(now, pace.window + SKEW)))
}

/// Begins a window, and takes permits of it.
fn begin_window(item: &LimitItem<'_>, wanted: u32, pace: Pace, now: Timestamp) -> Request {
    item.update(", window_until = :until, taken = :wanted", now)
        .condition_expression(
            "attribute_not_exists(window_until) OR window_until <= :now OR window_until > :ahead",
        )
        .expression_attribute_values(":wanted", number(wanted))
        .expression_attribute_values(":until", time(after(now, pace.window)))
        .expression_attribute_values(":now", time(now))
        .expression_attribute_values(":ahead", time(after(now, pace.window + SKEW)))
}
