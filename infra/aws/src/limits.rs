//! Rate limits, concurrency and breakers that all functions share, in one item per connection.
//!
//! What a call costs: where the connection has a rate, one request about every second in which calls are
//! made, for the permits of that second (`rate`); where it has none, one read a second, to hear what
//! others have found; where it has a concurrency, one request before and one after each call (`slots`).
//! A breaker that opens or closes, and a provider that asks for quiet, are written once.
//!
//! Invariant: over all functions, no span of the allowance's time sees more calls than it allows.
//! Invariant: a store that does not answer stops nobody: for a moment, each process keeps to the limits
//! alone. A process that dies takes nothing with it: permits and places end by themselves.

mod item;
mod known;
mod pace;
mod rate;
mod slots;

use self::item::LimitItem;
use self::known::{Known, NEWS_EVERY};
use self::pace::Pace;
use crate::clients::Clients;
use crate::stage::{Stage, StageError};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use tokio::sync::Mutex;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::ports::{Admission, Allowance, CallEnd, Ids, Limits, Unavailable};
use tradewind_engine::time::{Timestamp, after};
use tradewind_memory::PROBE_PAUSE;

/// The limits of the stage.
pub struct SharedLimits {
    dynamodb: aws_sdk_dynamodb::Client,
    table: String,
    ids: Arc<dyn Ids>,
    // One lock for each connection: of calls at the same time, one asks and the others take part.
    connections: std::sync::Mutex<BTreeMap<ConnectionName, Arc<Mutex<Known>>>>,
}

impl SharedLimits {
    /// The limits of the stage.
    pub fn new(clients: &Clients, stage: &Stage, ids: Arc<dyn Ids>) -> Result<Self, StageError> {
        Ok(Self {
            dynamodb: clients.in_haste().dynamodb(),
            table: stage.runs_table()?.to_owned(),
            ids,
            connections: std::sync::Mutex::default(),
        })
    }

    fn known(&self, connection: &ConnectionName) -> Arc<Mutex<Known>> {
        let mut all = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(connection.clone()).or_default())
    }

    fn item(&self, connection: &ConnectionName) -> LimitItem<'_> {
        LimitItem::new(&self.dynamodb, &self.table, connection)
    }
}

#[async_trait]
impl Limits for SharedLimits {
    async fn admit(
        &self,
        connection: &ConnectionName,
        allowance: Allowance,
        now: Timestamp,
    ) -> Result<Admission, Unavailable> {
        let (item, known) = (self.item(connection), self.known(connection));
        let mut known = known.lock().await;
        let asking = Asking { item: &item, ids: &*self.ids, allowance, now };
        Ok(asking.admit(&mut known).await.map_or(Admission::Go, Admission::NotBefore))
    }

    async fn report(
        &self,
        connection: &ConnectionName,
        end: CallEnd,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let (item, known) = (self.item(connection), self.known(connection));
        let mut known = known.lock().await;
        known.crowd.leave(now);
        if let Some(slot) = known.slots.pop_front() {
            let left = item.leave(&slot).await;
            known.heard(left.map(|()| None), now);
        }
        match end {
            CallEnd::Answered => known.breaker.answered(),
            CallEnd::Down => known.breaker.down(now),
            CallEnd::NotMade => known.breaker.not_made(),
            CallEnd::Limited(until) => {
                known.breaker.answered();
                if let Some(until) = known.quiet.asked(until, now) {
                    let said = item.be_quiet(until, now).await;
                    known.heard(said.map(|()| None), now);
                }
            }
        }
        known.share_breaker(&item, &*self.ids, now).await;
        Ok(())
    }
}

/// One request to be admitted.
struct Asking<'a> {
    item: &'a LimitItem<'a>,
    ids: &'a dyn Ids,
    allowance: Allowance,
    now: Timestamp,
}

impl Asking<'_> {
    /// `None`: go; else when to ask again. The probe of a breaker is given away last.
    async fn admit(&self, known: &mut Known) -> Option<Timestamp> {
        let Self { allowance, now, .. } = *self;
        if (allowance.rate.is_none() || known.closed_until(now).is_some())
            && known.is_old(NEWS_EVERY, now)
        {
            let news = self.item.read().await;
            known.heard(news.map(Some), now);
            // What could not be written before.
            known.share_breaker(self.item, self.ids, now).await;
        }
        if let Some(until) = known.closed_until(now) {
            return Some(until);
        }
        if let Some(most) = allowance.concurrency
            && let Some(until) = known.crowd.full_until(most, now)
        {
            return Some(until);
        }
        if let Some((calls, per)) = allowance.rate
            && let Some(until) = self.take_permit(known, Pace::of(calls, per), (calls, per)).await
        {
            return Some(until);
        }
        if let Some(until) = self.begin(known).await {
            known.lease.give_back();
            return Some(until);
        }
        known.crowd.enter(now);
        None
    }

    /// What is left to ask for once the rate allows the call: news may have come with the permit.
    async fn begin(&self, known: &mut Known) -> Option<Timestamp> {
        let now = self.now;
        if let Some(until) = known.closed_until(now) {
            return Some(until);
        }
        if let Some(most) = self.allowance.concurrency
            && let Some(until) = self.take_place(known, most).await
        {
            return Some(until);
        }
        known.breaker.go(now);
        if known.share_breaker(self.item, self.ids, now).await {
            return None;
        }
        // Somebody else has the probe, or the breaker has been closed or opened since.
        if let Some(slot) = known.slots.pop_back() {
            let left = self.item.leave(&slot).await;
            known.heard(left.map(|()| None), now);
        }
        Some(known.closed_until(now).unwrap_or_else(|| after(now, PROBE_PAUSE)))
    }
}
