//! Making the call: admitted by the limits, inside its time, with panics caught and secrets kept
//! out of what is said about it.

use super::Executing;
use super::observed::{Observed, Seen};
use super::prepare::Prepared;
use crate::scrub::scrubbed_outcome;
use futures::FutureExt;
use futures::future::{Either, select};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;
use tradewind_connectors::action::Cx;
use tradewind_connectors::connection::Connection;
use tradewind_engine::effects::{ActionError, Asked};
use tradewind_engine::ids::{ConnectionName, StepPath};
use tradewind_engine::limits::{Admission, Allowance, CallEnd, Caller, Standing};
use tradewind_engine::protocol::Outcome;
use tradewind_engine::runs::{Run, WhenUnknown, idempotency_key};
use tradewind_engine::time::{Timestamp, after, until};

/// One part in so many of the lease is kept for recording the outcome: 5 of 90 seconds.
const RECORDING_SHARE: u32 = 18;
/// How long an answer may take to be read that had arrived when the time was over. Longer than the HTTP
/// client allows itself for the same, so that its word comes before ours.
const ARRIVED_WITHIN: Duration = Duration::from_millis(500);

/// What came of an attempt.
pub(super) struct Performed {
    pub(super) outcome: Outcome,
    /// Whether the connection answers nobody at the moment.
    pub(super) connection_is_down: bool,
}

impl From<Outcome> for Performed {
    /// Of an attempt that called nobody.
    fn from(outcome: Outcome) -> Self {
        Self { outcome, connection_is_down: false }
    }
}

pub(super) async fn perform(
    ports: &Executing,
    run: &Run,
    path: &StepPath,
    prepared: &Prepared,
) -> Performed {
    let connection = &prepared.connection;
    let now = ports.clock.now();
    if time_left(ports, run, path, now).is_zero() {
        return too_late(now).into();
    }
    let caller = Caller::new(&run.id, path, run.steps.get(path).map_or(0, |step| step.fence));
    match ports.limits.admit(&connection.name, allowance(connection), caller, now).await {
        Ok(Admission::Go) => {}
        Ok(Admission::NotBefore(at)) => {
            let reason = format!(
                "held back: connection {} is at its limit, or does not answer at the moment",
                connection.name
            );
            tracing::debug!(connection.id = %connection.name, until = %at, "a call is held back");
            return Outcome::HeldBack(at, reason).into();
        }
        Err(unavailable) => {
            return Outcome::Error(ActionError::not_now(unavailable.to_string(), None)).into();
        }
    }
    let http = Observed::new(&*ports.http);
    let now = ports.clock.now();
    let left = time_left(ports, run, path, now);
    let (outcome, ended) = if left.is_zero() {
        (too_late(now), Ended::Itself)
    } else {
        call(ports, run, path, prepared, &http, left).await
    };
    let now = ports.clock.now();
    let end = match end_of(&outcome, ended, http.last(), now) {
        CallEnd::Failed { quiet: None } if waits_for_a_person(run, path, &outcome) => {
            CallEnd::Doubtful
        }
        end => end,
    };
    let connection_is_down = report(ports, &connection.name, caller, end, now).await;
    Performed { outcome, connection_is_down }
}

/// Whether the connection is down now. A report that is lost delays or hurries a later call; the
/// outcome must not be lost for it.
async fn report(
    ports: &Executing,
    connection: &ConnectionName,
    caller: Caller,
    end: CallEnd,
    now: Timestamp,
) -> bool {
    let standing = match ports.limits.report(connection, caller, end, now).await {
        Ok(standing) => standing,
        Err(unavailable) => {
            tracing::warn!(connection.id = %connection, error = %unavailable,
                "limits did not answer");
            return false;
        }
    };
    match standing {
        Standing::WentDown => tracing::warn!(connection.id = %connection,
            "a connection does not answer; what waits for it is held back, and it is tried again \
             all the time"),
        Standing::CameBack => tracing::info!(connection.id = %connection,
            "a connection answers again"),
        Standing::Up | Standing::Down => {}
    }
    let has_failed =
        matches!(end, CallEnd::Failed { .. } | CallEnd::Doubtful | CallEnd::Unreachable);
    standing.is_down() && has_failed
}

fn allowance(connection: &Connection) -> Allowance {
    Allowance {
        rate: connection.rate_limit().map(|limit| (limit.calls, limit.per)),
        concurrency: connection.provider.concurrency,
    }
}

/// How the work on an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// It came to its end.
    Itself,
    /// It panicked: a bug of ours.
    Panicked,
    /// The step's time was over.
    InTime,
    /// The claim or the process left less than the step's own time, and that was over.
    Cut,
}

