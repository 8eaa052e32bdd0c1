//! A wake-up arrives for an action: claim, effect, complete, send, acknowledge.
//!
//! The way of one: it is claimed here, [`work`] takes the claimed step on, [`prepare`] finds what a call
//! needs, [`call`] makes it, [`record`] writes down what came of it.
//!
//! Invariant: no call is made without a claim, and none after its lease.

mod attempt;
mod call;
mod deadline;
mod executing;
mod prepare;
mod record;
mod work;

pub use deadline::Deadline;
pub use executing::Executing;

use crate::Handled;
use crate::doers::doers;
use attempt::Attempt;
use std::time::Duration;
use tradewind_engine::ids::ClaimId;
use tradewind_engine::ports::{Ids, Receipt, Unavailable};
use tradewind_engine::protocol::{
    Arrival, Command, Committed, WakeUp, Write, claim, on_refused, redriven,
};
use tradewind_engine::runs::Run;
use tradewind_engine::stored::{Unreadable, read_stored};
use tradewind_engine::time::Timestamp;

/// When a message shows again after somebody else changed the run at the same moment.
const AFTER_CONFLICT: Duration = Duration::from_secs(1);

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
        Committed::Applied(Some(run)) => Attempt::new(ports, receipt, run, &wake.path).work().await,
        Committed::Applied(None) => Ok(Handled::Left("the claim left no run".to_owned())),
        Committed::Refused { current } => {
            let (now, chance) = (ports.clock.now(), ports.ids.random_unit());
            let run = current.as_deref();
            match on_refused(run, &wake, &id, now, ports.times, chance) {
                Arrival::Poison(reason) => Ok(Handled::GiveUp(reason)),
                Arrival::Question(write) => {
                    claim_question(ports, receipt, &wake, now, *write).await
                }
                Arrival::Do(commands) => settle_message(ports, receipt, now, &commands, run).await,
                Arrival::Redriven => {
                    let Some(run) = run else { return Ok(Handled::Settled) };
                    let doers = doers(&ports.actions, &ports.deployed, run).await?;
                    let commands = redriven(run, &wake, doers, now);
                    settle_message(ports, receipt, now, &commands, Some(run)).await
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
async fn claim_question(
    ports: &Executing,
    receipt: &Receipt,
    wake: &WakeUp,
    now: Timestamp,
    write: Write,
) -> Result<Handled, Unavailable> {
    match ports.commit(None, now, &[Command::Write(write)], None).await? {
        Committed::Applied(Some(run)) => Attempt::new(ports, receipt, run, &wake.path).work().await,
        _ => settle_message(ports, receipt, now, &[Command::Hold(AFTER_CONFLICT)], None).await,
    }
}

/// Carries out what a message comes to that has nothing to be claimed.
async fn settle_message(
    ports: &Executing,
    receipt: &Receipt,
    now: Timestamp,
    commands: &[Command],
    run: Option<&Run>,
) -> Result<Handled, Unavailable> {
    if let Committed::Refused { .. } = ports.commit(Some(receipt), now, commands, run).await? {
        ports.commit(Some(receipt), now, &[Command::Hold(AFTER_CONFLICT)], None).await?;
    }
    Ok(Handled::Settled)
}

#[cfg(test)]
mod tests;
