//! What people do: replay, resolve, cancel, pause, resume, and making an event by hand.

use crate::commit::{Commit, PATIENCE};
use crate::deployed::Deployed;
use crate::doers::doers;
use crate::jobs::{Advancing, do_or_keep};
use crate::replay::take_up;
use serde_json::{Map, Value};
use std::sync::Arc;
use tradewind_connectors::catalog::Catalog;
use tradewind_engine::definitions::{DefinitionsChange, WorkflowHead};
use tradewind_engine::events::{EVENT_VERSION, Event};
use tradewind_engine::ids::{ConnectionName, EventId, JobId, RunId, StepPath, WorkflowId};
use tradewind_engine::jobs::{Job, JobWork};
use tradewind_engine::ports::{
    Bus, Clock, DeadLetters, Definitions, Ids, Interrupted, Jobs, Journal, Runs, Unavailable,
};
use tradewind_engine::protocol::{self, Command, Committed, Objection, Resolution};
use tradewind_engine::runs::Run;
use tradewind_engine::time::after;

/// What acting for a person needs.
pub struct Acting {
    /// What was applied.
    pub deployed: Arc<Deployed>,
    /// Where it is kept.
    pub definitions: Arc<dyn Definitions>,
    /// The runs.
    pub runs: Arc<dyn Runs>,
    /// The dead letters.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// Carries out commands.
    pub journal: Arc<dyn Journal>,
    /// Work on many runs.
    pub jobs: Arc<dyn Jobs>,
    /// Where events go.
    pub bus: Arc<dyn Bus>,
    /// Everything there is.
    pub catalog: Arc<Catalog>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub ids: Arc<dyn Ids>,
}

