//! Time that goes on by itself and can be moved on, so that nothing waits for minutes or months.

use async_trait::async_trait;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::watch;
use tradewind_engine::ports::Clock;
use tradewind_engine::time::{Timestamp, after, before, until};

/// The system's time and what was added to it, and taken off.
pub(crate) struct MovableClock {
    ahead: watch::Sender<Duration>,
    back: Mutex<Duration>,
}

impl MovableClock {
    pub(crate) fn new() -> Self {
        Self { ahead: watch::Sender::new(Duration::ZERO), back: Mutex::default() }
    }

    /// Moves on: whoever sleeps until then wakes up.
    pub(crate) fn pass(&self, by: Duration) {
        self.ahead.send_modify(|ahead| *ahead += by);
    }

    /// Steps back, as when somebody sets it. Who sleeps does so for as long as before.
    pub(crate) fn step_back(&self, by: Duration) {
        *self.back.lock().unwrap() += by;
    }

    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    fn passed(&self) -> Timestamp {
        after(Timestamp::now(), *self.ahead.borrow())
    }
}

#[async_trait]
impl Clock for MovableClock {
    fn uptime(&self) -> Duration {
        until(Timestamp::UNIX_EPOCH, self.passed())
    }

    fn now(&self) -> Timestamp {
        before(self.passed(), *self.back.lock().unwrap())
    }

    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    async fn sleep(&self, duration: Duration) {
        let mut moved = self.ahead.subscribe();
        let end = after(self.passed(), duration);
        loop {
            let left = until(self.passed(), end);
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                // The sender lives in this value.
                _ = moved.changed() => {}
            }
        }
    }
}
