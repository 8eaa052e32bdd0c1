//! A person starts a workflow on an event again, although its effects may have happened before.
//!
//! Invariant: what happened before is told before it happens again, and no run is started beside one
//! that still works.

use crate::deployed::Compiled;
use crate::dispatch::{
    Dispatching, SeenEvent, business_key, cancel_write, canceller, commit, marks_of, new_run,
};
use tradewind_engine::definitions::WorkflowHead;
use tradewind_engine::effects::EffectClass;
use tradewind_engine::events::{Decision, Event};
use tradewind_engine::ids::{ActionId, ProviderId, RunId, StepPath};
use tradewind_engine::marks::Mark;
use tradewind_engine::ports::{Runs, Unavailable};
use tradewind_engine::protocol::{self, Command, Committed};
use tradewind_engine::runs::{ActionWork, Run, StepPlan, StepRecord, StepState, run_id};

/// So often a workflow can be started on the same event.
pub const GENERATIONS_MAX: u32 = 100;

/// A run that was started again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    /// The run.
    pub run: RunId,
    /// Its generation.
    pub generation: u32,
    /// What happens again.
    pub repeats: Vec<Repeated>,
}

/// An effect that happened, or may have, and happens again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// Of which run.
    pub run: RunId,
    /// The step.
    pub step: StepPath,
    /// What was done.
    pub action: ActionId,
    /// Who did it.
    pub provider: ProviderId,
    /// What a second call does.
    pub class: EffectClass,
    /// False where only a person could know whether it happened.
    pub certain: bool,
}

/// Why nothing was started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotStarted {
    /// A run of the same work is still going on.
    #[error("run {0} is being worked on")]
    StillRunning(RunId),
    /// It was started too often.
    #[error("it was started {GENERATIONS_MAX} times already")]
    TooOften,
    /// The workflow cannot work on the event.
    #[error("{0}")]
    Invalid(String),
    /// A store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Starts the next generation of the work on the event.
pub async fn again(
    ports: &Dispatching,
    runs: &dyn Runs,
    event: &Event,
    head: &WorkflowHead,
) -> Result<Again, NotStarted> {
    let compiled = ports.deployed.version(&head.id, head.version).await?;
    let missing = || NotStarted::Invalid("the workflow's version is missing".to_owned());
    let compiled = compiled.ok_or_else(missing)?;
    let seen = SeenEvent::new(event);
    let key = business_key(&compiled, &seen).map_err(NotStarted::Invalid)?;
    let mut repeats = Vec::new();
    let known = run_in_record(ports, runs, event, &compiled).await?;
    if let Some(run) = &known {
        if !run.state.is_terminal() {
            return Err(NotStarted::StillRunning(run.id.clone()));
        }
        repeats.extend(effects(run, &compiled));
    }
    for generation in 0..GENERATIONS_MAX {
        let id = run_id(&head.id, event.connection.as_ref(), &key, generation);
        match runs.read(&id).await? {
            Some(run) if !run.state.is_terminal() => return Err(NotStarted::StillRunning(run.id)),
            Some(run) if known.as_ref().is_some_and(|known| known.id == run.id) => {}
            Some(run) => repeats.extend(effects(&run, &compiled)),
            None => {
                let now = ports.clock.now();
                let run = new_run(&compiled, &seen, key, generation, now);
                // What came before somebody asked for it cancels nothing.
                let marks = marks_of(&compiled, &seen, &run, now);
                start_run(ports, run, &marks).await?;
                return Ok(Again { run: id, generation, repeats });
            }
        }
    }
    Err(NotStarted::TooOften)
}

