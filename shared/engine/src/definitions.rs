//! What was applied: connections and workflows, every change of a workflow a new version.

use crate::events::Event;
use crate::ids::{ConnectionName, ProviderId, WorkflowId};
use crate::runs::StepPlan;
use crate::schedules::{self, SCHEDULE_FIRED, Schedule};
use crate::stored::StoredForm;
use crate::time::Timestamp;
use crate::workflows::{Step, Workflow};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The version of the stored forms in this file.
pub const DEFINITIONS_VERSION: u32 = 1;
/// The newest version of the form of a project; one has what [`version_of_project`] says.
pub const PROJECT_VERSION: u32 = 2;
/// The newest version of the form of a workflow's version; one has what [`version_form`] says, so that whoever
/// does not know of newer things goes on with it.
pub const FLOW_VERSION: u32 = 8;
/// That of one that goes by the clock: its events are for it alone, which is to be known.
const CLOCK_VERSION: u32 = 3;
/// That of one whose events are held to be one run.
const HOLDING_VERSION: u32 = 6;
/// That of one with a step that asks afresh whether it is still wanted: it is not to be done unasked.
const ASKING_AFRESH_VERSION: u32 = 8;

/// The version of the form of a workflow's version that has these steps: the oldest that tells of all of them.
pub fn version_form(workflow: &Workflow, steps: &[StepPlan]) -> u32 {
    let asks_afresh = |step: &Step| step.action().is_some_and(|action| action.still.is_some());
    let besides = [
        (workflow.trigger.schedule.is_some(), CLOCK_VERSION),
        (workflow.holding.is_some(), HOLDING_VERSION),
        (workflow.all_steps().any(asks_afresh), ASKING_AFRESH_VERSION),
    ];
    let besides = besides.into_iter().filter_map(|(has, version)| has.then_some(version));
    let forms = steps.iter().map(|plan| plan.work.version()).chain(besides);
    forms.max().unwrap_or(DEFINITIONS_VERSION)
}

/// The version of a project with these providers of its own: the oldest that tells of all of it.
pub fn version_of_project(providers: &BTreeMap<ProviderId, String>) -> u32 {
    if providers.is_empty() { DEFINITIONS_VERSION } else { PROJECT_VERSION }
}

/// The applied tradewind.yaml: environment filled in, secrets by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredProject {
    /// Version of this form: what [`version_of_project`] says.
    pub v: u32,
    /// The connections.
    pub connections: BTreeMap<ConnectionName, StoredConnection>,
    /// The providers of its own, each by the digest of its file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub providers: BTreeMap<ProviderId, String>,
    /// Where failures are told.
    pub alerts: Option<StoredAlerts>,
    /// The address under which the outside reaches this runtime.
    pub public_url: Option<String>,
    /// The IANA zone of schedules that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// How long runs and events are kept, in days.
    pub keep_days: u32,
    /// How long after a run's end its data is kept, in days.
    pub redact_after_days: u32,
    /// The hosts that the operator allowed when it was applied, to tell later which are new; `None` where
    /// it was applied before that was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_hosts: Option<Vec<String>>,
}

/// A file that describes a provider of the project's own. It never changes: another text has another digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderFile {
    /// Version of this form: [`DEFINITIONS_VERSION`].
    pub v: u32,
    /// The provider.
    pub id: ProviderId,
    /// SHA-256 of the text, in hexadecimal digits.
    pub digest: String,
    /// The YAML as it was applied.
    pub source: String,
}

/// A connection as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredConnection {
    /// The provider.
    pub provider: ProviderId,
    /// The settings; a secret stands as `{"$secret": "name"}`.
    pub settings: Map<String, Value>,
    /// As it was at the provider before: that one is asked about what was tried there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<Box<StoredConnection>>,
}

impl StoredConnection {
    /// The connection as it leads to that provider, or led before the last change of provider.
    pub fn at(&self, provider: &ProviderId) -> Option<&Self> {
        let both = [Some(self), self.former.as_deref()];
        both.into_iter().flatten().find(|connection| connection.provider == *provider)
    }

    /// With what is to be remembered of `before`, which it takes the place of.
    #[must_use]
    pub fn following(mut self, before: &Self) -> Self {
        self.former = if before.provider == self.provider {
            before.former.clone()
        } else {
            Some(Box::new(Self { former: None, ..before.clone() }))
        };
        self
    }
}

/// Where failures are told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredAlerts {
    /// The connection that posts or mails them.
    pub via: ConnectionName,
    /// The address, where the connection sends mail.
    pub to: Option<String>,
}

/// One version of a workflow. It never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkflowVersion {
    /// Version of this form: what [`version_form`] says.
    pub v: u32,
    /// The workflow.
    pub id: WorkflowId,
    /// From 1.
    pub version: u32,
    /// The YAML as it was applied.
    pub source: String,
    /// All steps, those below `on_failure` too, with what follows from the connections they use.
    pub steps: Vec<StepPlan>,
    /// When it was applied.
    pub applied_at: Timestamp,
}

/// An event that a workflow listens to besides the one that starts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    /// The event.
    pub event: String,
    /// The connection that it must come through.
    pub from: Option<ConnectionName>,
    /// The expression for what it has in common with a run, in which it is `trigger`.
    pub key: String,
    /// Runs wait for it, and go on when it comes; otherwise it cancels them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_awaited: bool,
}

