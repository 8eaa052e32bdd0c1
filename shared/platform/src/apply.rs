//! A project folder becomes what holds: checked as a whole, applied as a whole.
//!
//! Invariant: nothing that has a problem is applied, and every change of a workflow, or of who
//! serves its steps, is a new version.

mod addresses;
mod check;
mod hosts;
mod one;
mod placement;
mod provider_files;
mod schedule;
mod served;
mod settings;

pub use check::{Checked, PROJECT_FILE, ProjectFiles, check};
use hosts::allowed_then;
pub use hosts::{HostChange, SecretHost, compared, secret_hosts};
pub use one::apply_workflow;
pub use provider_files::with_own_providers;
use served::unserved;
pub use served::{Functions, Served};

use crate::deployed::{Deployed, with_connections};
use crate::doers::planned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tradewind_connectors::catalog::Catalog;
use tradewind_engine::definitions::{
    Current, DefinitionsChange, FORMER_LISTENING_MAX, Listening, StoredProject, WorkflowHead,
    WorkflowVersion, version_form, version_of_head,
};
use tradewind_engine::effects::OnUnknown;
use tradewind_engine::hosts::AllowedHosts;
use tradewind_engine::ids::{StepPath, WorkflowId};
use tradewind_engine::ports::{Clock, Definitions, Unavailable};
use tradewind_engine::problems::Problem;
use tradewind_engine::runs::{ActionWork, FlowKind, StepPlan, StepWork};
use tradewind_engine::time::Timestamp;
use tradewind_engine::workflows::{ActionStep, Step, StepKind, WaitFor, Workflow};

/// What applying needs.
pub struct Applying {
    /// What was applied before.
    pub deployed: Arc<Deployed>,
    /// Where it is kept.
    pub definitions: Arc<dyn Definitions>,
    /// Everything there is.
    pub catalog: Arc<Catalog>,
    /// The hosts that the operator allowed besides those of the providers; nobody who applies adds to them.
    pub allowed_hosts: AllowedHosts,
    /// What there are functions for.
    pub served: Served,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// What an apply did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The revision that holds now.
    pub revision: u64,
    /// Workflows that are new or were changed, with their version.
    pub changed: Vec<(WorkflowId, u32)>,
    /// Workflows that are as they were.
    pub unchanged: Vec<WorkflowId>,
    /// Workflows whose file is gone.
    pub removed: Vec<WorkflowId>,
    /// Every host that will receive a secret, and those that will not any more.
    pub hosts: Vec<SecretHost>,
}

/// Why nothing was applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApplied {
    /// The project has problems.
    #[error("the project has {} problems", .0.len())]
    Problems(Vec<Problem>),
    /// Something else was applied since.
    #[error("version_conflict: something else was applied since revision {0}")]
    Conflict(u64),
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Checks the files and makes them hold. `expected` is the revision that the caller has seen.
pub async fn apply(
    ports: &Applying,
    files: &ProjectFiles,
    expected: Option<u64>,
) -> Result<Applied, NotApplied> {
    let checked =
        check(&ports.catalog, files, &ports.allowed_hosts).map_err(NotApplied::Problems)?;
    let unserved = unserved(&ports.served, &checked);
    if !unserved.is_empty() {
        return Err(NotApplied::Problems(unserved));
    }
    let current = ports.definitions.current().await?;
    if let Some(expected) = expected.filter(|expected| *expected != current.revision) {
        return Err(NotApplied::Conflict(expected));
    }
    let (change, mut applied) = plan_change(ports, &current, &checked).await?;
    if change.project.is_none() && change.heads.is_empty() {
        applied.revision = current.revision;
        return Ok(applied);
    }
    if !ports.definitions.change(&change).await? {
        return Err(NotApplied::Conflict(current.revision));
    }
    ports.deployed.refresh();
    applied.revision = current.revision + 1;
    Ok(applied)
}

