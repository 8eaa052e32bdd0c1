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
mod known_limits;
mod pace;
mod rate;
mod slots;

use self::item::LimitItem;
use self::known_limits::{KnownLimits, NEWS_EVERY};
use self::pace::Pace;
use crate::clients::Clients;
use crate::stage::{Stage, StageError};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::limits::PROBE_EVERY;
use tradewind_engine::limits::{Admission, Allowance, CallEnd, Caller, Standing};
use tradewind_engine::ports::{Ids, Limits, Unavailable};
use tradewind_engine::time::{Timestamp, after, until};

/// What waits for a closed connection is looked at again after this part of the outage so far, so that
/// a long outage costs little and what waits is not late by much when it ends.
const WAIT_SHARE: u32 = 4;
/// But not sooner, nor later, than after so long, or after half of it.
const WAIT_LEAST: Duration = Duration::from_secs(10);
const WAIT_MOST: Duration = Duration::from_secs(300);

/// The limits of the stage.
pub struct SharedLimits {
    dynamodb: aws_sdk_dynamodb::Client,
    table: String,
    ids: Arc<dyn Ids>,
    // One lock for each connection: of calls at the same time, one asks and the others take part.
    connections: std::sync::Mutex<BTreeMap<ConnectionName, Arc<Mutex<KnownLimits>>>>,
}

impl SharedLimits {
    /// The limits of the stage.
    pub fn new(clients: &Clients, stage: &Stage, ids: Arc<dyn Ids>) -> Result<Self, StageError> {
        Ok(Self {
            dynamodb: clients.fail_fast().dynamodb(),
            table: stage.runs_table()?.to_owned(),
            ids,
            connections: std::sync::Mutex::default(),
        })
    }

    /// For how long a message that waits for the connection is better left alone; `None`: it may be
    /// worked on. As long as this process knows of no outage, that takes no request, and in one it takes
    /// a request a second.
    pub async fn leaves_alone(
        &self,
        connection: &ConnectionName,
        now: Timestamp,
    ) -> Option<Duration> {
        let known = self.known(connection);
        let mut known = known.lock().await;
        if !known.is_closed(now) {
            return None;
        }
        if known.is_old(NEWS_EVERY, now) {
            let news = self.item(connection).read().await;
            known.observed(news.map(Some), now);
        }
        let spread = |wait: Duration| wait.mul_f64(0.5 + self.ids.random_unit() / 2.0);
        if let Some(quiet_until) = known.quiet.until(now) {
            return Some(until(now, quiet_until) + spread(WAIT_LEAST));
        }
        let open = known.breaker.open()?;
        // Of several messages in one batch one is the probe.
        let is_free = known.probed_at.is_none_or(|at| at > now || after(at, PROBE_EVERY) <= now);
        if is_free && known.breaker.held_until(now).is_none() {
            known.probed_at = Some(now);
            return None;
        }
        let wait = (until(open.since, now) / WAIT_SHARE).clamp(WAIT_LEAST, WAIT_MOST);
        Some(spread(wait))
    }

    fn known(&self, connection: &ConnectionName) -> Arc<Mutex<KnownLimits>> {
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
        caller: Caller,
        now: Timestamp,
    ) -> Result<Admission, Unavailable> {
        let (item, known) = (self.item(connection), self.known(connection));
        let mut known = known.lock().await;
        let asking = Asking { item: &item, ids: &*self.ids, allowance, caller, now };
        Ok(asking.admit(&mut known).await.map_or(Admission::Go, Admission::NotBefore))
    }

    async fn report(
        &self,
        connection: &ConnectionName,
        caller: Caller,
        end: CallEnd,
        now: Timestamp,
    ) -> Result<Standing, Unavailable> {
        let (item, known) = (self.item(connection), self.known(connection));
        let mut known = known.lock().await;
        known.concurrency.leave(now);
        if let Some(slot) = known.slots.pop_front() {
            let left = item.leave(&slot).await;
            known.observed(left.map(|()| None), now);
        }
        if let CallEnd::Limited(until) | CallEnd::Failed { quiet: Some(until) } = end
            && let Some(until) = known.quiet.asked(until, now)
        {
            let said = item.be_quiet(until, now).await;
            known.observed(said.map(|()| None), now);
        }
        let standing = known.breaker.ended(caller, end, now);
        let is_first = known.share_breaker(&item, &*self.ids, now).await;
        Ok(match standing {
            // Another function has found it out before, and said so.
            Standing::WentDown if !is_first => Standing::Down,
            Standing::CameBack if !is_first => Standing::Up,
            standing => standing,
        })
    }

    async fn is_closed(
        &self,
        connection: &ConnectionName,
        now: Timestamp,
    ) -> Result<bool, Unavailable> {
        let (item, known) = (self.item(connection), self.known(connection));
        let mut known = known.lock().await;
        if known.is_old(NEWS_EVERY, now) {
            let news = item.read().await;
            known.observed(news.map(Some), now);
        }
        Ok(known.quiet.until(now).is_some() || known.breaker.keeps_away(now))
    }
}

/// One request to be admitted.
struct Asking<'a> {
    item: &'a LimitItem<'a>,
    ids: &'a dyn Ids,
    allowance: Allowance,
    caller: Caller,
    now: Timestamp,
}

impl Asking<'_> {
    /// `None`: go; else when to ask again. A probe of the breaker is given away last.
    async fn admit(&self, known: &mut KnownLimits) -> Option<Timestamp> {
        let Self { allowance, now, .. } = *self;
        if (allowance.rate.is_none() || known.is_closed(now)) && known.is_old(NEWS_EVERY, now) {
            let news = self.item.read().await;
            known.observed(news.map(Some), now);
            // What could not be written before.
            known.share_breaker(self.item, self.ids, now).await;
        }
        if let Some(until) = known.held_until(allowance.waits, now) {
            return Some(until);
        }
        if let Some(most) = allowance.concurrency
            && let Some(until) = known.concurrency.full_until(most, allowance.waits, now)
        {
            return Some(until);
        }
        if let Some((calls, per)) = allowance.rate
            && let Some(until) = self.take_permit(known, Pace::of(calls, per), (calls, per)).await
        {
            return Some(until);
        }
        if let Some(until) = self.begin_call(known).await {
            known.lease.give_back();
            return Some(until);
        }
        known.concurrency.enter(now);
        None
    }

    /// What is left to ask for once the rate allows the call: news may have come with the permit.
    async fn begin_call(&self, known: &mut KnownLimits) -> Option<Timestamp> {
        let (now, waits) = (self.now, self.allowance.waits);
        if let Some(until) = known.held_until(waits, now) {
            return Some(until);
        }
        if let Some(most) = self.allowance.concurrency
            && let Some(until) = self.take_place(known, most).await
        {
            return Some(until);
        }
        known.breaker.go(self.caller, now);
        if known.share_breaker(self.item, self.ids, now).await {
            return None;
        }
        // Somebody else has this probe, or the breaker has been closed or opened since.
        known.breaker.take_back(self.caller);
        if let Some(slot) = known.slots.pop_back() {
            let left = self.item.leave(&slot).await;
            known.observed(left.map(|()| None), now);
        }
        Some(known.held_until(waits, now).unwrap_or_else(|| after(now, PROBE_EVERY)))
    }
}
