//! What acting for a person takes, and why something is not done.

use crate::commit::{Commit, PATIENCE};
use crate::deployed::Deployed;
use crate::jobs::advancing::Advancing;
use std::sync::Arc;
use tradewind_connectors::catalog::Catalog;
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{
    Bus, Clock, DeadLetters, Definitions, Ids, Interrupted, Jobs, Journal, Runs, Unavailable,
};
use tradewind_engine::protocol::{self, Command, Committed, Objection};
use tradewind_engine::runs::{Run, RunState};
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
    #[error(transparent)]
    Objection(#[from] Objection),
    /// Somebody else changed it at the same moment.
    #[error("it was changed by somebody else at the same moment; look again")]
    Changed,
    /// The request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// A store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The letter that told of the end which the run was just brought back from is settled.
pub(crate) async fn settle_letter(
    dead_letters: &dyn DeadLetters,
    stopped: &Run,
) -> Result<(), Unavailable> {
    match protocol::letter(stopped) {
        Some(letter) => dead_letters.settle_letter(&letter).await,
        None => Ok(()),
    }
}

pub(super) async fn find_run(ports: &Acting, run: &RunId) -> Result<Run, NotDone> {
    // What is done about the branch of a loop is done about its run.
    let found = ports.runs.read(run).await?.filter(|run| run.branch.is_none());
    found.ok_or_else(|| not_found("run", &run.0))
}

/// An objection where the run is over, whatever its branches say: nothing more is done about them.
pub(super) fn ensure_goes_on(root: &Run) -> Result<(), Objection> {
    match root.state {
        RunState::Succeeded => Err(Objection::Succeeded),
        RunState::Cancelled => Err(Objection::Cancelled),
        _ if root.redacted_at.is_some() => Err(Objection::Redacted),
        RunState::Active | RunState::Failing | RunState::Failed | RunState::Parked => Ok(()),
    }
}

/// Carries commands out for a person, who waits for them; the run as they left it.
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

pub(super) fn not_found(kind: &str, name: &str) -> NotDone {
    NotDone::NotFound(format!("{kind} {name}"))
}
