//! Time that only moves when a test moves it, and chance that counts.

use async_trait::async_trait;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tradewind_engine::ports::{Clock, Ids};
use tradewind_engine::time::{Timestamp, after};

/// A clock that stands still. Who sleeps lets the others work and finds the same time.
pub(crate) struct StillClock(Mutex<Timestamp>);

impl StillClock {
    /// Stands at `now`.
    pub(crate) fn at(now: &str) -> Self {
        Self(Mutex::new(now.parse().unwrap()))
    }

    /// Moves on.
    pub(crate) fn pass(&self, by: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = after(*now, by);
    }
}

#[async_trait]
impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, _duration: Duration) {
        tokio::task::yield_now().await;
    }
}

/// Ids that count up.
#[derive(Default)]
pub(crate) struct CountingIds(AtomicU64);

impl Ids for CountingIds {
    fn random_hex(&self) -> String {
        format!("{:032x}", self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn random_unit(&self) -> f64 {
        0.5
    }
}
