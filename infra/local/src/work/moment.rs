//! A moment that is not mistaken when somebody sets the clock.

use std::time::Duration;
use tradewind_engine::ports::Clock;
use tradewind_engine::time::Timestamp;

/// A moment by the clock, for people, and by the time that the machine has run: the clock may be set,
/// and then nobody has stood still.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    pub(crate) uptime: Duration,
}

impl Moment {
    pub(crate) fn now(clock: &dyn Clock) -> Self {
        Self { at: clock.now(), uptime: clock.uptime() }
    }

    /// How long ago it was.
    pub(crate) fn passed(self, now: Self) -> Duration {
        now.uptime.saturating_sub(self.uptime)
    }
}