async fn plan_change(
    ports: &Applying,
    current: &Current,
    checked: &Checked,
) -> Result<(DefinitionsChange, Applied), Unavailable> {
    let now = ports.clock.now();
    let mut change = DefinitionsChange {
        from_revision: current.revision,
        project: Some(following(current.project.as_ref(), &checked.project))
            .filter(|project| current.project.as_ref() != Some(project)),
        provider_files: checked.provider_files.clone(),
        ..DefinitionsChange::default()
    };
    let own = ports.deployed.own_providers(current).await?;
    let before = current.project.as_ref().map(|project| {
        let allowed = allowed_then(project, &ports.allowed_hosts);
        secret_hosts(project, &own.within(&ports.catalog), &allowed)
    });
    let after = secret_hosts(&checked.project, &checked.catalog, &ports.allowed_hosts);
    let hosts = compared(&before.unwrap_or_default(), after);
    let mut applied = Applied { hosts, ..Applied::default() };
    for (workflow, source) in &checked.workflows {
        let before = current.workflows.iter().find(|head| head.id == workflow.id);
        let steps = plans(workflow, &checked.project, &checked.catalog);
        let timezone = checked.project.timezone.as_deref();
        let next = NextDefinitions { workflow, source, steps, timezone, before };
        add_workflow(ports, next, now, &mut change, &mut applied).await?;
    }
    for head in current.workflows.iter().filter(|head| !head.deleted) {
        if !checked.workflows.iter().any(|(workflow, _)| workflow.id == head.id) {
            applied.removed.push(head.id.clone());
            change.heads.push(WorkflowHead { deleted: true, enabled: false, ..head.clone() });
        }
    }
    Ok((change, applied))
}

/// The project with what its connections remember of the provider that they were at before.
fn following(before: Option<&StoredProject>, next: &StoredProject) -> StoredProject {
    let mut next = next.clone();
    for (name, connection) in &mut next.connections {
        if let Some(before) = before.and_then(|before| before.connections.get(name)) {
            *connection = connection.clone().following(before);
        }
    }
    next
}

/// A workflow as it is to hold, and what holds before.
struct NextDefinitions<'a> {
    workflow: &'a Workflow,
    source: &'a str,
    steps: Vec<StepPlan>,
    timezone: Option<&'a str>,
    before: Option<&'a WorkflowHead>,
}

/// Adds one workflow to the change, where it is not as it was.
async fn add_workflow(
    ports: &Applying,
    next: NextDefinitions<'_>,
    now: Timestamp,
    change: &mut DefinitionsChange,
    applied: &mut Applied,
) -> Result<(), Unavailable> {
    let NextDefinitions { workflow, source, steps, timezone, before } = next;
    let last = match last_version(ports, before).await {
        // It goes on as it is: a version that cannot be compared is not replaced.
        Err(newer) if newer.is_newer() => {
            tracing::warn!(workflow.id = %workflow.id, reason = %newer, "a workflow is left as it is");
            applied.unchanged.push(workflow.id.clone());
            return Ok(());
        }
        last => last?,
    };
    let is_same = last.is_some_and(|last| {
        last.source == *source
            && with_identities(with_connections(last, workflow).steps, &steps) == steps
    });
    let number = match (before, is_same) {
        (Some(head), true) => head.version,
        (Some(head), false) => head.version + 1,
        (None, _) => 1,
    };
    let mut head = head(workflow, before, number, (now, change.from_revision + 1));
    head.schedule = schedule::held(workflow, timezone, before, now);
    if is_same && before == Some(&head) {
        applied.unchanged.push(workflow.id.clone());
        return Ok(());
    }
    if !is_same {
        change.versions.push(version(workflow, number, source, steps, now));
    }
    applied.changed.push((workflow.id.clone(), number));
    change.heads.push(head);
    Ok(())
}

/// Plans that were stored before they named what a provider's file says of the effect are the same where nothing else
/// differs.
fn with_identities(mut before: Vec<StepPlan>, next: &[StepPlan]) -> Vec<StepPlan> {
    for (plan, next) in before.iter_mut().zip(next) {
        if let (Some(work), Some(next)) = (plan.work.action_mut(), next.work.action())
            && work.identity.is_none()
        {
            work.identity.clone_from(&next.identity);
        }
    }
    before
}

async fn last_version(
    ports: &Applying,
    before: Option<&WorkflowHead>,
) -> Result<Option<WorkflowVersion>, Unavailable> {
    match before {
        Some(head) => ports.definitions.version(&head.id, head.version).await,
        None => Ok(None),
    }
}

