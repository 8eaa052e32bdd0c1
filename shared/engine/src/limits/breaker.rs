//! What keeps calls away from a connection that is down, on evidence about the connection.
//!
//! A message that fails by itself must not close the connection for others, so failed calls count only
//! while they are in a row, without any answer between them, and come from several steps. Being open is
//! cheap, so little evidence is enough: calls still go as probes, a few at the same time and a few in a
//! second, which is often enough to see within seconds that the connection is back and, of a provider
//! that fails fast, to let many steps have their failures. The first answer closes it; then as many
//! calls may go at once as have been answered since, so that nothing is trampled down.

use super::call::CALL_MAX;
use super::call::{CallEnd, Caller, Standing};
use crate::time::{Timestamp, after, before, until};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// So many failed calls in a row, of so many steps, open it.
const ROW_LEAST: usize = 5;
const STEPS_LEAST: usize = 3;
/// A row that lasts so long opens it with two steps, or with one where nobody could be reached: what a
/// message says can keep an answer away, but not a connection.
const ROW_LONG: Duration = Duration::from_secs(10);
/// What is older says nothing about now.
const ROW_OLD: Duration = Duration::from_secs(10 * 60);
/// The longest row that is remembered.
const ROW_MAX: usize = 32;

/// So many probes may be on their way before it counts as hanging.
const PROBES: usize = 4;
/// The time between two probes at first.
pub const PROBE_EVERY: Duration = Duration::from_millis(50);
/// For so long probes go that often.
const EAGER_FOR: Duration = Duration::from_secs(60);
/// Afterwards the time between two is this part of the outage's age, up to this.
const AGE_SHARE: u32 = 120;
const PROBE_EVERY_MAX: Duration = Duration::from_secs(2);
/// The time between two probes while it hangs, or while what becomes of them waits for a person.
const PROBE_HANGS: Duration = Duration::from_secs(5);

/// So long after a probe is due somebody should have made it.
const UNPROBED_MAX: Duration = Duration::from_secs(60);

/// So many calls may go at the same time right after it closed; one more with each answer.
const RAMP_FIRST: usize = 4;
/// From so many on nothing is held back.
const RAMP_LAST: usize = 64;
/// Callers who are held back are given times of their own, but none further ahead than this.
const AHEAD_MAX: Duration = Duration::from_secs(60);

/// What keeps calls away from a connection that is down.
#[derive(Debug, Default)]
pub struct Breaker {
    // The failed calls since the last answer, the oldest first.
    row: VecDeque<Failure>,
    // The calls that are being made, and since when.
    made: BTreeMap<Caller, Timestamp>,
    // When the last call was admitted.
    went_at: Option<Timestamp>,
    open: Option<OpenBreaker>,
    // How many calls may go at the same time, for a while after it closed.
    ramp: Option<usize>,
    // When it closed: what was called before, and fails later, says nothing about now.
    closed_at: Option<Timestamp>,
    // The last time that was given to somebody who was held back.
    reserved: Option<Timestamp>,
}

/// A breaker that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenBreaker {
    /// Since when nothing was answered.
    pub since: Timestamp,
    /// No probe before then.
    pub probe_at: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Failure {
    step: u64,
    at: Timestamp,
    is_unreachable: bool,
}

impl Breaker {
    /// How it is open, if it is.
    pub fn open(&self) -> Option<OpenBreaker> {
        self.open
    }

    /// Whether calls are kept away. An open one that nobody probes counts as closed after a while: the
    /// messages that should do so may have been lost.
    pub fn keeps_away(&self, now: Timestamp) -> bool {
        // A time far ahead was set before the clock stepped back.
        let is_set = |at: Timestamp| at <= after(now, PROBE_HANGS) && after(at, UNPROBED_MAX) > now;
        self.open.is_some_and(|open| is_set(open.probe_at))
    }

    /// Takes over what others have found.
    pub fn adopt(&mut self, open: Option<OpenBreaker>, now: Timestamp) {
        if open.is_none() && self.open.is_some() {
            self.close(now);
        }
        self.open = open;
    }

    /// When the next call may go; `None`: now, and [`Breaker::go`] says that it does.
    pub fn held_until(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.forget_lost(now);
        let busy = self.made.len();
        if let Some(open) = &mut self.open {
            // Set under a clock that ran ahead.
            open.probe_at = open.probe_at.min(after(now, PROBE_HANGS));
            return self.probe_at(busy, now).filter(|at| *at > now);
        }
        self.ramp.filter(|most| busy >= *most).map(|_| after(now, PROBE_EVERY))
    }

    /// A time of its own for a call that is held back until `earliest` at least.
    pub fn reserve_time(&mut self, earliest: Timestamp, now: Timestamp) -> Timestamp {
        let interval = self.open.map_or(PROBE_EVERY, |open| probe_every(open, now));
        let next = self.reserved.map_or(earliest, |reserved| after(reserved, interval));
        let reserved_at = next.clamp(earliest, after(earliest, AHEAD_MAX));
        self.reserved = Some(reserved_at);
        reserved_at
    }

