//! A clock that steps back is noticed and said.
//!
//! Nothing is lost by it: which came first, an event or a workflow, is told by revisions, and leases are
//! guarded by fences. But what waits for a time that has come already would wait for it once more.

use super::moment::Moment;
use crate::store::Store;
use std::time::Duration;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::{Timestamp, after, until};

/// Less than this is how clocks are kept right all the time.
const NOTICED: Duration = Duration::from_secs(2);

/// Between the last write of a process and its end at most so much time went on.
const WRITTEN_WITHIN: Duration = Duration::from_secs(10);

/// The latest time that was seen, by this process or by one before it.
pub(crate) struct ClockSteps {
    seen: Option<LastSeen>,
}

enum LastSeen {
    /// By a process before this one.
    Before(Timestamp),
    Here(Moment),
}

/// The clock stepped back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StepBack {
    /// From about this time.
    pub(crate) from: Timestamp,
    /// To this one.
    pub(crate) to: Timestamp,
}

impl ClockSteps {
    /// Goes on from the time at which the data was last written.
    pub(crate) async fn since_last_write(store: &Store) -> Result<Self, Unavailable> {
        Ok(Self { seen: store.probed_at().await?.map(LastSeen::Before) })
    }

    /// Takes in what the clock says now.
    pub(crate) fn observe(&mut self, now: Moment) -> Option<StepBack> {
        let (from, is_back) = match self.seen.replace(LastSeen::Here(now))? {
            LastSeen::Before(at) => (after(at, WRITTEN_WITHIN), until(now.at, at) >= NOTICED),
            LastSeen::Here(seen) => {
                let expected = after(seen.at, seen.passed(now));
                (expected, until(now.at, expected) >= NOTICED)
            }
        };
        is_back.then_some(StepBack { from, to: now.at })
    }
}

impl StepBack {
    /// What people are told.
    pub(crate) fn text(self) -> String {
        let (from, to, seconds) = (self.from, self.to, until(self.to, self.from).as_secs());
        format!(
            "The clock stepped back by about {seconds} s, from {from} to {to}. Nothing is lost; what \
             waits for a time waits so much longer. Check the time service of this machine."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_step_back_of_seconds_is_noticed() {
        let moment = |at: &str, uptime_s: u64| Moment {
            at: at.parse().unwrap(),
            uptime: Duration::from_secs(uptime_s),
        };
        let mut steps = ClockSteps { seen: None };
        for (at, uptime_s, noticed) in [
            ("2026-11-23T12:00:00Z", 100, false),
            ("2026-11-23T12:00:05Z", 105, false),
            ("2026-11-23T12:00:09Z", 110, false),
            // Less than the time between two looks.
            ("2026-11-23T12:00:39Z", 170, true),
            ("2026-11-23T11:00:44Z", 175, true),
            ("2026-11-23T11:00:49Z", 180, false),
            ("2026-11-23T12:30:00Z", 185, false),
        ] {
            assert_eq!(steps.observe(moment(at, uptime_s)).is_some(), noticed, "{at}");
        }
    }

    #[test]
    fn the_next_process_notices_it_too() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = |text: &str| Moment { at: at(text), uptime: Duration::ZERO };
        let steps = || ClockSteps { seen: Some(LastSeen::Before(at("2026-11-23T12:00:00Z"))) };
        assert_eq!(steps().observe(now("2026-11-23T12:00:01Z")), None);
        assert!(steps().observe(now("2026-11-23T11:59:57Z")).is_some());
    }
}
