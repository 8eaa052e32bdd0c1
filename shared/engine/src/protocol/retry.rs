//! When a step is tried again.

use crate::time::{Timestamp, after};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The delays between tries, in seconds: 14 tries over 95.7 hours.
const STANDARD_S: [u64; 13] =
    [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 72_000, 86_400, 86_400];

/// The longest wait that another side may ask for.
const WAIT_MAX: Duration = Duration::from_secs(24 * 3_600);

/// How soon a step is tried again whose connection is down, at least: up to twice that.
const SOON: Duration = Duration::from_secs(5);

/// How often and how far apart a step is tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryCurve {
    /// The delay before the second try, the third, and so on.
    pub delays: Vec<Duration>,
}

impl RetryCurve {
    /// 14 tries: at once, then after 5 s, 30 s, 2 m, 10 m, 30 m, 1, 2, 4, 8, 12, 20, 24, 24 h.
    pub fn standard() -> Self {
        Self { delays: STANDARD_S.map(Duration::from_secs).to_vec() }
    }

    /// So many tries; the standard curve, its last delay repeated, scaled so that all delays
    /// together last `over`.
    pub fn scaled(attempts: u32, over: Option<Duration>) -> Self {
        let count = attempts.saturating_sub(1) as usize;
        let last = STANDARD_S[STANDARD_S.len() - 1];
        let curve: Vec<u64> =
            STANDARD_S.iter().copied().chain(std::iter::repeat(last)).take(count).collect();
        let total: u64 = curve.iter().sum();
        let delays = curve.iter().map(|&delay_s| match over {
            Some(over) if total > 0 => over.mul_f64(delay_s as f64 / total as f64),
            _ => Duration::from_secs(delay_s),
        });
        Self { delays: delays.collect() }
    }

    /// How many tries there are in all.
    pub fn attempts(&self) -> u32 {
        u32::try_from(self.delays.len()).unwrap_or(u32::MAX).saturating_add(1)
    }
}

/// When the try after `attempts` tries is due; `None`: there is none left. The first is due at once:
/// a run that was taken up again begins with it. `chance` (0 to 1) places the delay between half and
/// all of it; a `wait` that the other side asked for is the least.
pub fn next_try(
    curve: &RetryCurve,
    attempts: u32,
    now: Timestamp,
    wait: Option<Duration>,
    chance: f64,
) -> Option<Timestamp> {
    let delay = match attempts.checked_sub(1) {
        None => Duration::ZERO,
        Some(delays_before) => {
            let delay = curve.delays.get(usize::try_from(delays_before).ok()?)?;
            delay.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
        }
    };
    let wait = wait.unwrap_or(Duration::ZERO).min(WAIT_MAX);
    Some(after(now, delay.max(wait)))
}

/// The tries that a step has behind it.
pub(super) struct Tries<'a> {
    pub(super) curve: &'a RetryCurve,
    /// The present one included.
    pub(super) made: u32,
    /// What the other side asked for.
    pub(super) wait: Option<Duration>,
    /// 0 to 1, for jitter.
    pub(super) chance: f64,
}

/// The next try, and whether the present one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NextTry {
    pub(super) at: Timestamp,
    pub(super) spent: bool,
}

impl NextTry {
    pub(super) fn spent(at: Timestamp) -> Self {
        Self { at, spent: true }
    }
}

/// The next try of a step whose connection is down. The curve is then a schedule in time: a try counts
/// once the curve's delay since the `last` one that did has passed, so that an outage uses the curve up
/// in its whole time, while the end of the outage is seen within seconds.
pub(super) fn next_try_while_down(
    tries: &Tries<'_>,
    last: Option<Timestamp>,
    now: Timestamp,
) -> Option<NextTry> {
    let Tries { curve, made, wait, chance } = *tries;
    let before = made.checked_sub(2).and_then(|index| curve.delays.get(index as usize));
    let spent = before.is_none_or(|delay| is_due_by(*delay, last, now));
    let due = match (spent, before, last) {
        (false, Some(delay), Some(last)) => after(last, *delay),
        _ => next_try(curve, made, now, None, chance)?,
    };
    let asked_for = after(now, wait.unwrap_or(Duration::ZERO).min(WAIT_MAX));
    Some(NextTry { at: due.min(after(now, soon(chance))).max(asked_for), spent })
}

/// Whether the delay has passed since then. A time that is yet to come says nothing: a clock was set.
pub(super) fn is_due_by(delay: Duration, last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| last > now || after(last, delay) <= now)
}

/// After so long a connection that is down is called again.
pub(super) fn soon(chance: f64) -> Duration {
    SOON.mul_f64(1.0 + chance.clamp(0.0, 1.0))
}
