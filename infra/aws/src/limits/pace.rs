//! A rate as permits for short windows.
//!
//! Windows follow each other but are not aligned: one begins when somebody asks after the last one has
//! ended. A span as long as `m` windows touches `m + 1` of them, so those may hold no more permits
//! together than the span allows. Where a window has one permit it is used at once, so that calls are a
//! window apart and nothing has to be held back.

use std::time::Duration;

/// A window is about that long: each process that makes calls asks once in every window.
const WINDOW: Duration = Duration::from_secs(1);
/// But a rate for a short time is divided into so many at least, or too much of it would be held back.
const WINDOWS_LEAST: u32 = 4;

/// So many permits in each window of that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    pub(super) permits: u32,
    pub(super) window: Duration,
}

impl Pace {
    /// That of so many calls within so long.
    pub(super) fn of(calls: u32, per: Duration) -> Self {
        let calls = calls.max(1);
        let windows = u32::try_from(per.as_millis() / WINDOW.as_millis()).unwrap_or(u32::MAX);
        let windows = windows.max(WINDOWS_LEAST);
        if calls <= windows {
            return Self { permits: 1, window: per / calls };
        }
        let permits = calls.div_ceil(windows.saturating_add(1));
        if permits == 1 {
            return Self { permits, window: per / calls };
        }
        Self { permits, window: per / (calls / permits - 1).max(1) }
    }

    /// The time between two calls when they are spread evenly.
    pub(super) fn interval(self) -> Duration {
        self.window / self.permits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    const RATES: [(u32, u64); 10] = [
        (1, 1),
        (2, 1),
        (5, 1),
        (40, 1),
        (1, 60),
        (30, 60),
        (61, 60),
        (100, 60),
        (1_000, 300),
        (10_000, 10),
    ];

    /// Who takes all permits of every window as late or as early as may be.
    fn most_in_any_span(pace: Pace, per: Duration) -> u32 {
        // The last moment of one window, then as many whole windows as touch the span.
        if pace.permits == 1 {
            return u32::try_from(per.as_nanos().div_ceil(pace.window.as_nanos())).unwrap();
        }
        let touched = 1 + u32::try_from(per.as_nanos().div_ceil(pace.window.as_nanos())).unwrap();
        touched * pace.permits
    }

    #[test]
    fn no_span_sees_more_calls_than_are_allowed() {
        for (calls, per_s) in RATES {
            let per = Duration::from_secs(per_s);
            let pace = Pace::of(calls, per);
            // Windows are whole nanoseconds, so that the last of a span may begin in it by a hair.
            let span = per - Duration::from_micros(1);
            assert!(most_in_any_span(pace, span) <= calls, "{calls} in {per_s} s: {pace:?}");
        }
    }

    #[test]
    fn little_of_a_rate_is_held_back() {
        let mut table = String::new();
        for (calls, per_s) in RATES {
            let pace = Pace::of(calls, Duration::from_secs(per_s));
            let made = f64::from(pace.permits) * per_s as f64 / pace.window.as_secs_f64();
            let Pace { permits, window } = pace;
            writeln!(table, "{calls} in {per_s} s: {permits} in {window:.3?}, {made:.0} in all")
                .unwrap();
        }
        expect_test::expect![[r"
            1 in 1 s: 1 in 1.000s, 1 in all
            2 in 1 s: 1 in 500.000ms, 2 in all
            5 in 1 s: 1 in 200.000ms, 5 in all
            40 in 1 s: 8 in 250.000ms, 32 in all
            1 in 60 s: 1 in 60.000s, 1 in all
            30 in 60 s: 1 in 2.000s, 30 in all
            61 in 60 s: 1 in 983.607ms, 61 in all
            100 in 60 s: 2 in 1.224s, 98 in all
            1000 in 300 s: 4 in 1.205s, 996 in all
            10000 in 10 s: 910 in 1.111s, 8190 in all
        "]]
        .assert_eq(&table);
    }
}
