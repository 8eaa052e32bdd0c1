//! What a run's item holds as one compressed document: all but what the claim looks at or changes.

use super::control::Control;
use super::parts::Moved;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use tradewind_engine::effects::EffectIdentity;
use tradewind_engine::ids::{
    ActionId, ConnectionName, EventId, ProviderId, RunId, StepPath, WorkflowId,
};
use tradewind_engine::runs::{
    ActionWork, Branch, Failure, FlowKind, FlowWork, Items, Question, Run, RunState, StepRecord,
    StepWork, Tried, Turn,
};
use tradewind_engine::stored::StoredForm;
use tradewind_engine::time::Timestamp;

/// A run without its state, its next check, and the control of its open steps.
#[derive(Serialize, Deserialize)]
pub(super) struct Document {
    v: u32,
    pub(super) id: RunId,
    workflow: WorkflowId,
    version: u32,
    event: EventId,
    connection: Option<ConnectionName>,
    key: String,
    generation: u32,
    test: bool,
    #[serde(rename = "gen")]
    resumed: u32,
    input: Value,
    /// The part that the input was moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input_part: Option<String>,
    steps: BTreeMap<StepPath, StepDocument>,
    failure: Option<Failure>,
    dead_lettered: bool,
    quiet: bool,
    hops: u32,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    #[serde(default, skip_serializing_if = "is_zero")]
    chain: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cancelled_by: Option<EventId>,
    ended_at: Option<Timestamp>,
    pub(super) redacted_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    branch: Option<Branch>,
}

#[derive(Serialize, Deserialize)]
struct StepDocument {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    action: Option<ActionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider: Option<ProviderId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    via: Option<ConnectionName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<EffectIdentity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flow: Option<FlowKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    items: Option<Box<Items>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    heard: Option<EventId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    question: Option<Box<Question>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    turn: Option<Box<Turn>>,
    ended_at: Option<Timestamp>,
    /// Of a step that has ended; the claim never looks at it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    control: Option<Control>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
    /// The part that the details were moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<String>,
}

impl StepDocument {
    /// What the step does; the class of an action stands in its control. `None` where that is not said.
    fn work(&self, control: &Control) -> Option<StepWork> {
        if let Some(flow) = self.flow {
            return Some(StepWork::Flow(FlowWork {
                flow,
                until: self.until,
                items: self.items.clone(),
                heard: self.heard.clone(),
                question: self.question.clone(),
                turn: self.turn.clone(),
            }));
        }
        Some(StepWork::Action(ActionWork {
            action: self.action.clone()?,
            provider: self.provider.clone()?,
            class: control.class,
            on_unknown: control.on_unknown,
            via: self.via.clone(),
            identity: self.identity.clone(),
        }))
    }
}

/// What may be long about a step.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Details {
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    output: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tried: Vec<Tried>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// An output of null is not the same as none.
fn present<'a, D: Deserializer<'a>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

impl Details {
    pub(super) fn of(step: &StepRecord) -> Self {
        let (output, reason) = (step.output.clone(), step.reason.clone());
        Self { output, reason, tried: step.tried.clone() }
    }

    pub(super) fn are_of(&self, step: &StepRecord) -> bool {
        self.output == step.output && self.reason == step.reason && self.tried == step.tried
    }
}

impl StoredForm for Document {
    const KIND: &'static str = Run::KIND;
    const VERSION: u32 = Run::VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}

