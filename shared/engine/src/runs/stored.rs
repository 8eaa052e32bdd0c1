//! How a step and its plan are stored: flat, as they were when every step was an action, so that what was
//! stored then is still read.
//!
//! Invariant: a kind of step that is new raises [`RUN_VERSION`](super::RUN_VERSION) and
//! [`version_form`](crate::definitions::version_form), and what holds it has that version ([`FlowKind::version`]):
//! whoever does not know it leaves the record alone.

use super::branch::Items;
use super::question::Question;
use super::step::{
    ActionWork, FlowKind, FlowWork, StepPlan, StepRecord, StepState, StepWork, Tried,
};
use super::turn::Turn;
use crate::effects::{EffectClass, EffectIdentity, OnUnknown};
use crate::ids::{ActionId, ClaimId, ConnectionName, EventId, ProviderId, StepPath};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// A step as it is read.
#[derive(Deserialize)]
pub(super) struct StoredStep {
    state: StepState,
    action: Option<ActionId>,
    provider: Option<ProviderId>,
    class: Option<EffectClass>,
    on_unknown: Option<OnUnknown>,
    via: Option<ConnectionName>,
    identity: Option<EffectIdentity>,
    flow: Option<FlowKind>,
    until: Option<Timestamp>,
    items: Option<Box<Items>>,
    heard: Option<EventId>,
    question: Option<Box<Question>>,
    turn: Option<Box<Turn>>,
    fence: u32,
    claim: Option<ClaimId>,
    lease_until: Option<Timestamp>,
    claimed_at: Option<Timestamp>,
    attempts: u32,
    asked: u32,
    next_at: Option<Timestamp>,
    key_at: Option<Timestamp>,
    output: Option<Value>,
    reason: Option<String>,
    tried: Vec<Tried>,
    ended_at: Option<Timestamp>,
}

/// A plan as it is read.
#[derive(Deserialize)]
pub(super) struct StoredPlan {
    path: StepPath,
    action: Option<ActionId>,
    provider: Option<ProviderId>,
    class: Option<EffectClass>,
    on_unknown: Option<OnUnknown>,
    via: Option<ConnectionName>,
    identity: Option<EffectIdentity>,
    flow: Option<FlowKind>,
    until: Option<Timestamp>,
}

#[derive(Serialize)]
struct WrittenStep<'a> {
    state: StepState,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a ActionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a ProviderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<EffectClass>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_unknown: Option<OnUnknown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<&'a ConnectionName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<&'a EffectIdentity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<FlowKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<&'a Items>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heard: Option<&'a EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<&'a Question>,
    #[serde(skip_serializing_if = "Option::is_none")]
    turn: Option<&'a Turn>,
    fence: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<&'a ClaimId>,
    lease_until: Option<Timestamp>,
    claimed_at: Option<Timestamp>,
    attempts: u32,
    asked: u32,
    next_at: Option<Timestamp>,
    key_at: Option<Timestamp>,
    output: Option<&'a Value>,
    reason: Option<&'a str>,
    tried: &'a [Tried],
    ended_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct WrittenPlan<'a> {
    path: &'a StepPath,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a ActionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a ProviderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<EffectClass>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_unknown: Option<OnUnknown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<&'a ConnectionName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<&'a EffectIdentity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<FlowKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

impl TryFrom<StoredStep> for StepRecord {
    type Error = &'static str;

    fn try_from(stored: StoredStep) -> Result<Self, Self::Error> {
        let action = action_work(
            stored.action,
            stored.provider,
            stored.class.zip(stored.on_unknown),
            stored.via,
            stored.identity,
        );
        let (until, items, question) = (stored.until, stored.items, stored.question);
        let (heard, turn) = (stored.heard, stored.turn);
        let flow = stored.flow.map(|flow| FlowWork { flow, until, items, heard, question, turn });
        Ok(Self {
            state: stored.state,
            work: work(action, flow)?,
            fence: stored.fence,
            claim: stored.claim,
            lease_until: stored.lease_until,
            claimed_at: stored.claimed_at,
            attempts: stored.attempts,
            asked: stored.asked,
            next_at: stored.next_at,
            key_at: stored.key_at,
            output: stored.output,
            reason: stored.reason,
            tried: stored.tried,
            ended_at: stored.ended_at,
        })
    }
}

impl TryFrom<StoredPlan> for StepPlan {
    type Error = &'static str;

    fn try_from(stored: StoredPlan) -> Result<Self, Self::Error> {
        let action = action_work(
            stored.action,
            stored.provider,
            stored.class.zip(stored.on_unknown),
            stored.via,
            stored.identity,
        );
        let until = stored.until;
        let flow = stored.flow.map(|flow| FlowWork {
            flow,
            until,
            items: None,
            heard: None,
            question: None,
            turn: None,
        });
        Ok(Self { path: stored.path, work: work(action, flow)? })
    }
}

fn action_work(
    action: Option<ActionId>,
    provider: Option<ProviderId>,
    effect: Option<(EffectClass, OnUnknown)>,
    via: Option<ConnectionName>,
    identity: Option<EffectIdentity>,
) -> Option<ActionWork> {
    let (class, on_unknown) = effect?;
    Some(ActionWork { action: action?, provider: provider?, class, on_unknown, via, identity })
}

fn work(action: Option<ActionWork>, flow: Option<FlowWork>) -> Result<StepWork, &'static str> {
    match (action, flow) {
        (Some(action), None) => Ok(StepWork::Action(action)),
        (None, Some(flow)) => Ok(StepWork::Flow(flow)),
        _ => Err("it is not said what the step does"),
    }
}

impl Serialize for StepRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (action, flow) = (self.work.action(), self.work.flow_work());
        WrittenStep {
            state: self.state,
            action: action.map(|work| &work.action),
            provider: action.map(|work| &work.provider),
            class: action.map(|work| work.class),
            on_unknown: action.map(|work| work.on_unknown),
            via: action.and_then(|work| work.via.as_ref()),
            identity: action.and_then(|work| work.identity.as_ref()),
            flow: flow.map(|work| work.flow),
            until: flow.and_then(|work| work.until),
            items: self.work.items(),
            heard: self.work.heard(),
            question: self.work.question(),
            turn: self.work.turn(),
            fence: self.fence,
            claim: self.claim.as_ref(),
            lease_until: self.lease_until,
            claimed_at: self.claimed_at,
            attempts: self.attempts,
            asked: self.asked,
            next_at: self.next_at,
            key_at: self.key_at,
            output: self.output.as_ref(),
            reason: self.reason.as_deref(),
            tried: &self.tried,
            ended_at: self.ended_at,
        }
        .serialize(serializer)
    }
}

impl Serialize for StepPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (action, flow) = (self.work.action(), self.work.flow_work());
        WrittenPlan {
            path: &self.path,
            action: action.map(|work| &work.action),
            provider: action.map(|work| &work.provider),
            class: action.map(|work| work.class),
            on_unknown: action.map(|work| work.on_unknown),
            via: action.and_then(|work| work.via.as_ref()),
            identity: action.and_then(|work| work.identity.as_ref()),
            flow: flow.map(|work| work.flow),
            until: flow.and_then(|work| work.until),
        }
        .serialize(serializer)
    }
}
