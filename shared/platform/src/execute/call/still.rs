//! Asking afresh whether the step is still wanted, right before its call is admitted by the limits and made.
//!
//! Invariant: no call is made in an attempt whose read said no, or said nothing: a member that the condition compares
//! and that is missing or null is nothing said, unless the condition asks whether it is there. Where an earlier attempt may have
//! arrived, which may be the very reason for the no, the step is not skipped: what became of it is settled first.
//! A question whether it happened is no call, and asked whatever holds now.

use super::super::attempt::Attempt;
use super::super::prepare::Prepared;
use super::too_late;
use futures::future::{Either, select};
use serde_json::Value;
use std::time::Duration;
use tradewind_engine::effects::ActionError;
use tradewind_engine::expressions::{Expression, Scope};
use tradewind_engine::ports::{FreshRead, NotRead};
use tradewind_engine::protocol::{Outcome, not_any_more};
use tradewind_engine::time::after;

/// How long a read may take; never more than half of what the claim leaves, so that time is left for the call.
const READ_MAX: Duration = Duration::from_secs(10);
/// How long an answer is waited for that was given in time.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// What is asked of what is read afresh.
#[derive(Clone)]
pub(crate) struct StillWanted {
    /// What has to hold.
    pub(crate) condition: Expression,
    /// What it sees besides.
    pub(crate) scope: Scope,
    /// What is read; until when follows from the claim.
    pub(crate) read: FreshRead,
}

impl Attempt<'_> {
    /// Whether the call is still wanted; else what follows.
    pub(super) async fn still_holds(&self, prepared: &Prepared) -> Result<(), Outcome> {
        match &prepared.still {
            Some(still) => self.ask_afresh(still).await,
            None => Ok(()),
        }
    }

    async fn ask_afresh(&self, still: &StillWanted) -> Result<(), Outcome> {
        let (clock, step) = (&self.ports.clock, self.step());
        let now = clock.now();
        let time = READ_MAX.min(self.time_left(now) / 2);
        if time.is_zero() {
            return Err(too_late(now));
        }
        let asked = FreshRead { until: after(now, time), ..still.read.clone() };
        let reading = self.ports.fresh_reads.read_afresh(&asked);
        let read = match select(reading, clock.sleep(time + ON_ITS_WAY)).await {
            Either::Left((read, _)) => read,
            Either::Right(_) => {
                Err(NotRead::NotNow { reason: format!("no answer within {} s", time.as_secs()) })
            }
        };
        let now = read.map_err(|why| not_read(&asked, why))?;
        if let Some(member) = still.condition.needed().find(|path| says_nothing_of(&now, path)) {
            let connection = &asked.connection;
            let reason = format!("only_if_still: {connection} says nothing of {member}");
            return Err(Outcome::Error(ActionError::not_now(reason, None)));
        }
        let scope = still.scope.clone().with_now(&now);
        let holds = still.condition.holds(&scope);
        let holds = holds.map_err(|error| refused(format!("only_if_still: {error}")))?;
        tracing::debug!(run.id = %asked.run, step.id = %asked.step,
            connection.id = %asked.connection, holds, "an order was read afresh");
        match (holds, step) {
            (true, _) => Ok(()),
            (false, Some(step)) => Err(not_any_more(step)),
            (false, None) => Err(refused("the step has no record".to_owned())),
        }
    }
}

/// What a step comes to that could not ask: it has called nobody.
fn not_read(asked: &FreshRead, why: NotRead) -> Outcome {
    let connection = &asked.connection;
    let said = |what: &str| {
        format!("only_if_still: the order could not be read through {connection}: {what}")
    };
    match why {
        NotRead::HeldBack { until } => {
            let reason =
                "held back, the connection is at its limit or does not answer at the moment";
            Outcome::ReadHeldBack(connection.clone(), until, said(reason))
        }
        NotRead::NotNow { reason } => Outcome::Error(ActionError::not_now(said(&reason), None)),
        NotRead::Refused { reason } => {
            refused(format!("only_if_still, asked through {connection}: {reason}"))
        }
        NotRead::NeedsRepair { reason } => Outcome::Error(ActionError::needs_repair(said(&reason))),
    }
}

/// Whether what was read has nothing at that path, which begins with `now`.
fn says_nothing_of(now: &Value, path: &str) -> bool {
    let mut members = path.split('.');
    members.next() == Some("now") && members.fold(now, |value, name| &value[name]).is_null()
}

fn refused(reason: String) -> Outcome {
    Outcome::Error(ActionError::refused(reason))
}
