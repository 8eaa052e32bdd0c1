//! A wake-up arrives: it is answered with a claim, or with what makes one needless.

use super::Claiming;
use super::claimed::Claimed;
use crate::Handled;
use crate::doers::doers;
use std::time::Duration;
use tradewind_connectors::action::Action;
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

/// What a wake-up comes to.
pub(crate) enum Answered<'a> {
    /// The step is claimed, and is to be seen to.
    Claimed(Claimed<'a>),
    /// The run has ended or stopped: those behind it in its slot are to learn of it.
    Left(Box<Run>),
    /// Nothing more is to be done about it.
    Handled(Handled),
}

/// Answers a message of a queue whose steps `actions` are done here; of the flow queue there are none.
pub(crate) async fn answer<'a>(
    ports: &'a Claiming,
    actions: &[Action],
    receipt: &'a Receipt,
    body: &str,
) -> Result<Answered<'a>, Unavailable> {
    let wake: WakeUp = match read_stored(body.as_bytes()) {
        Ok(wake) => wake,
        // A message of a newer version may have fields that are not known here: it waits.
        Err(newer @ Unreadable::Newer { .. }) => return Err(newer.into()),
        Err(damaged) => return Ok(Answered::Handled(Handled::GiveUp(damaged.to_string()))),
    };
    // Given up before it is known whether it was made, a claim would look like that of a worker who
    // died and may have called.
    let (id, now) = (claim_id(&*ports.ids), ports.clock.now());
    let claim = Command::Write(claim(&wake, &id, now, ports.times));
    let current = match ports.commit(None, now, &[claim], None).await? {
        Committed::Applied(Some(run)) => {
            return Ok(Answered::Claimed(Claimed { ports, receipt, run, path: wake.path }));
        }
        Committed::Applied(None) => {
            let reason = "the claim left no run".to_owned();
            return Ok(Answered::Handled(Handled::Left(reason)));
        }
        Committed::Refused { current } => current,
    };
    let (now, chance) = (ports.clock.now(), ports.ids.random_unit());
    let run = current.as_deref();
    let handled = match on_refused(run, &wake, &id, now, ports.times, chance) {
        Arrival::Poison(reason) => Handled::GiveUp(reason),
        Arrival::Left => {
            return Ok(current.map_or(Answered::Handled(Handled::Settled), Answered::Left));
        }
        Arrival::Question(write) => return claim_question(ports, receipt, wake, now, *write).await,
        Arrival::Do(commands) => settle_message(ports, receipt, now, &commands, run).await?,
        Arrival::Redriven => match run {
            None => Handled::Settled,
            Some(run) => {
                let doers = doers(actions, &ports.deployed, run).await?;
                let commands = redriven(run, &wake, doers, now);
                settle_message(ports, receipt, now, &commands, Some(run)).await?
            }
        },
    };
    Ok(Answered::Handled(handled))
}

/// Told from others that claim the same step at the very same nanosecond: twelve digits do, and the run's
/// item stays small.
fn claim_id(ids: &dyn Ids) -> ClaimId {
    ClaimId(ids.random_hex().chars().take(12).collect())
}

/// Claims the question whether it happened instead.
async fn claim_question<'a>(
    ports: &'a Claiming,
    receipt: &'a Receipt,
    wake: WakeUp,
    now: Timestamp,
    write: Write,
) -> Result<Answered<'a>, Unavailable> {
    match ports.commit(None, now, &[Command::Write(write)], None).await? {
        Committed::Applied(Some(run)) => {
            Ok(Answered::Claimed(Claimed { ports, receipt, run, path: wake.path }))
        }
        _ => settle_message(ports, receipt, now, &[Command::ShowAgain(AFTER_CONFLICT)], None)
            .await
            .map(Answered::Handled),
    }
}

/// Carries out what a message comes to that has nothing to be claimed.
async fn settle_message(
    ports: &Claiming,
    receipt: &Receipt,
    now: Timestamp,
    commands: &[Command],
    run: Option<&Run>,
) -> Result<Handled, Unavailable> {
    if let Committed::Refused { .. } = ports.commit(Some(receipt), now, commands, run).await? {
        ports.commit(Some(receipt), now, &[Command::ShowAgain(AFTER_CONFLICT)], None).await?;
    }
    Ok(Handled::Settled)
}
