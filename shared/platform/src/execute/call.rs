//! Making the call: admitted by the limits, inside its time, and once more where its credentials have
//! changed.
//!
//! Invariant: a call is made a second time only where the first did nothing, for other secrets than
//! it was made with.

mod evidence;
mod observed;
mod still;
mod timed;

use super::attempt::Attempt;
use super::prepare::Prepared;
use crate::connections::{connect, stored};
use evidence::WorkEnd;
pub(crate) use evidence::end_of;
pub(crate) use observed::{Observation, Observed};
use std::num::NonZeroU32;
use std::time::Duration;
pub(super) use still::StillWanted;
use timed::run_timed;
pub(crate) use timed::within_time;
use tradewind_connectors::action::put_off;
use tradewind_connectors::connection::Connection;
use tradewind_engine::effects::ActionError;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::limits::{Admission, Allowance, CallEnd, Caller, Standing};
use tradewind_engine::ports::Limits;
use tradewind_engine::protocol::Outcome;
use tradewind_engine::runs::WhenUnknown;
use tradewind_engine::time::{Timestamp, after, until};

/// So long whoever has read something afresh waits for its turn at its connection.
const ADMITTED_WITHIN: Duration = Duration::from_secs(5);
/// It asks again no sooner.
const ASKS_AGAIN_AFTER: Duration = Duration::from_millis(20);
/// One part in so many of the lease is kept for recording the outcome: 5 of 90 seconds.
const RECORDING_SHARE: u32 = 18;

/// What came of an attempt.
pub(super) struct Called {
    pub(super) outcome: Outcome,
    /// Whether the connection answers nobody at the moment.
    pub(super) connection_is_down: bool,
}

impl From<Outcome> for Called {
    /// Of an attempt that called nobody.
    fn from(outcome: Outcome) -> Self {
        Self { outcome, connection_is_down: false }
    }
}

impl Attempt<'_> {
    /// Makes the call, and once more where its credentials were refused and others hold by now: secrets
    /// may come from a cache.
    pub(super) async fn call(&self, prepared: &Prepared) -> Called {
        let called = match self.call_once(prepared).await {
            Ok(called) => called,
            // Nobody was called for the step, so its credentials were refused by nobody.
            Err(outcome) => return outcome.into(),
        };
        if !matches!(called.outcome, Outcome::Error(ActionError::NeedsRepair { .. })) {
            return called;
        }
        let Some(connection) = self.renewed(prepared).await else { return called };
        tracing::info!(run.id = %self.claimed.run.id, step.id = %self.claimed.path,
            connection.id = %connection.name,
            "credentials were refused; the call is made once more with new ones");
        let again = self.call_once(&Prepared { connection, ..prepared.clone() }).await;
        again.unwrap_or_else(Called::from)
    }

    /// The connection with its secrets read past any cache; nothing where they are what they were, or
    /// cannot be read.
    async fn renewed(&self, prepared: &Prepared) -> Option<Connection> {
        let connection = &prepared.connection;
        let name = &connection.name;
        let stored = stored(&prepared.current, name).ok()?;
        let secrets = &*self.ports.secrets;
        let renewed = connect(name, stored, &connection.provider, secrets, true).await.ok()?;
        (!renewed.is_same_as(connection)).then_some(renewed)
    }

    /// What came of the call, or why it was not begun.
    async fn call_once(&self, prepared: &Prepared) -> Result<Called, Outcome> {
        let (ports, connection) = (self.ports, &prepared.connection);
        let now = ports.clock.now();
        if self.time_left(now).is_zero() {
            return Err(too_late(now));
        }
        // Before the limits are asked: who is not wanted any more takes nothing from others, and a read through the
        // same connection finds it as this call would.
        self.still_holds(prepared).await?;
        let fence = self.step().map_or(0, |step| step.fence);
        let caller = Caller::new(&self.claimed.run.id, &self.claimed.path, fence);
        self.admitted(prepared, caller).await?;
        let http = Observed::new(&*ports.http);
        let now = ports.clock.now();
        let (outcome, ended) = match self.time_left(now) {
            Duration::ZERO => (too_late(now), WorkEnd::Itself),
            left => run_timed(self, prepared, &http, left).await,
        };
        let now = ports.clock.now();
        let end = match end_of(&outcome, ended, http.last(), now) {
            CallEnd::Failed { quiet: None } if self.waits_for_a_person(&outcome) => {
                CallEnd::Doubtful
            }
            end => end,
        };
        let connection_is_down = report(&*ports.limits, &connection.name, caller, end, now).await;
        Ok(Called { outcome, connection_is_down })
    }

    /// Whether the limits let it go on. Who has just read something waits a moment for its turn. Where the read went
    /// through the same connection it waits longer, for whichever turn comes next: a later time of its own would
    /// begin with another read, which takes that turn.
    async fn admitted(&self, prepared: &Prepared, caller: Caller) -> Result<(), Outcome> {
        let (ports, connection) = (self.ports, &prepared.connection);
        let read_through = prepared.still.as_ref().map(|still| &still.read.connection);
        let takes_any_turn = read_through == Some(&connection.name);
        let now = ports.clock.now();
        let patience = match read_through {
            None => Duration::ZERO,
            // The call has its whole time after it.
            Some(_) if takes_any_turn => {
                let left = self.time_left(now);
                (left / 2).min(left.saturating_sub(prepared.timeout))
            }
            Some(_) => ADMITTED_WITHIN.min(self.time_left(now) / 2),
        };
        let mut waits_until = after(now, patience);
        // Asking whether it happened is one call.
        let calls = if prepared.ask { NonZeroU32::MIN } else { prepared.implementation.calls };
        loop {
            let now = ports.clock.now();
            let waits = takes_any_turn && now < waits_until;
            let allowance = Allowance { waits, ..allowance(connection, calls) };
            let at = match ports.limits.admit(&connection.name, allowance, caller, now).await {
                Ok(Admission::Go) => return Ok(()),
                Ok(Admission::NotBefore(at)) => at,
                Err(unavailable) => return Err(Outcome::Error(put_off(&unavailable))),
            };
            if at <= waits_until && now < waits_until {
                ports.clock.sleep(until(now, at).max(ASKS_AGAIN_AFTER)).await;
            } else if waits {
                // Once more, for a time of its own.
                waits_until = now;
            } else {
                return Err(held_back(connection, at));
            }
        }
    }

    /// How much time the claim and the process leave for a call, the time for recording its outcome
    /// taken off.
    fn time_left(&self, now: Timestamp) -> Duration {
        let claim = self.step().and_then(|step| Some((step.claimed_at?, step.lease_until?)));
        let Some((claimed_at, lease_until)) = claim else { return Duration::ZERO };
        let times = self.ports.times;
        let end = lease_until.min(after(claimed_at, times.timeout));
        let end = self.ports.deadline.or_earlier(end);
        until(now, end).saturating_sub(times.lease / RECORDING_SHARE)
    }

    /// Whether the outcome of the call is not known, and only a person can find it out.
    fn waits_for_a_person(&self, outcome: &Outcome) -> bool {
        let is_unknown = matches!(outcome, Outcome::Error(ActionError::Unknown { .. }));
        is_unknown && self.step().is_some_and(|step| step.when_unknown() == WhenUnknown::Hold)
    }
}

