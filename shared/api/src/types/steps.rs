//! The steps of a run.

use super::cut_reason;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tradewind_engine::runs::{ITEM_FAILURES_MAX, ItemEnd, Run, RunState};
use tradewind_engine::{effects, runs, time::Timestamp};
use utoipa::ToSchema;

/// A step within a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunStep {
    /// Where it stands, such as `confirm`; within a loop `each[17].label`, after a failure `on_failure[0]`.
    pub path: String,
    /// A label for people.
    pub name: Option<String>,
    /// What it does, such as `email.send`; of a step that needs no provider such as `choose` or `wait`.
    pub action: String,
    /// The connection that it goes through.
    pub connection: Option<String>,
    /// Who does it; nothing where nobody is needed.
    pub provider: Option<String>,
    /// What a second call would do.
    pub class: Option<EffectClass>,
    /// Where it stands.
    pub state: StepState,
    /// How many times it was tried since it was last taken up.
    pub attempts: u32,
    /// How many times the provider was asked whether it happened.
    pub asked: u32,
    /// When the present or last attempt began.
    pub claimed_at: Option<Timestamp>,
    /// When it is tried, or the provider asked, again; until when it waits.
    pub next_at: Option<Timestamp>,
    /// The event that it waits for, besides a time, such as `shipment.updated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<String>,
    /// The event by which it went on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<String>,
    /// What has to hold right before each call, of the order as it is read then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_if_still: Option<String>,
    /// When its end was recorded.
    pub ended_at: Option<Timestamp>,
    /// Why it was skipped, failed or waits.
    pub reason: Option<String>,
    /// The tries that did not succeed, the newest last.
    pub tried: Vec<Try>,
    /// What it gave.
    pub output: Option<Value>,
    /// How far a loop is. The steps that its items are at follow it, those that stopped first, at most 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<LoopItems>,
    /// What an approval asks, and what was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
}

/// What an approval asks people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Question {
    /// The text.
    pub text: String,
    /// What somebody decided.
    pub decision: Option<Decision>,
}

/// What somebody decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// Yes, or no.
    pub approved: bool,
    /// Who: a token by its name, or whoever opened the link.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl From<&runs::Question> for Question {
    fn from(question: &runs::Question) -> Self {
        let decision = question.decision.clone();
        let decision =
            decision.map(|runs::Decision { approved, by, at }| Decision { approved, by, at });
        Self { text: question.text.clone(), decision }
    }
}

/// How far a loop is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoopItems {
    /// How many items there are.
    pub total: u32,
    /// How many are done.
    pub done: u32,
    /// How many failed, and the loop went on.
    pub failed: u32,
    /// How many were not needed.
    pub skipped: u32,
    /// How many are worked on at this moment.
    pub open: u32,
    /// How many stopped, and wait for a person.
    pub stopped: u32,
    /// The first that failed, at most 20.
    pub failures: Vec<ItemFailure>,
}

/// A failed item of a loop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemFailure {
    /// The step, such as `each[317].label`.
    pub step: String,
    /// What was said.
    pub reason: String,
}

impl LoopItems {
    /// What the record of a loop knows of its items, and those of its branches that it has not heard all of.
    pub(crate) fn of<'a>(items: &runs::Items, branches: impl Iterator<Item = &'a Run>) -> Self {
        let mut counted = Self {
            total: items.total,
            done: items.done,
            failed: items.failed,
            skipped: items.skipped,
            open: 0,
            stopped: 0,
            failures: items.failures.iter().map(ItemFailure::from).collect(),
        };
        for (state, of) in branches.filter_map(|run| Some((run.state, run.branch.as_ref()?))) {
            counted.done += of.count_of(ItemEnd::Done);
            counted.failed += of.count_of(ItemEnd::Failed);
            counted.skipped += of.count_of(ItemEnd::Skipped);
            counted.failures.extend(of.failures.iter().map(ItemFailure::from));
            match state {
                RunState::Active | RunState::Failing => counted.open += 1,
                RunState::Failed | RunState::Parked => counted.stopped += 1,
                RunState::Succeeded | RunState::Cancelled => {}
            }
        }
        counted.failures.truncate(ITEM_FAILURES_MAX);
        counted
    }
}

impl From<&runs::ItemFailure> for ItemFailure {
    fn from(failure: &runs::ItemFailure) -> Self {
        Self { step: failure.step.0.clone(), reason: cut_reason(&failure.reason) }
    }
}

/// A try that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Try {
    /// When its outcome was recorded.
    pub at: Timestamp,
    /// What was said.
    pub reason: String,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// The run has not come to it.
    Pending,
    /// Waits for a worker.
    Ready,
    /// A worker holds it.
    Running,
    /// Tried in vain; tried again at `next_at`.
    Retry,
    /// Waits for a time or a person.
    Waiting,
    /// A loop whose items are worked on.
    Looping,
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
    /// It waited, or was a loop, when its run was cancelled: what was left of it is not done.
    Cancelled,
}

/// What a second call of a step would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    /// Nothing: the provider honours our idempotency key for a while.
    Keyed,
    /// Nothing: it is idempotent by nature.
    Natural,
    /// The same again, but the provider can be asked whether it happened.
    Queryable,
    /// The same again: mail, chat, SMS.
    Neither,
}

/// What a step does when an answer never came and nobody can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// At most once: the run is parked until a person decides.
    Hold,
    /// At least once: the step is tried again.
    Retry,
}

/// What a step does, in a word.
pub(crate) fn word_of(work: &runs::StepWork) -> String {
    match work {
        runs::StepWork::Action(action) => action.action.0.clone(),
        runs::StepWork::Flow(flow) => flow.flow.as_str().to_owned(),
    }
}

impl From<runs::StepState> for StepState {
    fn from(state: runs::StepState) -> Self {
        match state {
            runs::StepState::Ready => Self::Ready,
            runs::StepState::Running => Self::Running,
            runs::StepState::Retry => Self::Retry,
            runs::StepState::Waiting => Self::Waiting,
            runs::StepState::Looping => Self::Looping,
            runs::StepState::Unknown => Self::Unknown,
            runs::StepState::Done => Self::Done,
            runs::StepState::Skipped => Self::Skipped,
            runs::StepState::Failed => Self::Failed,
            runs::StepState::Parked => Self::Parked,
        }
    }
}

impl From<effects::EffectClass> for EffectClass {
    fn from(class: effects::EffectClass) -> Self {
        match class {
            effects::EffectClass::Keyed => Self::Keyed,
            effects::EffectClass::Natural => Self::Natural,
            effects::EffectClass::Queryable => Self::Queryable,
            effects::EffectClass::Neither => Self::Neither,
        }
    }
}

impl From<effects::OnUnknown> for OnUnknown {
    fn from(on_unknown: effects::OnUnknown) -> Self {
        match on_unknown {
            effects::OnUnknown::Hold => Self::Hold,
            effects::OnUnknown::Retry => Self::Retry,
        }
    }
}