/// The newest version of the head of a workflow; one has what [`version_of_head`] says.
pub const HEAD_VERSION: u32 = 4;
/// That of one with events that runs wait for.
const HEAD_VERSION_AWAITING: u32 = 3;
/// That of one with events that cancel its runs, and that runs wait for none.
const HEAD_VERSION_CANCELLING: u32 = 2;

/// The version of a head that listens to these besides its trigger, and holds events or did: the oldest that
/// tells of all of it.
pub fn version_of_head(listens: &[Listening], holds: bool) -> u32 {
    match listens {
        _ if holds => HEAD_VERSION,
        [] => DEFINITIONS_VERSION,
        _ if listens.iter().any(|one| one.is_awaited) => HEAD_VERSION_AWAITING,
        _ => HEAD_VERSION_CANCELLING,
    }
}

/// How many events of earlier versions are listened to, for the runs that began with these.
pub const FORMER_LISTENING_MAX: usize = 20;

/// What holds for a workflow now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkflowHead {
    /// Version of this form: at most [`HEAD_VERSION`].
    #[serde(default = "plain", skip_serializing_if = "is_plain")]
    pub v: u32,
    /// The workflow.
    pub id: WorkflowId,
    /// The version that new runs start with.
    pub version: u32,
    /// The event it waits for.
    pub event: String,
    /// The connection that the event must come through.
    pub from: Option<ConnectionName>,
    /// When it is due, where it goes by the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// It takes events.
    pub enabled: bool,
    /// Events accepted before then are not for it, unless their revision says that they came later.
    pub enabled_at: Timestamp,
    /// The revision in which it began to take events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled_in: Option<u64>,
    /// Its runs stand still.
    pub paused: bool,
    /// Its file is gone; kept for the runs that refer to it.
    pub deleted: bool,
    /// What it listens to besides, those of its present version first; runs of earlier ones may go on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listens: Vec<Listening>,
    /// A version of it holds events, or did: what comes twice is looked up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub holds: bool,
}

fn plain() -> u32 {
    DEFINITIONS_VERSION
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_plain(v: &u32) -> bool {
    *v == DEFINITIONS_VERSION
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Everything that holds now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Current {
    /// Raised by every change.
    pub revision: u64,
    /// The project; `None` until one is applied.
    pub project: Option<StoredProject>,
    /// All workflows, by id.
    pub workflows: Vec<WorkflowHead>,
}

impl WorkflowHead {
    /// Whether such events are for the workflow. What is due is for one workflow alone.
    pub fn waits_for(&self, event: &Event) -> bool {
        let is_own = event.name != SCHEDULE_FIRED
            || schedules::workflow_of(&event.data) == Some(self.id.as_str());
        self.event == event.name && (self.from.is_none() || self.from == event.connection) && is_own
    }

    /// When it is due next.
    pub fn next_at(&self, now: Timestamp) -> Option<Timestamp> {
        let is_at_work = self.enabled && !self.deleted;
        self.schedule.as_ref().filter(|_| is_at_work)?.next(now)
    }

    /// Whether the event was accepted before the workflow took events. Revisions decide where they can:
    /// a clock may have stepped back since the workflow was applied.
    pub fn is_younger_than(&self, event: &Event) -> bool {
        let came_later = |enabled_in| event.revision.is_some_and(|known| known >= enabled_in);
        !self.enabled_in.is_some_and(came_later) && event.accepted_at < self.enabled_at
    }
}

impl Current {
    /// Whether a workflow listens to the event, now or once it is enabled.
    pub fn is_listened_to(&self, event: &str) -> bool {
        self.workflows.iter().any(|head| !head.deleted && head.event == event)
    }

    /// The change is made, one revision further.
    pub fn apply_change(&mut self, change: &DefinitionsChange) {
        self.revision = change.from_revision + 1;
        if let Some(project) = &change.project {
            self.project = Some(project.clone());
        }
        for head in &change.heads {
            match self.workflows.binary_search_by(|known| known.id.cmp(&head.id)) {
                Ok(index) => self.workflows[index] = head.clone(),
                Err(index) => self.workflows.insert(index, head.clone()),
            }
        }
    }
}

impl StoredForm for StoredProject {
    const KIND: &'static str = "project";
    const VERSION: u32 = PROJECT_VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}

impl StoredForm for ProviderFile {
    const KIND: &'static str = "file of a provider";
    const VERSION: u32 = DEFINITIONS_VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}

impl StoredForm for WorkflowVersion {
    const KIND: &'static str = "version of a workflow";
    const VERSION: u32 = FLOW_VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}

impl StoredForm for WorkflowHead {
    const KIND: &'static str = "workflow";
    const VERSION: u32 = HEAD_VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}

/// A change of what holds, made all at once or not at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DefinitionsChange {
    /// The revision that the change was made from.
    pub from_revision: u64,
    /// A new project.
    pub project: Option<StoredProject>,
    /// Heads that are new or changed.
    pub heads: Vec<WorkflowHead>,
    /// New versions.
    pub versions: Vec<WorkflowVersion>,
    /// Files of providers that the project names and that may be new.
    pub provider_files: Vec<ProviderFile>,
}