impl Document {
    /// The document, and the control of the open steps, which stands beside it.
    pub(super) fn of(run: &Run, moved: &Moved) -> (Self, BTreeMap<StepPath, Control>) {
        let mut open = BTreeMap::new();
        let mut steps = BTreeMap::new();
        for (path, step) in &run.steps {
            let part = moved.steps.get(path).cloned();
            let details = part.is_none().then(|| Details::of(step));
            let control = Control::of(step);
            let control = if step.state.is_open() {
                open.insert(path.clone(), control);
                None
            } else {
                Some(control)
            };
            let (action, flow) = (step.work.action(), step.work.flow_work());
            let document = StepDocument {
                action: action.map(|work| work.action.clone()),
                provider: action.map(|work| work.provider.clone()),
                via: action.and_then(|work| work.via.clone()),
                identity: action.and_then(|work| work.identity.clone()),
                flow: flow.map(|work| work.flow),
                until: flow.and_then(|work| work.until),
                items: flow.and_then(|work| work.items.clone()),
                heard: flow.and_then(|work| work.heard.clone()),
                question: flow.and_then(|work| work.question.clone()),
                turn: flow.and_then(|work| work.turn.clone()),
                ended_at: step.ended_at,
                control,
                details,
                part,
            };
            steps.insert(path.clone(), document);
        }
        let input = if moved.input.is_some() { Value::Null } else { run.input.clone() };
        let document = Self {
            v: run.v,
            id: run.id.clone(),
            workflow: run.workflow.clone(),
            version: run.version,
            event: run.event.clone(),
            connection: run.connection.clone(),
            key: run.key.clone(),
            generation: run.generation,
            test: run.test,
            resumed: run.resumed,
            input,
            input_part: moved.input.clone(),
            steps,
            failure: run.failure.clone(),
            dead_lettered: run.dead_lettered,
            quiet: run.quiet,
            hops: run.hops,
            created_at: run.created_at,
            revision: run.revision,
            chain: run.chain,
            cancelled_by: run.cancelled_by.clone(),
            ended_at: run.ended_at,
            redacted_at: run.redacted_at,
            branch: run.branch.clone(),
        };
        (document, open)
    }

    /// Where what is not in here was moved to.
    pub(super) fn moved(&self) -> Moved {
        let step =
            |(path, step): (&StepPath, &StepDocument)| Some((path.clone(), step.part.clone()?));
        Moved {
            input: self.input_part.clone(),
            steps: self.steps.iter().filter_map(step).collect(),
        }
    }

    /// The run again. `input` and `details` are what was moved; `None` where an open step has no
    /// control, or something that was moved is not given.
    pub(super) fn into_run(
        self,
        state: RunState,
        check_at: Option<Timestamp>,
        mut open: BTreeMap<StepPath, Control>,
        input: Option<Value>,
        mut details: BTreeMap<StepPath, Details>,
    ) -> Option<Run> {
        let mut steps = BTreeMap::new();
        for (path, step) in self.steps {
            let control = open.remove(&path).or_else(|| step.control.clone())?;
            let work = step.work(&control)?;
            let details = step.details.or_else(|| details.remove(&path))?;
            let record = control.into_step(work, step.ended_at, details);
            steps.insert(path, record);
        }
        Some(Run {
            v: self.v,
            id: self.id,
            workflow: self.workflow,
            version: self.version,
            event: self.event,
            connection: self.connection,
            key: self.key,
            generation: self.generation,
            test: self.test,
            state,
            resumed: self.resumed,
            input: if self.input_part.is_some() { input? } else { self.input },
            steps,
            failure: self.failure,
            dead_lettered: self.dead_lettered,
            quiet: self.quiet,
            hops: self.hops,
            check_at,
            created_at: self.created_at,
            revision: self.revision,
            chain: self.chain,
            cancelled_by: self.cancelled_by,
            ended_at: self.ended_at,
            redacted_at: self.redacted_at,
            branch: self.branch,
        })
    }
}

impl Control {
    fn into_step(
        self,
        work: StepWork,
        ended_at: Option<Timestamp>,
        details: Details,
    ) -> StepRecord {
        let Details { output, reason, tried } = details;
        StepRecord {
            work,
            state: self.state,
            fence: self.fence,
            claim: self.claim,
            lease_until: self.lease_until,
            claimed_at: self.claimed_at,
            attempts: self.attempts,
            asked: self.asked,
            next_at: self.next_at,
            key_at: self.key_at,
            output,
            reason,
            tried,
            ended_at,
        }
    }
}
