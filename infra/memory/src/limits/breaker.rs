//! A breaker that keeps calls away from a provider that is down.

use super::{CALL_MAX, PROBE_PAUSE};
use std::time::Duration;
use tradewind_engine::time::{Timestamp, after};

/// So many calls in a row without an answer open it.
const DOWN_MAX: u32 = 5;
/// How long it first stays open; doubled by every probe that fails.
const PAUSE_FIRST: Duration = Duration::from_secs(30);
/// The longest that it stays open before the next probe.
const PAUSE_MAX: Duration = Duration::from_secs(10 * 60);

/// What keeps calls away from a provider that is down.
#[derive(Debug, Default)]
pub struct Breaker {
    down_in_a_row: u32,
    open: Option<OpenBreaker>,
}

/// A breaker that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenBreaker {
    /// No call before then.
    pub until: Timestamp,
    /// How long it has been opened for.
    pub pause: Duration,
    /// When the probe that is on its way was let through.
    pub probed_at: Option<Timestamp>,
}

impl Breaker {
    /// How it is open, if it is.
    pub fn open(&self) -> Option<OpenBreaker> {
        self.open
    }

    /// Takes over what others have found.
    pub fn adopt(&mut self, open: Option<OpenBreaker>) {
        if open.is_none() && self.open.is_some() {
            self.down_in_a_row = 0;
        }
        self.open = open;
    }

    /// When to ask again; `None`: a call may go, and [`Breaker::go`] says that it does.
    pub fn closed_until(&mut self, now: Timestamp) -> Option<Timestamp> {
        let open = self.open.as_mut()?;
        // Set under a clock that ran ahead.
        open.until = open.until.min(after(now, open.pause));
        if open.until > now {
            return Some(open.until);
        }
        let probed_at = open.probed_at.filter(|at| *at <= now && after(*at, CALL_MAX) > now);
        probed_at.map(|_| after(now, PROBE_PAUSE))
    }

    /// A call goes; while it is open, that is the probe.
    pub fn go(&mut self, now: Timestamp) {
        if let Some(open) = &mut self.open {
            open.probed_at = Some(now);
        }
    }

    /// The provider answered: it is up.
    pub fn answered(&mut self) {
        self.down_in_a_row = 0;
        self.open = None;
    }

    /// Nobody was called: if it was the probe, another call may be it.
    pub fn not_made(&mut self) {
        if let Some(open) = &mut self.open {
            open.probed_at = None;
        }
    }

    /// The provider did not answer.
    pub fn down(&mut self, now: Timestamp) {
        self.down_in_a_row = self.down_in_a_row.saturating_add(1);
        match &mut self.open {
            None if self.down_in_a_row >= DOWN_MAX => {
                let until = after(now, PAUSE_FIRST);
                self.open = Some(OpenBreaker { until, pause: PAUSE_FIRST, probed_at: None });
            }
            // Without a probe it is a call from before it opened, which says nothing new.
            Some(open) if open.probed_at.is_some() => {
                open.probed_at = None;
                open.pause = (open.pause * 2).min(PAUSE_MAX);
                open.until = after(now, open.pause);
            }
            None | Some(_) => {}
        }
    }
}
