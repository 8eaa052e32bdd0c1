//! Workflows and their versions.

use super::{EffectClass, OnUnknown, word_of};
use serde::{Deserialize, Serialize};
use tradewind_engine::definitions::WorkflowHead;
use tradewind_engine::runs::StepPlan;
use tradewind_engine::time::Timestamp;
use utoipa::ToSchema;

/// All workflows that have a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkflowList {
    /// By id.
    pub workflows: Vec<WorkflowSummary>,
}

/// What holds for a workflow now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkflowSummary {
    /// Its path below `workflows/` without `.yaml`. In a path of this API a `/` of it is `%2F`.
    pub id: String,
    /// The version that new runs start with.
    pub version: u32,
    /// The event it waits for; `schedule.fired` where it goes by the clock.
    pub event: String,
    /// The connection that the event must come through.
    pub from: Option<String>,
    /// It takes events.
    pub enabled: bool,
    /// Events accepted before then are not for it.
    pub enabled_at: Timestamp,
    /// Its runs stand still; new events are taken meanwhile.
    pub paused: bool,
    /// When it is due next, where it goes by the clock and is enabled; else null.
    #[serde(default)]
    pub next_at: Option<Timestamp>,
}

/// A workflow with its present version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkflowDetail {
    /// What holds now.
    pub workflow: WorkflowSummary,
    /// A label for people.
    pub name: Option<String>,
    /// The YAML as it was applied.
    pub source: String,
    /// All steps in their order, those below `on_failure` last.
    pub steps: Vec<PlannedStep>,
    /// When this version was applied.
    pub applied_at: Timestamp,
}

/// A step as it will be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlannedStep {
    /// Where it stands, such as `confirm`.
    pub path: String,
    /// What it does, such as `email.send`; of a step that needs no provider `choose` or `wait`.
    pub action: String,
    /// Who does it; nothing where nobody is needed.
    pub provider: Option<String>,
    /// What a second call would do.
    pub class: Option<EffectClass>,
    /// What becomes of an unknown outcome where nobody can be asked.
    pub on_unknown: Option<OnUnknown>,
}

/// A new text of one workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkflowSource {
    /// The YAML.
    pub source: String,
}

impl WorkflowSummary {
    /// What holds at that moment.
    pub fn of(head: &WorkflowHead, now: Timestamp) -> Self {
        Self {
            id: head.id.0.clone(),
            version: head.version,
            event: head.event.clone(),
            from: head.from.as_ref().map(|from| from.0.clone()),
            enabled: head.enabled,
            enabled_at: head.enabled_at,
            paused: head.paused,
            next_at: head.next_at(now),
        }
    }
}

impl From<&StepPlan> for PlannedStep {
    fn from(plan: &StepPlan) -> Self {
        let work = plan.work.action();
        Self {
            path: plan.path.0.clone(),
            action: word_of(&plan.work),
            provider: work.map(|work| work.provider.0.clone()),
            class: work.map(|work| work.class.into()),
            on_unknown: work.map(|work| work.on_unknown.into()),
        }
    }
}