/// Whether the outcome of the call is not known, and only a person can find it out.
fn waits_for_a_person(run: &Run, path: &StepPath, outcome: &Outcome) -> bool {
    let is_unknown = matches!(outcome, Outcome::Error(ActionError::Unknown { .. }));
    let step = run.steps.get(path);
    is_unknown && step.is_some_and(|step| step.when_unknown() == WhenUnknown::Hold)
}

/// What a call says about the connection: only what the provider did counts.
fn end_of(outcome: &Outcome, ended: Ended, seen: Seen, now: Timestamp) -> CallEnd {
    let wait = match outcome {
        Outcome::Error(ActionError::NotNow { wait: Some(wait), .. }) => Some(after(now, *wait)),
        _ => None,
    };
    match (seen, ended) {
        (Seen::Nothing, _) => CallEnd::NotMade,
        // Who knows what would have come.
        (Seen::Pending, Ended::Panicked | Ended::Cut) => CallEnd::NotMade,
        (Seen::Answered(status), _) if status.is_server_error() => CallEnd::Failed { quiet: wait },
        (Seen::Answered(_), _) => wait.map_or(CallEnd::Answered, CallEnd::Limited),
        (Seen::Unreachable, _) => CallEnd::Unreachable,
        (Seen::Pending | Seen::Lost, _) => CallEnd::Failed { quiet: None },
    }
}

/// Getting here took so long that somebody else may hold the step by now.
fn too_late(now: Timestamp) -> Outcome {
    Outcome::HeldBack(now, "held back: the claim was about to end".to_owned())
}

/// How much time the claim and the process leave for a call, the time for recording its outcome
/// taken off.
fn time_left(ports: &Executing, run: &Run, path: &StepPath, now: Timestamp) -> Duration {
    let step = run.steps.get(path);
    let claim = step.and_then(|step| Some((step.claimed_at?, step.lease_until?)));
    let Some((claimed_at, lease_until)) = claim else { return Duration::ZERO };
    let end = ports.deadline.earlier(lease_until.min(after(claimed_at, ports.times.timeout)));
    until(now, end).saturating_sub(ports.times.lease / RECORDING_SHARE)
}

async fn call(
    ports: &Executing,
    run: &Run,
    path: &StepPath,
    prepared: &Prepared,
    http: &Observed<'_>,
    left: Duration,
) -> (Outcome, Ended) {
    let timeout = prepared.timeout.min(left);
    let key = idempotency_key(&run.id, path, run.resumed);
    let cx = Cx {
        connection: &prepared.connection,
        run: &run.id,
        step: path,
        idempotency_key: &key,
        timeout,
        http,
        tokens: &*ports.tokens,
        outbox: &*ports.outbox,
        files: &*ports.files,
        clock: &*ports.clock,
        ids: &*ports.ids,
    };
    let input = prepared.input.clone();
    let work = async {
        if prepared.ask {
            match prepared.implementation.asked(&cx, input).await? {
                Asked::Happened(output) => Ok(Outcome::Done(output)),
                Asked::DidNot => Ok(Outcome::DidNot),
                Asked::CannotTell(reason) => Ok(Outcome::CannotTell(reason)),
            }
        } else {
            prepared.implementation.perform(&cx, input).await.map(Outcome::Done)
        }
    };
    let mut caught = pin!(AssertUnwindSafe(work).catch_unwind());
    let mut first = select(caught.as_mut(), ports.clock.sleep(timeout)).await;
    if matches!(first, Either::Right(_)) {
        // A process that stood still finds the answer that had come and the end of the time at once.
        first = select(caught, ports.clock.sleep(ARRIVED_WITHIN)).await;
    }
    let (result, ended) = match first {
        Either::Left((Ok(result), _)) => (result, Ended::Itself),
        Either::Left((Err(_), _)) => {
            let reason = "the action panicked: this is a bug".to_owned();
            (Err(unfinished(reason, http)), Ended::Panicked)
        }
        Either::Right(_) => {
            let ended = if left < prepared.timeout { Ended::Cut } else { Ended::InTime };
            (Err(unfinished(no_answer(timeout), http)), ended)
        }
    };
    let outcome = result.unwrap_or_else(Outcome::Error);
    (scrubbed_outcome(outcome, &prepared.connection, &prepared.output_fields), ended)
}

/// Why an attempt came to no end. As long as no request was sent, nothing can have happened: what
/// stays on this side (files, the outbox) may be repeated by its class.
fn unfinished(reason: String, http: &Observed<'_>) -> ActionError {
    if http.has_called() {
        ActionError::unknown(reason)
    } else {
        ActionError::not_now(reason, None)
    }
}

fn no_answer(timeout: Duration) -> String {
    format!("no answer within {} s", timeout.as_secs())
}

#[cfg(test)]
mod tests;
