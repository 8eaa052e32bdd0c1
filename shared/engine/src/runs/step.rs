//! The record of a step within a run.

use super::branch::Items;
use super::question::Question;
use super::run::RUN_VERSION_PLAIN;
use super::stored::{StoredPlan, StoredStep};
use super::turn::{Stands, Turn};
use crate::effects::{EffectClass, EffectIdentity, OnUnknown};
use crate::ids::{ActionId, ClaimId, ConnectionName, EventId, ProviderId, StepPath};
use crate::queues::Queue;
use crate::slots::SlotKey;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is known of a step before it starts: fixed when the workflow's version is applied.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "StoredPlan")]
pub struct StepPlan {
    /// Where it stands in the workflow.
    pub path: StepPath,
    /// What is to be done.
    pub work: StepWork,
}

/// What a step does, and so which queue its wake-ups go to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StepWork {
    /// Something at a provider.
    Action(ActionWork),
    /// A flow step: it needs no provider, and decides where the run goes, or when.
    Flow(FlowWork),
}

/// What a step does at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ActionWork {
    /// What it uses.
    pub action: ActionId,
    /// Who does it; in a plan, as the connection stood when the version was applied.
    pub provider: ProviderId,
    /// What a second call would do.
    pub class: EffectClass,
    /// What becomes of an unknown outcome where nobody can be asked.
    pub on_unknown: OnUnknown,
    /// The connection that it goes through, by which its wake-ups are sorted; `None` in what was stored
    /// before it was kept here.
    pub via: Option<ConnectionName>,
    /// What the provider's file said of its effect; `None` where no file describes the provider, and in what was
    /// stored before it was kept here.
    pub identity: Option<EffectIdentity>,
}

/// What a flow step does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlowWork {
    /// What.
    pub flow: FlowKind,
    /// Until when it waits, once that is known: a pause of the workflow does not change it.
    pub until: Option<Timestamp>,
    /// The items of a loop that has begun.
    pub items: Option<Box<Items>>,
    /// The event that came for a step which waits for one; what it keeps of it is its output.
    pub heard: Option<EventId>,
    /// What an approval asks, once it does.
    pub question: Option<Box<Question>>,
    /// Where the run stands in its slot, once it has asked.
    pub turn: Option<Box<Turn>>,
}

/// The kinds of flow steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowKind {
    /// One of several routes is taken.
    Choose,
    /// The run goes on later.
    Wait,
    /// The run goes on when an event comes, or later.
    WaitForEvent,
    /// The same is done with each item of a list.
    ForEach,
    /// An event of the project's own is emitted.
    Emit,
    /// People are asked.
    Approval,
    /// The run goes on when its turn comes among those of its key (`concurrency`).
    Slot,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "StoredStep")]
pub struct StepRecord {
    /// Where it stands.
    pub state: StepState,
    /// What it does.
    pub work: StepWork,
    /// Raised by every claim: only the holder of the newest fence may record an outcome.
    pub fence: u32,
    /// Whose claim it is that holds the step; nothing where nobody does.
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
    /// A loop whose branches are worked on.
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

impl FlowKind {
    /// The word that is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Choose => "choose",
            Self::Wait | Self::WaitForEvent => "wait",
            Self::ForEach => "for_each",
            Self::Emit => "emit",
            Self::Approval => "approval",
            Self::Slot => "concurrency",
        }
    }

    /// The version of the forms that hold such a step: whoever knows only what is older leaves them alone.
    pub fn version(self) -> u32 {
        match self {
            Self::Choose | Self::Wait => 2,
            Self::ForEach | Self::Emit => 3,
            Self::Approval => 4,
            Self::WaitForEvent => 5,
            Self::Slot => 7,
        }
    }
}

impl StepWork {
    /// A flow step of this kind.
    pub fn flow(flow: FlowKind) -> Self {
        let (until, items, heard, question, turn) = (None, None, None, None, None);
        Self::Flow(FlowWork { flow, until, items, heard, question, turn })
    }

    /// What it does at a provider, where it does.
    pub fn action(&self) -> Option<&ActionWork> {
        match self {
            Self::Action(action) => Some(action),
            Self::Flow(_) => None,
        }
    }

    /// The same, to be changed.
    pub fn action_mut(&mut self) -> Option<&mut ActionWork> {
        match self {
            Self::Action(action) => Some(action),
            Self::Flow(_) => None,
        }
    }

    /// The version of the forms that hold such a step.
    pub fn version(&self) -> u32 {
        self.flow_work().map_or(RUN_VERSION_PLAIN, |work| work.flow.version())
    }

    /// What it does as a flow step, where it is one.
    pub fn flow_work(&self) -> Option<&FlowWork> {
        match self {
            Self::Action(_) => None,
            Self::Flow(flow) => Some(flow),
        }
    }

    /// The items of a loop that has begun.
    pub fn items(&self) -> Option<&Items> {
        self.flow_work().and_then(|work| work.items.as_deref())
    }

    /// The same, to be changed.
    pub(crate) fn items_mut(&mut self) -> Option<&mut Items> {
        match self {
            Self::Action(_) => None,
            Self::Flow(flow) => flow.items.as_deref_mut(),
        }
    }

    /// The event that came for it, where it waits for one.
    pub fn heard(&self) -> Option<&EventId> {
        self.flow_work().and_then(|work| work.heard.as_ref())
    }

    /// Where the run stands in its slot, once it has asked.
    pub fn turn(&self) -> Option<&Turn> {
        self.flow_work().and_then(|work| work.turn.as_deref())
    }