    /// How many more calls may begin now besides those `in_flight`, and when to look again; `None`: any.
    /// Among those in hand are those that are being made.
    pub fn capacity(&mut self, in_flight: usize, now: Timestamp) -> Option<Capacity> {
        self.forget_lost(now);
        if self.open.is_some() {
            let on_their_way = in_flight.saturating_sub(self.made.len());
            let probe_at = self.probe_at(in_flight.max(self.made.len()), now).unwrap_or(now);
            let is_due = on_their_way == 0 && probe_at <= now;
            let look_again = probe_at.max(after(now, PROBE_EVERY));
            return Some(Capacity { calls: usize::from(is_due), look_again });
        }
        let most = self.ramp?;
        let calls = most.saturating_sub(in_flight);
        Some(Capacity { calls, look_again: after(now, Duration::from_secs(1)) })
    }

    /// The call goes; while it is open, that is a probe.
    pub fn go(&mut self, caller: Caller, now: Timestamp) {
        self.made.insert(caller, now);
        self.went_at = Some(now);
        if let Some(open) = &mut self.open {
            open.probe_at = after(now, probe_every(*open, now));
        }
    }

    /// The call ended.
    pub fn ended(&mut self, caller: Caller, end: CallEnd, now: Timestamp) -> Standing {
        match end {
            CallEnd::Answered | CallEnd::Limited(_) => self.answered(caller, now),
            CallEnd::Unreachable => self.failed(caller, true, now),
            CallEnd::Failed { .. } => self.failed(caller, false, now),
            CallEnd::Doubtful => {
                let standing = self.failed(caller, false, now);
                self.probe_seldom(now);
                standing
            }
            CallEnd::NotMade => self.not_made(caller, now),
        }
    }

    /// The provider answered: the connection is up.
    fn answered(&mut self, caller: Caller, now: Timestamp) -> Standing {
        self.made.remove(&caller);
        self.row.clear();
        if self.open.take().is_some() {
            self.close(now);
            return Standing::CameBack;
        }
        self.ramp = self.ramp.map(|most| most + 1).filter(|most| *most < RAMP_LAST);
        Standing::Up
    }

    /// The call did not go after all, because somebody else was faster.
    pub fn take_back(&mut self, caller: Caller) {
        self.made.remove(&caller);
    }

    /// Nobody was called: another call may go in its place.
    fn not_made(&mut self, caller: Caller, now: Timestamp) -> Standing {
        self.made.remove(&caller);
        match &mut self.open {
            Some(open) => {
                open.probe_at = open.probe_at.min(now);
                Standing::Down
            }
            None => Standing::Up,
        }
    }

    /// The call failed: it was not answered, or by a server error. Down is also what it was while the
    /// call was made.
    fn failed(&mut self, caller: Caller, is_unreachable: bool, now: Timestamp) -> Standing {
        let made_at = self.made.remove(&caller);
        if self.open.is_some() || made_at.is_some_and(|at| self.closed_at > Some(at)) {
            return Standing::Down;
        }
        self.ramp = self.ramp.map(|most| (most / 2).max(RAMP_FIRST));
        // Of those that a clock running ahead has left, nothing is known.
        self.row.retain(|one| one.at <= now && one.at > before(now, ROW_OLD));
        if self.row.len() == ROW_MAX {
            self.row.pop_front();
        }
        self.row.push_back(Failure { step: caller.step, at: now, is_unreachable });
        if !self.is_evidence(now) {
            return Standing::Up;
        }
        let since = self.row.front().map_or(now, |first| first.at);
        self.open = Some(OpenBreaker { since, probe_at: now });
        self.reserved = None;
        Standing::WentDown
    }

    /// A probe costs a person's time: the next one is some seconds away.
    fn probe_seldom(&mut self, now: Timestamp) {
        if let Some(open) = &mut self.open {
            open.probe_at = open.probe_at.max(after(now, PROBE_HANGS));
        }
    }

    fn is_evidence(&self, now: Timestamp) -> bool {
        let steps: BTreeSet<u64> = self.row.iter().map(|failure| failure.step).collect();
        if self.row.len() >= ROW_LEAST && steps.len() >= STEPS_LEAST {
            return true;
        }
        let is_long = self.row.front().is_some_and(|first| until(first.at, now) >= ROW_LONG);
        is_long && (steps.len() >= 2 || self.row.iter().all(|failure| failure.is_unreachable))
    }

    /// When the next probe may go while it is open, where `busy` calls are on their way.
    fn probe_at(&self, busy: usize, now: Timestamp) -> Option<Timestamp> {
        let open = self.open?;
        let probe_at = open.probe_at.min(after(now, PROBE_HANGS));
        let went_at = self.went_at.filter(|at| *at <= now && busy >= PROBES);
        Some(went_at.map_or(probe_at, |at| probe_at.max(after(at, PROBE_HANGS))))
    }

    #[cfg(test)]
    pub(super) fn forget_reserved_times(&mut self) {
        self.reserved = None;
    }

    /// Whoever called so long ago has died.
    fn forget_lost(&mut self, now: Timestamp) {
        self.made.retain(|_, at| *at <= after(now, CALL_MAX) && after(*at, CALL_MAX) > now);
    }

    fn close(&mut self, now: Timestamp) {
        self.closed_at = Some(now);
        self.row.clear();
        self.reserved = None;
        self.ramp = Some(RAMP_FIRST);
    }
}

/// Capacity for calls of a connection that does not take any number of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// So many more may begin now.
    pub calls: usize,
    /// When there may be more.
    pub look_again: Timestamp,
}

fn probe_every(open: OpenBreaker, now: Timestamp) -> Duration {
    let age = until(open.since, now);
    if age < EAGER_FOR { PROBE_EVERY } else { (age / AGE_SHARE).min(PROBE_EVERY_MAX) }
}