/// Whether the connection is down now. A report that is lost delays or hurries a later call; the
/// outcome must not be lost for it.
pub(crate) async fn report(
    limits: &dyn Limits,
    connection: &ConnectionName,
    caller: Caller,
    end: CallEnd,
    now: Timestamp,
) -> bool {
    let standing = match limits.report(connection, caller, end, now).await {
        Ok(standing) => standing,
        Err(unavailable) => {
            tracing::warn!(connection.id = %connection, error = %unavailable.logged(),
                "limits did not answer");
            return false;
        }
    };
    log(connection, standing);
    let has_failed =
        matches!(end, CallEnd::Failed { .. } | CallEnd::Doubtful | CallEnd::Unreachable);
    standing.is_down() && has_failed
}

fn log(connection: &ConnectionName, standing: Standing) {
    match standing {
        Standing::WentDown => tracing::warn!(connection.id = %connection,
            "a connection does not answer; what waits for it is held back, and it is tried again \
             all the time"),
        Standing::CameBack => tracing::info!(connection.id = %connection,
            "a connection answers again"),
        Standing::Up | Standing::Down => {}
    }
}

/// What the connection may be asked for by attempts of so many calls.
pub(crate) fn allowance(connection: &Connection, calls: NonZeroU32) -> Allowance {
    let rate = connection.rate_limit().map(|limit| limit.of_attempts(calls));
    Allowance {
        rate: rate.map(|limit| (limit.calls, limit.per)),
        concurrency: connection.provider.concurrency,
        waits: false,
    }
}

fn held_back(connection: &Connection, at: Timestamp) -> Outcome {
    let name = &connection.name;
    tracing::debug!(connection.id = %name, until = %at, "a call is held back");
    let reason =
        format!("held back: connection {name} is at its limit, or does not answer at the moment");
    Outcome::HeldBack(at, reason)
}

/// Getting here took so long that somebody else may hold the step by now.
fn too_late(now: Timestamp) -> Outcome {
    Outcome::HeldBack(now, "held back: the claim was about to end".to_owned())
}

#[cfg(test)]
mod tests;
