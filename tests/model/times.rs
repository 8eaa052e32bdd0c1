//! Abstract time. Every decision is taken at [`NOW`]; that time passes is the record growing older.
//!
//! Invariant: a moment that a later decision looks at is one of the constants below, so that states
//! which differ only in their clocks are one state.

use std::time::Duration;
use tradewind_engine::protocol::{EARLY, Times};
use tradewind_engine::runs::{Run, StepRecord, StepState};
use tradewind_engine::time::Timestamp;

pub(crate) const NOW: Timestamp = Timestamp::constant(2_000_000_000, 0);
/// The end of a lease that holds.
const LEASED: Timestamp = Timestamp::constant(2_000_000_090, 0);
/// The end of a lease that counts as ended whatever the clocks say.
const ENDED: Timestamp = Timestamp::constant(1_999_999_000, 0);
/// So near that a message is held for it.
const SOON: Timestamp = Timestamp::constant(2_000_000_030, 0);
/// So far that a message is not held for it.
pub(crate) const LATE: Timestamp = Timestamp::constant(2_000_000_600, 0);
/// When the sweeper looks at a run that was just written.
const CHECK: Timestamp = Timestamp::constant(2_000_000_900, 0);
/// The sweeper's time has come.
const OVERDUE: Timestamp = Timestamp::constant(1_999_999_999, 0);
/// A claim before the present one.
const EARLIER: Timestamp = Timestamp::constant(1_999_999_400, 0);
/// A claim before that.
const LONG_AGO: Timestamp = Timestamp::constant(1_999_998_800, 0);
/// Beyond the provider's memory.
const FORGOTTEN: Timestamp = Timestamp::constant(1_999_000_000, 0);

/// How long a provider that honours keys remembers them.
pub(crate) const KEY_WINDOW: Duration = Duration::from_secs(24 * 3_600);

/// A lease that does not end while anybody watches.
pub(crate) const FOREVER: Times =
    Times { lease: Duration::from_secs(100 * 365 * 24 * 3_600), ..Times::STANDARD };

/// The record with the moments of its last write replaced by the constants they amount to.
pub(crate) fn canonical(mut run: Run) -> Run {
    for step in run.steps.values_mut() {
        step.lease_until = step.lease_until.map(|at| if at > NOW { LEASED } else { ENDED });
        step.next_at = step.next_at.map(|at| match at.duration_since(NOW) {
            left if !left.is_positive() => NOW,
            left if left.unsigned_abs() <= EARLY => SOON,
            _ => LATE,
        });
    }
    run.check_at = run.check_at.map(|at| if at > NOW { CHECK } else { OVERDUE });
    run
}

/// Whether the step's lease, seen from now, holds.
pub(crate) fn is_leased(step: &StepRecord) -> bool {
    step.lease_until == Some(LEASED)
}

/// So much time passes that the step's lease ends.
pub(crate) fn end_lease(step: &mut StepRecord) {
    step.lease_until = step.lease_until.map(|_| ENDED);
    age(step);
}

/// So much time passes that what the step waits for is due. True: so much that a search shows all
/// that happened before.
pub(crate) fn end_wait(step: &mut StepRecord) -> bool {
    let is_long = step.next_at == Some(LATE);
    if step.next_at.is_some_and(|at| at > NOW) {
        step.next_at = Some(NOW);
        age(step);
    }
    if is_long {
        end_search_lag(step);
    }
    is_long
}

/// So much time passes that a search shows what happened before the step's last outcome.
pub(crate) fn end_search_lag(step: &mut StepRecord) {
    for tried in &mut step.tried {
        tried.at = EARLIER;
    }
}

/// So much time passes that the sweeper looks at the run: after the time that a step waits for.
pub(crate) fn end_check(run: &mut Run) {
    run.check_at = run.check_at.map(|_| OVERDUE);
    let waiting = run.steps.values_mut().filter(|step| step.state == StepState::Waiting);
    waiting.for_each(|step| _ = end_wait(step));
}

/// So much time passes that the provider forgets every key.
pub(crate) fn end_key_window(run: &mut Run) {
    for step in run.steps.values_mut() {
        end_lease(step);
        end_wait(step);
        end_search_lag(step);
        step.key_at = step.key_at.map(|_| FORGOTTEN);
    }
}

/// The step's claims move into the past; which of them came first stays as it was.
pub(crate) fn age(step: &mut StepRecord) {
    let first = step.key_at == step.claimed_at;
    let keyed_at = if first { EARLIER } else { LONG_AGO };
    step.key_at = step.key_at.map(|at| at.min(keyed_at));
    step.claimed_at = step.claimed_at.map(|_| EARLIER);
}
