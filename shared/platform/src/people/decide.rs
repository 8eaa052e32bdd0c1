//! Saying yes or no to what an approval asks.

use super::acting::{Acting, NotDone, carry_out, find_run};
use super::branches::{branches_in_sight, record_with};
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::ports::{Clock, Journal, Runs};
use tradewind_engine::protocol::{self, Objection};
use tradewind_engine::runs::{Decision, Question, Run, RunState};

/// A worker holds an approval for a moment, when it begins to ask.
const LOOKS: u32 = 10;
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// So many branches of loops are looked at for one that asks.
const BRANCHES_MAX: usize = 100;

/// What deciding needs.
pub struct Deciding {
    /// The runs.
    pub runs: Arc<dyn Runs>,
    /// Carries out commands.
    pub journal: Arc<dyn Journal>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl Acting {
    /// What deciding needs.
    pub fn deciding(&self) -> Deciding {
        Deciding {
            runs: self.runs.clone(),
            journal: self.journal.clone(),
            clock: self.clock.clone(),
        }
    }
}

/// Decides what the step of this record asks: a run, or the branch of a loop. The first decision counts.
pub async fn decide(
    ports: &Deciding,
    record: &RunId,
    step: &StepPath,
    approved: bool,
    by: &str,
) -> Result<Run, NotDone> {
    for look in 0..LOOKS {
        if look > 0 {
            ports.clock.sleep(LOOK_EVERY).await;
        }
        let run = ports.runs.read(record).await?;
        let run = run.ok_or_else(|| NotDone::NotFound(format!("run {record}")))?;
        let decision = Decision::new(approved, by, ports.clock.now());
        let commands = protocol::decide(&run, step, decision)?;
        if commands.is_empty() {
            continue;
        }
        match carry_out(&*ports.journal, &*ports.clock, &run, commands).await {
            Err(NotDone::Changed) => {}
            carried_out => return carried_out,
        }
    }
    Err(NotDone::Changed)
}

/// Decides for a person what the run asks, at that step or wherever it asks; the step that asked.
pub async fn approve(
    ports: &Acting,
    run: &RunId,
    step: Option<StepPath>,
    approved: bool,
    by: &str,
) -> Result<(Run, StepPath), NotDone> {
    let found = find_run(ports, run).await?;
    let (record, step) = match step {
        Some(step) => (record_with(&*ports.runs, found.clone(), &step).await?, step),
        None => asking(ports, &found).await?,
    };
    let decided = decide(&ports.deciding(), &record.id, &step, approved, by).await?;
    // What is shown is the run, also where one of its branches asked.
    let run = if record.branch.is_none() { decided } else { find_run(ports, run).await? };
    Ok((run, step))
}

/// The record of the run that asks, and where; it must be one.
async fn asking(ports: &Acting, run: &Run) -> Result<(Run, StepPath), NotDone> {
    let branches = branches_in_sight(&*ports.runs, run, BRANCHES_MAX).await?;
    let records = std::iter::once(run).chain(&branches);
    let mut asking = records.flat_map(|record| {
        let asks = record.steps.iter().filter(|(_, step)| step.state.is_open());
        // One that is decided is open for as long as nobody has worked on it.
        let is_asked = |question: &Question| question.decision.is_none();
        let asks = asks.filter(move |(_, step)| step.work.question().is_some_and(is_asked));
        asks.map(move |(path, _)| (record, path))
    });
    match (asking.next(), asking.next()) {
        (Some((record, path)), None) => Ok((record.clone(), path.clone())),
        (Some((_, path)), Some((_, other))) => {
            let message = format!("{path}, {other} and maybe more ask: name the step");
            Err(NotDone::Invalid(message))
        }
        (None, _) if run.state.is_terminal() => Err(ended(run).into()),
        (None, _) => {
            Err(NotDone::Invalid("no step of the run asks for an approval now".to_owned()))
        }
    }
}

fn ended(run: &Run) -> Objection {
    match run.state {
        RunState::Succeeded => Objection::Succeeded,
        RunState::Cancelled => Objection::Cancelled,
        _ => Objection::Stopped,
    }
}
