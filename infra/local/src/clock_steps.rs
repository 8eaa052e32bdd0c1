//! A clock that steps back is noticed and said.
//!
//! Nothing is lost by it: which came first, an event or a workflow, is told by revisions, and leases are
//! guarded by fences. But what waits for a time that has come already would wait for it once more.

use crate::store::Store;
use std::time::Duration;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::{Timestamp, until};

/// Less than this is how clocks are kept right all the time.
const NOTICED: Duration = Duration::from_secs(2);

/// The latest time that was seen, by this process or by one before it.
pub(crate) struct ClockSteps {
    seen: Option<Timestamp>,
}

/// The clock stepped back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StepBack {
    /// From this time or a later one.
    pub(crate) from: Timestamp,
    /// To this one.
    pub(crate) to: Timestamp,
}

impl ClockSteps {
    /// Goes on from the time at which the data was last written.
    pub(crate) async fn since_last_write(store: &Store) -> Result<Self, Unavailable> {
        Ok(Self { seen: store.probed_at().await? })
    }

    /// Takes in what the clock says now.
    pub(crate) fn look(&mut self, now: Timestamp) -> Option<StepBack> {
        let from = self.seen.replace(now)?;
        (until(now, from) >= NOTICED).then_some(StepBack { from, to: now })
    }
}

impl StepBack {
    /// What people are told.
    pub(crate) fn text(self) -> String {
        let (from, to, seconds) = (self.from, self.to, until(self.to, self.from).as_secs());
        format!(
            "The clock stepped back by {seconds} s or more, from {from} to {to}. Nothing is lost; what \
             waits for a time waits so much longer. Check the time service of this machine."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_step_back_of_seconds_is_noticed() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut steps = ClockSteps { seen: None };
        for (now, noticed) in [
            ("2026-11-23T12:00:00Z", false),
            ("2026-11-23T12:00:05Z", false),
            ("2026-11-23T12:00:04Z", false),
            ("2026-11-23T11:00:04Z", true),
            ("2026-11-23T11:00:09Z", false),
            ("2026-11-23T12:30:00Z", false),
        ] {
            assert_eq!(steps.look(time(now)).is_some(), noticed, "{now}");
        }
    }
}
