//! A wake-up arrives for an action: claim, effect, complete, send, acknowledge.
//!
//! Invariant: no call is made without a claim, and none after its lease.

mod attempt;
mod observed;
mod perform;
mod prepare;
mod record;

use crate::Handled;
use crate::deployed::Deployed;
use attempt::work;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tradewind_connectors::action::Action;
use tradewind_engine::ports::{
    Clock, Files, Http, Ids, Journal, Limits, Outbox, Receipt, Secrets, Tokens, Unavailable,
};
use tradewind_engine::protocol::{Arrival, Command, Committed, Times, WakeUp, claim, on_refused};
use tradewind_engine::stored::{Unreadable, read_stored};
use tradewind_engine::time::Timestamp;

/// How long to wait before recording an outcome is tried again.
const RECORD_PAUSE: Duration = Duration::from_secs(1);
/// How long before the process may be ended it is given up: the message is left to show again then.
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
    let claim = Command::Write(claim(&wake, ports.clock.now(), ports.times));
    match ports.journal.commit(None, &[claim]).await? {
        Committed::Applied(Some(run)) => work(ports, receipt, &run, &wake.path).await,
        Committed::Applied(None) => Ok(Handled::Left("the claim left no run".to_owned())),
        Committed::Refused { current } => {
            let (now, chance) = (ports.clock.now(), ports.ids.random_unit());
            let arrival = on_refused(current.as_deref(), &wake, now, ports.times, chance);
            arrive(ports, receipt, &wake, arrival).await
        }
    }
}

async fn arrive(
    ports: &Executing,
    receipt: &Receipt,
    wake: &WakeUp,
    arrival: Arrival,
) -> Result<Handled, Unavailable> {
    let commands = match arrival {
        Arrival::Poison(reason) => return Ok(Handled::GiveUp(reason)),
        Arrival::Do(commands) => commands,
        Arrival::Question(write) => {
            match ports.journal.commit(None, &[Command::Write(*write)]).await? {
                Committed::Applied(Some(run)) => {
                    return work(ports, receipt, &run, &wake.path).await;
                }
                _ => vec![Command::Hold(LOOK_AGAIN)],
            }
        }
    };
    if let Committed::Refused { .. } = ports.journal.commit(Some(receipt), &commands).await? {
        ports.journal.commit(Some(receipt), &[Command::Hold(LOOK_AGAIN)]).await?;
    }
    Ok(Handled::Settled)
}
