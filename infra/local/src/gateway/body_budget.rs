//! The memory budget of large bodies: what all of them that come in at the same time may take together.
//!
//! Invariant: a large body waits and is not refused while memory may come free; and it does not wait for
//! long for one that comes slowly, as those of strangers may on purpose.

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tradewind_api::hooks::{BodyBudget, BodyShare};
use tradewind_engine::ports::Clock;
use tradewind_engine::time::{Timestamp, until};

/// What large bodies may take together.
const BUDGET_BYTES: usize = 14 * 1024 * 1024;
/// Who had to wait for so long is asked to send it again.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// More do not wait, because they hold memory and a connection while they do: who has waited longest goes.
const WAITING_MAX: usize = 64;
/// Who waits looks so often for bodies that come slowly.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A body has so much time to begin to come.
const GRACE: Duration = Duration::from_millis(250);
/// Slower ones, on a line of less than a megabit, give their share to those that wait.
const BYTES_A_SECOND_MIN: u128 = 128 * 1024;

/// The budget of one process.
pub(crate) struct SharedBodyBudget {
    inside: Arc<Inside>,
    clock: Arc<dyn Clock>,
}

/// Who is in it, and who waits.
struct Inside {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    last: u64,
    taken: usize,
    bodies: BTreeMap<u64, Coming>,
    /// How much each wants; the number tells who came last.
    waiting: BTreeMap<u64, usize>,
}

/// A body on its way.
struct Coming {
    bytes: usize,
    since: Timestamp,
    came: usize,
    is_whole: bool,
    revoked: Arc<Notify>,
}

impl SharedBodyBudget {
    /// All of it free.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let inside = Inside { state: Mutex::default(), changed: Notify::new() };
        Self { inside: Arc::new(inside), clock }
    }
}

#[async_trait]
impl BodyBudget for SharedBodyBudget {
    async fn reserve(&self, bytes: usize) -> Option<Box<dyn BodyShare>> {
        let wanted = bytes.min(BUDGET_BYTES);
        let waiting = Waiting::join(&self.inside, wanted);
        let since = self.clock.now();
        loop {
            let changed = self.inside.changed.notified();
            let now = self.clock.now();
            if let Some(taken) = waiting.try_take(now) {
                return Some(Box::new(taken));
            }
            if !waiting.is_there() || until(since, now) >= WAIT_MAX {
                tracing::warn!(
                    "there was no memory for a large body; its sender is asked to repeat it"
                );
                return None;
            }
            self.inside.lock().revoke_slow(now);
            tokio::select! {
                () = changed => {}
                () = self.clock.sleep(LOOK_EVERY) => {}
            }
        }
    }
}

impl Inside {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Numbers that are changed one by one: a panic elsewhere leaves them as they are.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn revoke_slow(&self, now: Timestamp) {
        for one in self.bodies.values().filter(|one| !one.is_whole) {
            let time = until(one.since, now);
            let least = BYTES_A_SECOND_MIN * time.as_millis() / 1_000;
            if time > GRACE && (one.came as u128) < least {
                one.revoked.notify_one();
            }
        }
    }
}

/// A place among those that wait; given back when it is dropped.
struct Waiting<'a> {
    inside: &'a Arc<Inside>,
    number: u64,
    wanted: usize,
}

impl<'a> Waiting<'a> {
    fn join(inside: &'a Arc<Inside>, wanted: usize) -> Self {
        let mut state = inside.lock();
        if state.waiting.len() >= WAITING_MAX {
            state.waiting.pop_first();
            inside.changed.notify_waiters();
        }
        let number = state.number();
        state.waiting.insert(number, wanted);
        drop(state);
        Self { inside, number, wanted }
    }

    /// Whether it has not had to go for others.
    fn is_there(&self) -> bool {
        self.inside.lock().waiting.contains_key(&self.number)
    }

    /// Takes its share where enough is free. Of those that fit, who came last is the first: strangers may
    /// fill the line, and whoever has just come is the least likely to be one of them.
    fn try_take(&self, now: Timestamp) -> Option<TakenShare> {
        let mut state = self.inside.lock();
        let free = BUDGET_BYTES - state.taken;
        let fits = |(_, wanted): &(&u64, &usize)| **wanted <= free;
        let first = state.waiting.iter().rev().find(fits).map(|(number, _)| *number);
        if first != Some(self.number) {
            return None;
        }
        state.taken += self.wanted;
        let (number, revoked) = (self.number, Arc::new(Notify::new()));
        let coming = Coming {
            bytes: self.wanted,
            since: now,
            came: 0,
            is_whole: false,
            revoked: revoked.clone(),
        };
        state.bodies.insert(number, coming);
        Some(TakenShare { inside: self.inside.clone(), number, revoked })
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.inside.lock().waiting.remove(&self.number);
        // The next one may fit now.
        self.inside.changed.notify_waiters();
    }
}

/// A share that is taken; given back when it is dropped.
struct TakenShare {
    inside: Arc<Inside>,
    number: u64,
    revoked: Arc<Notify>,
}

#[async_trait]
impl BodyShare for TakenShare {
    fn record_bytes(&self, bytes: usize) {
        if let Some(coming) = self.inside.lock().bodies.get_mut(&self.number) {
            coming.came += bytes;
        }
    }

    fn record_end(&self) {
        if let Some(coming) = self.inside.lock().bodies.get_mut(&self.number) {
            coming.is_whole = true;
        }
    }

    async fn revoked(&self) {
        self.revoked.notified().await;
    }
}

impl Drop for TakenShare {
    fn drop(&mut self) {
        let mut state = self.inside.lock();
        if let Some(coming) = state.bodies.remove(&self.number) {
            state.taken -= coming.bytes;
        }
        drop(state);
        self.inside.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