fn head(
    workflow: &Workflow,
    before: Option<&WorkflowHead>,
    version: u32,
    (now, revision): (Timestamp, u64),
) -> WorkflowHead {
    let listens = listens(workflow, before);
    let holds = workflow.holding.is_some() || before.is_some_and(|head| head.holds);
    let was_enabled = before.filter(|head| head.enabled && !head.deleted);
    WorkflowHead {
        id: workflow.id.clone(),
        version,
        event: workflow.trigger.event.clone(),
        from: workflow.trigger.from.clone(),
        schedule: None,
        enabled: workflow.enabled,
        enabled_at: was_enabled.map_or(now, |head| head.enabled_at),
        enabled_in: was_enabled.map_or(Some(revision), |head| head.enabled_in),
        paused: before.is_some_and(|head| head.paused),
        deleted: false,
        v: version_of_head(&listens, holds),
        listens,
        holds,
    }
}

/// What the workflow listens to besides its trigger, and what earlier versions did, whose runs may go on.
fn listens(workflow: &Workflow, before: Option<&WorkflowHead>) -> Vec<Listening> {
    let from = workflow.trigger.from.as_ref();
    let mut listens: Vec<Listening> = Vec::new();
    let cancelling = workflow.cancel_on.iter().map(|one| one.listening(from, false));
    let waits = workflow.all_steps().filter_map(Step::event_wait);
    let awaited = waits.map(|wait| wait.awaited.listening(from, true));
    for one in cancelling.chain(awaited) {
        if !listens.contains(&one) {
            listens.push(one);
        }
    }
    let former = before.iter().flat_map(|head| &head.listens);
    let former = former.filter(|one| !listens.contains(one)).take(FORMER_LISTENING_MAX);
    let former: Vec<Listening> = former.cloned().collect();
    listens.extend(former);
    listens
}

fn version(
    workflow: &Workflow,
    version: u32,
    source: &str,
    steps: Vec<StepPlan>,
    now: Timestamp,
) -> WorkflowVersion {
    WorkflowVersion {
        v: version_form(workflow, &steps),
        id: workflow.id.clone(),
        version,
        source: source.to_owned(),
        steps,
        applied_at: now,
    }
}

fn plans(workflow: &Workflow, project: &StoredProject, catalog: &Catalog) -> Vec<StepPlan> {
    // A run asks for its turn first.
    let slot = workflow
        .concurrency
        .as_ref()
        .map(|_| StepPlan { path: StepPath::slot(), work: StepWork::flow(FlowKind::Slot) });
    let steps = workflow.all_steps().filter_map(|step| plan(step, project, catalog));
    slot.into_iter().chain(steps).collect()
}

fn plan(step: &Step, project: &StoredProject, catalog: &Catalog) -> Option<StepPlan> {
    let work = match &step.kind {
        StepKind::Action(action) => StepWork::Action(action_work(action, project, catalog)?),
        StepKind::Choose(_) => StepWork::flow(FlowKind::Choose),
        StepKind::Wait(WaitFor::Event(_)) => StepWork::flow(FlowKind::WaitForEvent),
        StepKind::Wait(_) => StepWork::flow(FlowKind::Wait),
        StepKind::ForEach(_) => StepWork::flow(FlowKind::ForEach),
        StepKind::Emit(_) => StepWork::flow(FlowKind::Emit),
        StepKind::Approval(_) => StepWork::flow(FlowKind::Approval),
    };
    Some(StepPlan { path: step.path.clone(), work })
}

fn action_work(
    action_step: &ActionStep,
    project: &StoredProject,
    catalog: &Catalog,
) -> Option<ActionWork> {
    let connection = project.connections.get(&action_step.via)?;
    let provider = &connection.provider;
    let action = catalog.action(action_step.uses.as_str())?;
    let implementation = action.implementation(provider.as_str())?;
    let on_unknown: OnUnknown = action_step.on_unknown.unwrap_or(action.on_unknown);
    Some(ActionWork {
        action: action.id.clone(),
        provider: provider.clone(),
        class: planned(implementation, action_step, connection).class,
        on_unknown,
        via: Some(action_step.via.clone()),
        identity: implementation.effect_identity().cloned(),
    })
}

#[cfg(test)]
mod tests;