/// The run that the event's record names, whatever the workflow does with events now. What is held is not started
/// by itself, and a batch is not taken apart.
async fn run_in_record(
    ports: &Dispatching,
    runs: &dyn Runs,
    event: &Event,
    compiled: &Compiled,
) -> Result<Option<Run>, NotStarted> {
    let record = ports.events.read(&event.id).await?;
    let verdict = record.as_ref().and_then(|record| record.verdict(&compiled.version.id));
    let run = match verdict.map(|verdict| &verdict.decision) {
        Some(Decision::Held(held)) => {
            let why = format!("the event is held until {}, to be one run with others", held.until);
            return Err(NotStarted::Invalid(why));
        }
        Some(Decision::Run(run)) => Some(run),
        Some(Decision::Folded(folding)) => Some(&folding.run),
        _ => None,
    };
    if compiled.workflow.holding.as_ref().is_some_and(|holding| holding.is_batch()) {
        let of = run.map(|run| format!(", as it was in run {run}")).unwrap_or_default();
        let why = format!("the workflow works on batches: an event is in one with others{of}");
        return Err(NotStarted::Invalid(why));
    }
    match run {
        Some(run) => Ok(runs.read(run).await?),
        None => Ok(None),
    }
}

/// Starts it, unless somebody else has started this generation at the same moment.
async fn start_run(ports: &Dispatching, run: Run, marks: &[Mark]) -> Result<(), NotStarted> {
    let (id, event) = (run.id.clone(), run.event.clone());
    let left = marks.iter().cloned().map(Command::Mark);
    let commands: Vec<Command> = left.chain(protocol::start(run)).collect();
    // Made at an earlier try whose answer was lost, it counts as applied.
    match commit(ports, None, &commands).await? {
        Committed::Applied(_) => {
            // An event may have come since its marks were left.
            if let Some(by) = canceller(ports, marks).await? {
                let write = cancel_write(ports, &id, &event, &by);
                let cancelled = commit(ports, None, &[Command::Write(write)]).await?;
                if let Committed::Applied(Some(run)) = cancelled {
                    commit(ports, None, &protocol::on_cancelled(&run)).await?;
                }
            }
            Ok(())
        }
        Committed::Refused { current } => {
            if let Some(run) = current {
                // Its creator may have stopped before it sent anything.
                commit(ports, None, &protocol::on_existing(&run)).await?;
            }
            Err(NotStarted::StillRunning(id))
        }
    }
}

/// What the run did, or may have done, and the workflow does still. Steps after a failure happen
/// again only if it fails again.
fn effects(run: &Run, compiled: &Compiled) -> Vec<Repeated> {
    let plans = compiled.version.steps.iter().filter(|plan| !plan.path.is_on_failure());
    let effects = plans.filter_map(|plan| {
        let planned = plan.work.action()?;
        let Some(step) = run.steps.get(&plan.path) else { return in_a_loop(run, plan, planned) };
        let work = step.work.action().filter(|work| work.action == planned.action)?;
        Some(Repeated {
            run: run.id.clone(),
            step: plan.path.clone(),
            action: work.action.clone(),
            provider: work.provider.clone(),
            class: work.class,
            certain: certain(step)?,
        })
    });
    effects.collect()
}

/// The step of a loop of which items have ended, or are worked on. What became of it for each of them is not kept.
fn in_a_loop(run: &Run, plan: &StepPlan, planned: &ActionWork) -> Option<Repeated> {
    let (around, _) = plan.path.as_str().split_once("[]")?;
    let items = run.steps.get(&around.into())?.work.items()?;
    let has_begun = items.done + items.failed > 0 || items.open.len() + items.stopped.len() > 0;
    has_begun.then(|| Repeated {
        run: run.id.clone(),
        step: plan.path.clone(),
        action: planned.action.clone(),
        provider: planned.provider.clone(),
        class: planned.class,
        certain: false,
    })
}

/// Whether the step's effect certainly happened; nothing where it certainly did not.
fn certain(step: &StepRecord) -> Option<bool> {
    match step.state {
        StepState::Done => Some(true),
        StepState::Skipped | StepState::Ready => None,
        // The key's time is kept only while a try may have arrived.
        _ => step.key_at.map(|_| false),
    }
}
