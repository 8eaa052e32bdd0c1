//! When a step may be claimed, and what a claim makes of it.

use super::LEASE_GRACE;
use crate::ids::ClaimId;
use crate::runs::{StepRecord, StepState, WhenUnknown};
use crate::time::{Timestamp, after};

pub(super) fn may_claim(step: &StepRecord, now: Timestamp) -> bool {
    match step.state {
        StepState::Ready => true,
        StepState::Retry | StepState::Waiting => step.is_due(now),
        StepState::Running => {
            step.lease_has_ended(now) && step.when_unknown() == WhenUnknown::Repeat
        }
        _ => false,
    }
}

pub(super) fn may_ask(step: &StepRecord, now: Timestamp) -> bool {
    step.state == StepState::Unknown && step.is_due(now) && step.lease_has_ended(now)
}

/// Nobody holds the step, who would not see the decision, and its deadline has not passed.
pub(super) fn may_decide(step: &StepRecord, now: Timestamp) -> bool {
    let is_open = matches!(step.state, StepState::Waiting | StepState::Ready | StepState::Retry);
    let work = step.work.flow_work();
    let is_asked = step.work.question().is_some_and(|question| question.decision.is_none());
    is_open && is_asked && work.and_then(|work| work.until).is_some_and(|until| now < until)
}

/// Whether this very claim holds the step. The time as well: who does not know of these ids leaves an
/// old one beside a newer claim.
pub(super) fn is_own(step: &StepRecord, state: StepState, id: &ClaimId, now: Timestamp) -> bool {
    step.state == state && step.claim.as_ref() == Some(id) && step.claimed_at == Some(now)
}

pub(super) fn claim_step(
    step: &mut StepRecord,
    state: StepState,
    id: &ClaimId,
    now: Timestamp,
    lease_until: Timestamp,
) {
    step.state = state;
    step.fence += 1;
    step.claim = Some(id.clone());
    step.claimed_at = Some(now);
    step.lease_until = Some(lease_until);
    step.next_at = None;
}

impl StepRecord {
    /// Whether its time has come.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.next_at.is_none_or(|next_at| next_at <= now)
    }

    /// Whether nobody holds it any more, even if clocks differ.
    pub(super) fn lease_has_ended(&self, now: Timestamp) -> bool {
        self.lease_until.is_none_or(|lease_until| after(lease_until, LEASE_GRACE) < now)
    }
}
