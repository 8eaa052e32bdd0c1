//! A wake-up arrives for an action: claim, effect, complete, send, acknowledge.
//!
//! Invariant: no call is made without a claim, and none after its lease.

mod attempt;
mod observed;
mod perform;
mod prepare;
mod record;

use crate::Handled;
use crate::commit::Commit;
use crate::deployed::Deployed;
use crate::doers::doers;
use attempt::work;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tradewind_connectors::action::Action;
use tradewind_engine::ids::ClaimId;
use tradewind_engine::ports::{
    Clock, Files, Http, Ids, Interrupted, Journal, Limits, Outbox, Receipt, Secrets, Tokens,
    Unavailable,
};
use tradewind_engine::protocol::{
    Arrival, Command, Committed, Times, WakeUp, Write, claim, on_refused, redriven,
};
use tradewind_engine::runs::Run;
use tradewind_engine::stored::{Unreadable, read_stored};
use tradewind_engine::time::{Timestamp, after, before};

/// How long before the process may be ended recording is given up: the message is left to show again
/// then.
const RECORD_MARGIN: Duration = Duration::from_secs(1);
/// When to look again after somebody else changed the run at the same moment.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What executing needs.
pub struct Executing {
    /// What was applied.
    pub deployed: Arc<Deployed>,
    /// The actions that are served here.
    pub actions: Arc<Vec<Action>>,
    /// Carries out commands.
    pub journal: Arc<dyn Journal>,
    /// The secrets.
    pub secrets: Arc<dyn Secrets>,
    /// Shared OAuth tokens.
    pub tokens: Arc<dyn Tokens>,
    /// Rate limits and breakers.
    pub limits: Arc<dyn Limits>,
    /// Calls to other services.
    pub http: Arc<dyn Http>,
    /// What sandbox connections keep.
    pub outbox: Arc<dyn Outbox>,
    /// Files of the project folder.
    pub files: Arc<dyn Files>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub ids: Arc<dyn Ids>,
    /// Leases and visibility.
    pub times: Times,
    /// When the process may be ended, where that is known beforehand.
    pub deadline: Deadline,
}

/// When the process may be ended: a function is told it with every batch. No call is made that could
/// be cut off by it.
#[derive(Clone, Debug, Default)]
pub struct Deadline(Arc<Mutex<Option<Timestamp>>>);

impl Deadline {
    /// From now on it is this.
    pub fn set(&self, at: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    fn earlier(&self, than: Timestamp) -> Timestamp {
        let at = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        at.map_or(than, |at| at.min(than))
    }
}

impl Executing {
    /// Whoever began at that moment gives up then: the process may be ended from then on.
    fn gives_up_at(&self, began_at: Timestamp) -> Timestamp {
        before(self.deadline.earlier(after(began_at, self.times.timeout)), RECORD_MARGIN)
    }

    /// Carries commands out that no attempt led to.
    async fn commit(
        &self,
        receipt: Option<&Receipt>,
        began_at: Timestamp,
        commands: &[Command],
        run: Option<&Run>,
    ) -> Result<Committed, Unavailable> {
        let until = self.gives_up_at(began_at);
        let commit = Commit { journal: &*self.journal, clock: &*self.clock, receipt, until };
        commit.all(commands, run).await.map_err(Interrupted::cause)
    }
}

/// Handles one message of an action's queue.
pub async fn execute(
    ports: &Executing,
    receipt: &Receipt,
    body: &str,
) -> Result<Handled, Unavailable> {
    let wake: WakeUp = match read_stored(body.as_bytes()) {
        Ok(wake) => wake,
        // A message of a newer version may have fields that are not known here: it waits.
        Err(newer @ Unreadable::Newer { .. }) => return Err(newer.into()),
        Err(damaged) => return Ok(Handled::GiveUp(damaged.to_string())),
    };
    // Given up before it is known whether it was made, a claim would look like that of a worker who
    // died and may have called.
    let (id, now) = (claim_id(&*ports.ids), ports.clock.now());
    let claim = Command::Write(claim(&wake, &id, now, ports.times));
    match ports.commit(None, now, &[claim], None).await? {
        Committed::Applied(Some(run)) => work(ports, receipt, &run, &wake.path).await,
        Committed::Applied(None) => Ok(Handled::Left("the claim left no run".to_owned())),
        Committed::Refused { current } => {
            let (now, chance) = (ports.clock.now(), ports.ids.random_unit());
            let run = current.as_deref();
            match on_refused(run, &wake, &id, now, ports.times, chance) {
                Arrival::Poison(reason) => Ok(Handled::GiveUp(reason)),
                Arrival::Question(write) => ask(ports, receipt, &wake, now, *write).await,
                Arrival::Do(commands) => settle(ports, receipt, now, &commands, run).await,
                Arrival::Redriven => {
                    let Some(run) = run else { return Ok(Handled::Settled) };
                    let doers = doers(&ports.actions, &ports.deployed, run).await?;
                    let commands = redriven(run, &wake, doers, now);
                    settle(ports, receipt, now, &commands, Some(run)).await
                }
            }
        }
    }
}

/// Told from others that claim the same step at the very same nanosecond: twelve digits do, and the run's
/// item stays small.
fn claim_id(ids: &dyn Ids) -> ClaimId {
    ClaimId(ids.random_hex().chars().take(12).collect())
}

/// Claims the question whether it happened instead.
async fn ask(
    ports: &Executing,
    receipt: &Receipt,
    wake: &WakeUp,
    now: Timestamp,
    write: Write,
) -> Result<Handled, Unavailable> {
    match ports.commit(None, now, &[Command::Write(write)], None).await? {
        Committed::Applied(Some(run)) => work(ports, receipt, &run, &wake.path).await,
        _ => settle(ports, receipt, now, &[Command::Hold(LOOK_AGAIN)], None).await,
    }
}

/// Carries out what a message comes to that has nothing to be claimed.
async fn settle(
    ports: &Executing,
    receipt: &Receipt,
    now: Timestamp,
    commands: &[Command],
    run: Option<&Run>,
) -> Result<Handled, Unavailable> {
    if let Committed::Refused { .. } = ports.commit(Some(receipt), now, commands, run).await? {
        ports.commit(Some(receipt), now, &[Command::Hold(LOOK_AGAIN)], None).await?;
    }
    Ok(Handled::Settled)
}

#[cfg(test)]
mod tests;
