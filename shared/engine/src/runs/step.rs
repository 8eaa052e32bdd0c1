//! The record of a step within a run.

use crate::effects::{EffectClass, OnUnknown};
use crate::ids::{ActionId, ClaimId, ConnectionName, ProviderId, StepPath};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is known of a step before it starts: fixed when the workflow's version is applied.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StepPlan {
    /// Where it stands in the workflow.
    pub path: StepPath,
    /// What it uses, and so which queue its wake-ups go to.
    pub action: ActionId,
    /// Who does it, as the connection stood when the version was applied.
    pub provider: ProviderId,
    /// What a second call would do.
    pub class: EffectClass,
    /// What becomes of an unknown outcome where nobody can be asked.
    pub on_unknown: OnUnknown,
    /// The connection that it goes through; `None` in what was stored before it was kept here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<ConnectionName>,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Where it stands.
    pub state: StepState,
    /// What it uses.
    pub action: ActionId,
    /// Who does it.
    pub provider: ProviderId,
    /// What a second call would do.
    pub class: EffectClass,
    /// What becomes of an unknown outcome where nobody can be asked.
    pub on_unknown: OnUnknown,
    /// The connection that it goes through, by which its wake-ups are sorted; `None`: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<ConnectionName>,
    /// Raised by every claim: only the holder of the newest fence may record an outcome.
    pub fence: u32,
    /// Whose claim it is that holds the step; nothing where nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimId>,
    /// Until then the claim holds.
    pub lease_until: Option<Timestamp>,
    /// When the present or last attempt was claimed.
    pub claimed_at: Option<Timestamp>,
    /// How many times it was tried since it was last taken up.
    pub attempts: u32,
    /// How many times the provider was asked about an unknown outcome.
    pub asked: u32,
    /// Not before then.
    pub next_at: Option<Timestamp>,
    /// When the first attempt was made that may have arrived: the provider remembers the key from
    /// then on.
    pub key_at: Option<Timestamp>,
    /// What it gave.
    pub output: Option<Value>,
    /// Why it was skipped, failed or waits.
    pub reason: Option<String>,
    /// The tries that did not succeed, the newest last, at most [`TRIED_MAX`].
    pub tried: Vec<Tried>,
    /// When its end was recorded.
    pub ended_at: Option<Timestamp>,
}

/// How many unsuccessful tries are kept for people to read.
pub const TRIED_MAX: usize = 14;

/// A try that did not succeed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// When its outcome was recorded.
    pub at: Timestamp,
    /// What was said.
    pub reason: String,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Waits for a worker.
    Ready,
    /// A worker holds it.
    Running,
    /// Tried in vain; tried again at `next_at`.
    Retry,
    /// Waits for a time or a person.
    Waiting,
    /// It may have happened; the provider is asked at `next_at`.
    Unknown,
    /// Done.
    Done,
    /// Not needed.
    Skipped,
    /// Failed for good.
    Failed,
    /// Only a person can know or repair.
    Parked,
}

/// What may follow an answer that never came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenUnknown {
    /// The same call again.
    Repeat,
    /// Ask the provider; never send again before it has said no.
    Ask,
    /// Only a person can know.
    Hold,
}

impl StepState {
    /// Something is still to be done about it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Ready | Self::Running | Self::Retry | Self::Waiting | Self::Unknown)
    }

    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Retry => "retry",
            Self::Waiting => "waiting",
            Self::Unknown => "unknown",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Parked => "parked",
        }
    }
}

impl StepRecord {
    /// A step that waits for a worker.
    pub fn ready(plan: &StepPlan) -> Self {
        Self {
            state: StepState::Ready,
            action: plan.action.clone(),
            provider: plan.provider.clone(),
            class: plan.class,
            on_unknown: plan.on_unknown,
            via: plan.via.clone(),
            fence: 0,
            claim: None,
            lease_until: None,
            claimed_at: None,
            attempts: 0,
            asked: 0,
            next_at: None,
            key_at: None,
            output: None,
            reason: None,
            tried: Vec::new(),
            ended_at: None,
        }
    }

    /// A step that was not needed.
    pub fn skipped(plan: &StepPlan, reason: &str, now: Timestamp) -> Self {
        Self {
            state: StepState::Skipped,
            reason: Some(reason.to_owned()),
            ended_at: Some(now),
            ..Self::ready(plan)
        }
    }

    /// What may follow an answer that never came.
    pub fn when_unknown(&self) -> WhenUnknown {
        match (self.class, self.on_unknown) {
            (EffectClass::Keyed | EffectClass::Natural, _) => WhenUnknown::Repeat,
            (EffectClass::Queryable, _) => WhenUnknown::Ask,
            (EffectClass::Neither, OnUnknown::Hold) => WhenUnknown::Hold,
            (EffectClass::Neither, OnUnknown::Retry) => WhenUnknown::Repeat,
        }
    }

    /// Whether an attempt before the present one may have arrived at the other side.
    pub fn may_have_arrived_before(&self) -> bool {
        // Not `<`: clocks differ, and one may step back.
        self.key_at.is_some() && self.key_at != self.claimed_at
    }

    /// What expressions see as `steps.<id>.status`.
    pub fn status(&self) -> &'static str {
        match self.state {
            StepState::Done => "succeeded",
            StepState::Skipped => "skipped",
            _ => "failed",
        }
    }
}
