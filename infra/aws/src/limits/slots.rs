//! The places of a connection that stands only so many calls at the same time, over all functions.
//!
//! A place is held until its call is reported or could not go on any more: whoever dies in between
//! frees it by the time.

use super::Asking;
use super::item::{LimitItem, Update};
use super::known_limits::KnownLimits;
use crate::store::values::{get_time, text, time};
use std::time::Duration;
use tradewind_engine::limits::CALL_MAX;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::{Timestamp, after};

/// Kept free after the longest call: clocks differ.
const MARGIN: Duration = Duration::from_secs(5);

/// A place that a call of ours has.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    number: u32,
    holder: String,
}

impl Asking<'_> {
    /// Takes a place; `Some`: there is none before then.
    pub(super) async fn take_place(&self, known: &mut KnownLimits, most: u32) -> Option<Timestamp> {
        let now = self.now;
        if !known.may_ask(now) {
            return None;
        }
        match self.place(known, most.max(1)).await {
            Ok(Some(slot)) => {
                known.slots.push_back(slot);
                None
            }
            Ok(None) => Some(known.concurrency.reserve_time(most, now)),
            Err(error) => {
                known.observed(Err(error), now);
                None
            }
        }
    }

    async fn place(&self, known: &mut KnownLimits, most: u32) -> Result<Option<Slot>, Unavailable> {
        let now = self.now;
        let slot = |number| Slot { number, holder: self.ids.random_hex() };
        let first = u32::try_from(known.slots.len()).unwrap_or_default() % most;
        let mut slot_wanted = slot(first);
        for _ in 0..=most {
            let news = match self.item.enter(&slot_wanted, now).await? {
                Update::Made(news) => {
                    known.observed(Ok(Some(news)), now);
                    return Ok(Some(slot_wanted));
                }
                Update::Not(news) => news,
            };
            let is_free = |number: &u32| {
                get_time(&news.attributes, &held(*number)).is_none_or(|until| is_over(until, now))
            };
            let free = (0..most).find(is_free);
            known.observed(Ok(Some(news)), now);
            let Some(free) = free else { return Ok(None) };
            slot_wanted = slot(free);
        }
        Ok(None)
    }
}

fn ends(now: Timestamp) -> Timestamp {
    after(now, CALL_MAX + MARGIN)
}

/// A place that is held for longer than it can be was taken under a clock that ran ahead.
fn is_over(until: Timestamp, now: Timestamp) -> bool {
    until <= now || until > after(ends(now), MARGIN)
}

fn held(number: u32) -> String {
    format!("held_{number}")
}

fn holder(number: u32) -> String {
    format!("holder_{number}")
}

impl LimitItem<'_> {
    async fn enter(&self, slot: &Slot, now: Timestamp) -> Result<Update, Unavailable> {
        let update = self
            .update(", #held = :until, #holder = :holder", now)
            .condition_expression(
                "attribute_not_exists(#held) OR #held <= :now OR #held > :ahead OR #holder = :holder",
            )
            .expression_attribute_names("#held", held(slot.number))
            .expression_attribute_names("#holder", holder(slot.number))
            .expression_attribute_values(":until", time(ends(now)))
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":ahead", time(after(ends(now), MARGIN)))
            .expression_attribute_values(":holder", text(&slot.holder));
        Self::send_update(update).await
    }

    /// Gives the place back, unless it has become somebody else's.
    pub(super) async fn leave(&self, slot: &Slot) -> Result<(), Unavailable> {
        let update = self
            .bare_update("REMOVE #held, #holder")
            .condition_expression("#holder = :holder")
            .expression_attribute_names("#held", held(slot.number))
            .expression_attribute_names("#holder", holder(slot.number))
            .expression_attribute_values(":holder", text(&slot.holder));
        Self::send_update(update).await.map(|_| ())
    }
}
