//! Time that goes on by itself and can be moved on, so that nothing waits for minutes or months.

use async_trait::async_trait;
use std::time::Duration;
use tokio::sync::watch;
use tradewind_engine::ports::Clock;
use tradewind_engine::time::{Timestamp, after, until};

/// The system's time and what was added to it.
pub(crate) struct MovableClock {
    ahead: watch::Sender<Duration>,
}

impl MovableClock {
    pub(crate) fn new() -> Self {
        Self { ahead: watch::Sender::new(Duration::ZERO) }
    }

    /// Moves on: whoever sleeps until then wakes up.
    pub(crate) fn pass(&self, by: Duration) {
        self.ahead.send_modify(|ahead| *ahead += by);
    }
}

#[async_trait]
impl Clock for MovableClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    fn now(&self) -> Timestamp {
        after(Timestamp::now(), *self.ahead.borrow())
    }

    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    async fn sleep(&self, duration: Duration) {
        let mut moved = self.ahead.subscribe();
        let end = after(self.now(), duration);
        loop {
            let left = until(self.now(), end);
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