impl Acting {
    /// What working on jobs needs.
    pub fn advancing(&self) -> Advancing {
        Advancing {
            deployed: self.deployed.clone(),
            jobs: self.jobs.clone(),
            runs: self.runs.clone(),
            dead_letters: self.dead_letters.clone(),
            journal: self.journal.clone(),
            catalog: self.catalog.clone(),
            clock: self.clock.clone(),
        }
    }
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    /// There is no such thing.
    #[error("there is no {0}")]
    NotFound(String),
    /// It cannot be done as things stand.
    #[error("{0}")]
    Objection(#[from] Objection),
    /// Somebody else changed it at the same moment.
    #[error("it was changed by somebody else at the same moment; look again")]
    Changed,
    /// The request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// A store did not answer.
    #[error("{0}")]
    Unavailable(#[from] Unavailable),
}

/// Takes a FAILED or PARKED run up again; `force` accepts a second effect where the provider may have
/// forgotten the first.
pub async fn replay(ports: &Acting, run: &RunId, force: bool) -> Result<Run, NotDone> {
    let run = find(ports, run).await?;
    take_up(&ports.advancing(), &run, force).await
}

/// Says what became of the step that parked the run.
pub async fn resolve(
    ports: &Acting,
    run: &RunId,
    path: &StepPath,
    resolution: Resolution,
) -> Result<Run, NotDone> {
    let run = find(ports, run).await?;
    let compiled = ports.deployed.version(&run.workflow, run.version).await?;
    let compiled = compiled.ok_or_else(|| not_found("version", &run.workflow.0))?;
    let doers = doers(&ports.catalog.actions, &ports.deployed, &run).await?;
    let now = ports.clock.now();
    let commands = protocol::resolve(&run, doers, path, resolution, &*compiled, now)?;
    let after = carry_out(&*ports.journal, &*ports.clock, &run, commands).await?;
    settle(&*ports.dead_letters, &run).await?;
    Ok(after)
}

/// Stops a run: what is being done is finished and recorded, nothing follows.
pub async fn cancel(ports: &Acting, run: &RunId) -> Result<Run, NotDone> {
    let run = find(ports, run).await?;
    let commands = protocol::cancel(&run, ports.clock.now())?;
    carry_out(&*ports.journal, &*ports.clock, &run, commands).await
}

/// Lets the runs of a workflow stand still, or go on. New events are taken meanwhile. A workflow whose
/// file is gone still has its runs.
pub async fn pause(ports: &Acting, workflow: &WorkflowId, paused: bool) -> Result<(), NotDone> {
    let current = ports.definitions.current().await?;
    let head = current.workflows.iter().find(|head| head.id == *workflow);
    let head = head.ok_or_else(|| not_found("workflow", &workflow.0))?;
    let head = WorkflowHead { paused, ..head.clone() };
    let change = DefinitionsChange {
        from_revision: current.revision,
        heads: vec![head],
        ..DefinitionsChange::default()
    };
    if !ports.definitions.change(&change).await? {
        return Err(NotDone::Changed);
    }
    ports.deployed.refresh();
    if paused { Ok(()) } else { wake_runs(ports, workflow).await }
}

/// Puts an event on the bus that no provider sent.
pub async fn trigger(
    ports: &Acting,
    name: &str,
    connection: Option<ConnectionName>,
    data: Map<String, Value>,
    test: bool,
) -> Result<EventId, NotDone> {
    let id = EventId(format!("evt_{}", ports.ids.random_hex()));
    trigger_as(ports, id, name, connection, data, test).await
}

/// As [`trigger`], under an id that is the same whenever the same thing is asked for again.
pub async fn trigger_as(
    ports: &Acting,
    id: EventId,
    name: &str,
    connection: Option<ConnectionName>,
    data: Map<String, Value>,
    test: bool,
) -> Result<EventId, NotDone> {
    if ports.catalog.event(name).is_none() {
        return Err(NotDone::NotFound(format!("event {name}")));
    }
    if name.starts_with("run.") {
        return Err(NotDone::Invalid("run events are made by runs".to_owned()));
    }
    let current = ports.deployed.current().await?;
    let event = Event {
        v: EVENT_VERSION,
        id,
        name: name.to_owned(),
        connection,
        provider: None,
        topic: None,
        accepted_at: ports.clock.now(),
        revision: Some(current.revision),
        test,
        data,
        raw: None,
        run: None,
        notes: Vec::new(),
    };
    ports.bus.publish(std::slice::from_ref(&event)).await?;
    Ok(event.id)
}

/// Not at once: until then, workers may still take the pause from memory.
async fn wake_runs(ports: &Acting, workflow: &WorkflowId) -> Result<(), NotDone> {
    let now = ports.clock.now();
    let not_before = after(now, ports.deployed.current_for());
    let work = JobWork::WakeRuns { workflow: workflow.clone(), not_before };
    let job = Job::new(JobId(format!("job_{}", ports.ids.random_hex())), work, now);
    Ok(do_or_keep(&ports.advancing(), job).await?)
}

/// The letter that told of the end which the run was just brought back from has been heeded.
pub(crate) async fn settle(
    dead_letters: &dyn DeadLetters,
    stopped: &Run,
) -> Result<(), Unavailable> {
    match protocol::letter(stopped) {
        Some(letter) => dead_letters.settle(&letter).await,
        None => Ok(()),
    }
}

async fn find(ports: &Acting, run: &RunId) -> Result<Run, NotDone> {
    ports.runs.read(run).await?.ok_or_else(|| not_found("run", &run.0))
}

pub(crate) async fn carry_out(
    journal: &dyn Journal,
    clock: &dyn Clock,
    run: &Run,
    commands: Vec<Command>,
) -> Result<Run, NotDone> {
    let until = after(clock.now(), PATIENCE);
    let commit = Commit { journal, clock, receipt: None, until };
    match commit.all(&commands, Some(run)).await.map_err(Interrupted::cause)? {
        Committed::Applied(after) => Ok(after.map_or_else(|| run.clone(), |after| *after)),
        Committed::Refused { .. } => Err(NotDone::Changed),
    }
}

fn not_found(kind: &str, name: &str) -> NotDone {
    NotDone::NotFound(format!("{kind} {name}"))
}