    /// What an approval asks, once it does.
    pub fn question(&self) -> Option<&Question> {
        self.flow_work().and_then(|work| work.question.as_deref())
    }

    /// The same, to be changed.
    pub(crate) fn question_mut(&mut self) -> Option<&mut Question> {
        match self {
            Self::Action(_) => None,
            Self::Flow(flow) => flow.question.as_deref_mut(),
        }
    }

    /// An approval asks anew.
    pub(crate) fn forget_question(&mut self) {
        if let Self::Flow(flow) = self
            && flow.question.take().is_some()
        {
            flow.until = None;
        }
    }

    /// Whether it is this action.
    pub fn is_action(&self, id: &ActionId) -> bool {
        self.action().is_some_and(|work| work.action == *id)
    }

    /// Which queue its wake-ups go to.
    pub fn queue(&self) -> Queue {
        match self {
            Self::Action(work) => Queue::Action(work.action.clone()),
            Self::Flow(_) => Queue::Flow,
        }
    }

    /// What doing it a second time would do: a decision comes out the same.
    pub fn class(&self) -> EffectClass {
        self.action().map_or(EffectClass::Natural, |work| work.class)
    }

    /// What becomes of an unknown outcome where nobody can be asked.
    pub fn on_unknown(&self) -> OnUnknown {
        self.action().map_or(OnUnknown::Retry, |work| work.on_unknown)
    }

    /// The connection that it goes through, where that is known.
    pub fn via(&self) -> Option<&ConnectionName> {
        self.action().and_then(|work| work.via.as_ref())
    }
}

impl StepState {
    /// Something is still to be done about it.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::Ready
                | Self::Running
                | Self::Retry
                | Self::Waiting
                | Self::Looping
                | Self::Unknown
        )
    }

    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Retry => "retry",
            Self::Waiting => "waiting",
            Self::Looping => "looping",
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
            work: plan.work.clone(),
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

    /// A step that was decided where the run passed it.
    pub fn done(plan: &StepPlan, output: Value, now: Timestamp) -> Self {
        Self {
            state: StepState::Done,
            output: Some(output),
            ended_at: Some(now),
            ..Self::ready(plan)
        }
    }

    /// A step whose time comes later.
    pub fn waiting(plan: &StepPlan, until: Timestamp) -> Self {
        let mut step = Self::ready(plan);
        step.wait_until(until);
        step
    }

    /// A loop that begins.
    pub fn looping(plan: &StepPlan, items: Items) -> Self {
        let mut step = Self::ready(plan);
        step.begin_loop(items);
        step
    }

    /// Its branches work on these items.
    pub(crate) fn begin_loop(&mut self, items: Items) {
        self.state = StepState::Looping;
        self.next_at = None;
        if let StepWork::Flow(work) = &mut self.work {
            work.items = Some(Box::new(items));
        }
    }

    /// An event came for it, of which it keeps this. Whether that makes it due: nobody works on it.
    pub(crate) fn hear(&mut self, event: &EventId, output: &Value, now: Timestamp) -> bool {
        self.output = Some(output.clone());
        if let StepWork::Flow(work) = &mut self.work {
            work.heard = Some(event.clone());
        }
        let waits = self.state == StepState::Waiting;
        if waits {
            self.next_at = Some(now);
        }
        waits
    }

    /// It waits until then.
    pub(crate) fn wait_until(&mut self, until: Timestamp) {
        self.state = StepState::Waiting;
        self.next_at = Some(until);
        if let StepWork::Flow(work) = &mut self.work {
            work.until = Some(until);
        }
    }

    /// Whether an event may still let it go on that was accepted then: it waits, or has yet to begin to, or its time
    /// is over and the event came before.
    pub(crate) fn can_hear(&self, accepted_at: Timestamp) -> bool {
        self.work.flow_work().is_some_and(|work| {
            work.flow == FlowKind::WaitForEvent
                && work.heard.is_none()
                && self.state.is_open()
                && work.until.is_none_or(|until| accepted_at <= until)
        })
    }

    /// Notes where the run stands in its slot.
    pub(crate) fn note_turn(&mut self, slot: &SlotKey, stands: Stands) {
        if let StepWork::Flow(work) = &mut self.work {
            work.turn = Some(Box::new(Turn { slot: slot.clone(), stands }));
        }
    }

    /// Whether it is the step by which a run asks for its turn, and the run may stand in its slot. Whoever claimed
    /// it may have stopped after the slot was written and before the record said so.
    pub(crate) fn may_stand_in_slot(&self) -> bool {
        let asks = self.work.flow_work().is_some_and(|work| work.flow == FlowKind::Slot);
        asks && match self.work.turn() {
            Some(turn) => turn.stands != Stands::Gone,
            None => self.fence > 0,
        }
    }

    /// Whether it waits for whoever leaves its slot: nobody sends a message before then.
    pub fn waits_in_line(&self) -> bool {
        let turn = self.work.turn();
        self.state == StepState::Waiting && turn.is_some_and(|turn| turn.stands == Stands::InLine)
    }

    /// It asks people, until then.
    pub(crate) fn ask(&mut self, question: &Question, until: Timestamp) {
        self.wait_until(until);
        if let StepWork::Flow(work) = &mut self.work {
            work.question = Some(Box::new(question.clone()));
        }
    }

    /// What may follow an answer that never came.
    pub fn when_unknown(&self) -> WhenUnknown {
        match (self.work.class(), self.work.on_unknown()) {
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
