//! Events, what workflows made of them, and starting again.

use super::{EffectClass, LeftOut, cut_reason, shown, whole_seconds};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tradewind_engine::events::{self, Decision, EventRecord};
use tradewind_engine::ids::{EventId, RunId};
use tradewind_engine::time::Timestamp;
use tradewind_engine::unmapped::Unmapped;
use tradewind_platform::people::again::Repeated;
use utoipa::ToSchema;

/// A page of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventList {
    /// The newest first.
    pub events: Vec<EventSummary>,
    /// Given as `before`, it asks for the next page; nothing when this was the last.
    pub next: Option<String>,
    /// Those of this page that are left out, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOut>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventSummary {
    /// The event.
    pub id: String,
    /// What happened, such as `order.placed`.
    pub name: String,
    /// The connection it came through.
    pub connection: Option<String>,
    /// The provider behind the connection when it was received.
    pub provider: Option<String>,
    /// The provider's own name for it, such as `orders.place`.
    pub topic: Option<String>,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// The provider's test mode.
    pub test: bool,
    /// The run whose end this event tells of.
    pub run: Option<String>,
    /// The step that emitted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emitted: Option<EmittedBy>,
    /// What the workflows that listen to it said. None: nobody listens.
    pub verdicts: Vec<Verdict>,
    /// Where it is a delivery that could not be read.
    #[serde(default)]
    pub unmapped: Option<UnmappedDelivery>,
    /// When its data was removed.
    pub redacted_at: Option<Timestamp>,
    /// What was odd about its delivery, and what became of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Where an event came from that a workflow emitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EmittedBy {
    /// The workflow.
    pub workflow: String,
    /// Its run.
    pub run: String,
    /// The step.
    pub step: String,
    /// The how-manieth of a chain of such events it is, from 1.
    pub depth: u32,
}

/// A delivery that its provider signed and that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnmappedDelivery {
    /// Why.
    pub reason: String,
    /// The events that it was read as in the end. Until then a dead letter waits for that.
    pub read_as: Option<Vec<String>>,
}

/// An event with its data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EventDetail {
    /// The event.
    pub event: EventSummary,
    /// What stands directly below `trigger`; empty once it was removed.
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
}

/// What a workflow made of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Verdict {
    /// The workflow.
    pub workflow: String,
    /// The version that was asked.
    pub version: u32,
    /// What it said.
    pub decision: VerdictKind,
    /// The run that works on the event, or on the one that it was folded into.
    pub run: Option<String>,
    /// Why there is no run, or none for it alone.
    pub reason: Option<String>,
    /// Of an event that runs waited for: those that went on by it, and at which step. Said of one event alone,
    /// not in lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub went_on: Vec<WentOn>,
}

/// A run that went on by an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WentOn {
    /// The run.
    pub run: String,
    /// The step that waited.
    pub step: String,
}

/// Whether a workflow takes an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// A run works on it.
    Run,
    /// It cancelled runs.
    Cancelled,
    /// It is held, to be one run with others.
    Held,
    /// The run works on a newer event in its place.
    Folded,
    /// Runs of it wait for such an event, or may come to.
    Awaited,
    /// It is not for this workflow.
    NoMatch,
    /// It could not be decided.
    Error,
}

/// An event made by hand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerEvent {
    /// What happened, such as `order.placed`.
    pub event: String,
    /// The connection that it is said to have come through. Left out, it is the one that all
    /// workflows which wait for such an event name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// What stands directly below `trigger`, such as `{"order": {…}}`.
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
    /// As in the provider's test mode.
    #[serde(default)]
    pub test: bool,
}

/// The event is on its way to the workflows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventAccepted {
    /// The event.
    pub event_id: String,
}

/// Start a workflow on an event again, although its effects may have happened before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartAgain {
    /// The workflow.
    pub workflow: String,
}

/// The run that was started again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StartedAgain {
    /// The run.
    pub run_id: String,
    /// Its generation.
    pub generation: u32,
    /// What happened before, or may have, and will happen again.
    pub repeats: Vec<RepeatedEffect>,
}

/// An effect that happens again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RepeatedEffect {
    /// The run that it was an effect of.
    pub run: String,
    /// The step.
    pub step: String,
    /// What was done, such as `email.send`.
    pub action: String,
    /// Who did it.
    pub provider: String,
    /// What a second call does.
    pub class: EffectClass,
    /// False where only a person could know whether it happened.
    pub certain: bool,
}

/// The most notes of an event that are shown.
const NOTES_MAX: usize = 40;

impl From<&EventRecord> for EventSummary {
    fn from(record: &EventRecord) -> Self {
        let event = &record.event;
        Self {
            id: event.id.0.clone(),
            name: event.name.clone(),
            connection: event.connection.as_ref().map(|connection| connection.0.clone()),
            provider: event.provider.as_ref().map(|provider| provider.0.clone()),
            topic: event.topic.as_deref().map(shown),
            accepted_at: event.accepted_at,
            test: event.test,
            run: event.run.as_ref().map(|run| run.0.clone()),
            emitted: event.emitted.as_ref().map(EmittedBy::from),
            verdicts: record.verdicts.iter().map(Verdict::from).collect(),
            unmapped: event.unmapped().map(UnmappedDelivery::from),
            redacted_at: record.redacted_at,
            notes: event.notes.iter().take(NOTES_MAX).map(|note| cut_reason(note)).collect(),
        }
    }
}

impl From<&events::Emission> for EmittedBy {
    fn from(emission: &events::Emission) -> Self {
        Self {
            workflow: emission.workflow.0.clone(),
            run: emission.run.0.clone(),
            step: emission.step.0.clone(),
            depth: emission.depth,
        }
    }
}

impl From<Unmapped> for UnmappedDelivery {
    fn from(unmapped: Unmapped) -> Self {
        let ids = |ids: Vec<EventId>| ids.into_iter().map(|id| id.0).collect();
        let reason = cut_reason(&unmapped.reason);
        Self { reason, read_as: unmapped.read_as.map(ids) }
    }
}

impl From<&events::Verdict> for Verdict {
    fn from(verdict: &events::Verdict) -> Self {
        let (decision, run, reason) = match &verdict.decision {
            Decision::Run(run) => (VerdictKind::Run, Some(run.0.clone()), None),
            Decision::Cancelled(runs) => {
                let runs: Vec<&str> = runs.iter().map(RunId::as_str).collect();
                let reason = format!("cancelled {}", runs.join(", "));
                (VerdictKind::Cancelled, None, Some(cut_reason(&reason)))
            }
            Decision::Held(held) => {
                (VerdictKind::Held, None, Some(format!("held until {}", whole_seconds(held.until))))
            }
            Decision::Folded(folding) => {
                let reason = format!("folded into {}", folding.into);
                (VerdictKind::Folded, Some(folding.run.0.clone()), Some(reason))
            }
            Decision::Awaited => (VerdictKind::Awaited, None, None),
            Decision::NoMatch(reason) => (VerdictKind::NoMatch, None, Some(cut_reason(reason))),
            Decision::Error(reason) => (VerdictKind::Error, None, Some(cut_reason(reason))),
        };
        let workflow = verdict.workflow.0.clone();
        let version = verdict.version;
        Self { workflow, version, decision, run, reason, went_on: Vec::new() }
    }
}

impl From<Repeated> for RepeatedEffect {
    fn from(repeated: Repeated) -> Self {
        Self {
            run: repeated.run.0,
            step: repeated.step.0,
            action: repeated.action.0,
            provider: repeated.provider.0,
            class: repeated.class.into(),
            certain: repeated.certain,
        }
    }
}
