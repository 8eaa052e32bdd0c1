//! Time that passes only when nobody has anything left to do.

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tradewind_engine::ports::Clock;
use tradewind_engine::time::{Timestamp, after};

/// A clock that stands still until it is moved. Clones show the same time.
#[derive(Clone)]
pub struct VirtualClock {
    timers: Arc<Mutex<Timers>>,
}

struct Timers {
    now: Timestamp,
    sequence: u64,
    // By time, then by the order in which they were set.
    wakers: BTreeMap<(Timestamp, u64), Waker>,
}

impl VirtualClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        let timers = Timers { now, sequence: 0, wakers: BTreeMap::new() };
        Self { timers: Arc::new(Mutex::new(timers)) }
    }

    /// When the next sleeper wakes.
    pub fn next_timer(&self) -> Option<Timestamp> {
        self.timers().wakers.keys().next().map(|(at, _)| *at)
    }

    /// Moves on to `to` and wakes all whose time has come. Never moves back.
    pub fn advance_to(&self, to: Timestamp) {
        let mut due = Vec::new();
        {
            let mut timers = self.timers();
            timers.now = timers.now.max(to);
            while let Some(timer) = timers.wakers.first_entry() {
                if timer.key().0 > to {
                    break;
                }
                due.push(timer.remove());
            }
        }
        due.into_iter().for_each(Waker::wake);
    }

    fn timers(&self) -> MutexGuard<'_, Timers> {
        self.timers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.timers().now
    }

    async fn sleep(&self, duration: Duration) {
        let until = after(self.now(), duration);
        Sleep { clock: self.clone(), until, timer: None }.await;
    }
}

struct Sleep {
    clock: VirtualClock,
    until: Timestamp,
    timer: Option<(Timestamp, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let until = self.until;
        let timer = {
            let mut timers = self.clock.timers();
            if until <= timers.now {
                return Poll::Ready(());
            }
            let timer = self.timer.unwrap_or_else(|| {
                timers.sequence += 1;
                (until, timers.sequence)
            });
            timers.wakers.insert(timer, cx.waker().clone());
            timer
        };
        self.timer = Some(timer);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            self.clock.timers().wakers.remove(&timer);
        }
    }
}
