//! Making the call: admitted by the limits, inside its time, with panics caught and secrets kept
//! out of what is said about it.

use super::Executing;
use super::observed::Observed;
use super::prepare::Prepared;
use crate::scrub::scrubbed;
use futures::FutureExt;
use futures::future::{Either, select};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;
use tradewind_connectors::action::Cx;
use tradewind_connectors::connection::Connection;
use tradewind_engine::effects::{ActionError, Asked};
use tradewind_engine::ids::StepPath;
use tradewind_engine::ports::{Admission, Allowance, CallEnd, Http};
use tradewind_engine::protocol::Outcome;
use tradewind_engine::runs::{Run, idempotency_key};
use tradewind_engine::time::{Timestamp, after, until};

/// One part in so many of the lease is kept for recording the outcome: 5 of 90 seconds.
const RECORDING_SHARE: u32 = 18;
/// How long an answer may take to be read that had arrived when the time was over.
const ARRIVED_WITHIN: Duration = Duration::from_millis(500);

pub(super) async fn perform(
    ports: &Executing,
    run: &Run,
    path: &StepPath,
    prepared: &Prepared,
) -> Outcome {
    let connection = &prepared.connection;
    let now = ports.clock.now();
    if time_left(ports, run, path, now).is_zero() {
        return too_late(now);
    }
    match ports.limits.admit(&connection.name, allowance(connection), now).await {
        Ok(Admission::Go) => {}
        Ok(Admission::NotBefore(at)) => {
            let reason = format!(
                "held back: connection {} is at its limit, or does not answer at the moment",
                connection.name
            );
            tracing::info!(connection.id = %connection.name, until = %at, "a call is held back");
            return Outcome::HeldBack(at, reason);
        }
        Err(unavailable) => {
            return Outcome::Error(ActionError::not_now(unavailable.to_string(), None));
        }
    }
    let http = Observed::new(&*ports.http);
    let now = ports.clock.now();
    let left = time_left(ports, run, path, now);
    let outcome = if left.is_zero() {
        too_late(now)
    } else {
        call(ports, run, path, prepared, &http, prepared.timeout.min(left)).await
    };
    let now = ports.clock.now();
    let end = if http.has_called() { end_of(&outcome, now) } else { CallEnd::NotMade };
    // A report that is lost delays or hurries a later call; the outcome must not be lost for it.
    if let Err(unavailable) = ports.limits.report(&connection.name, end, now).await {
        tracing::warn!(connection.id = %connection.name, error = %unavailable, "limits did not answer");
    }
    outcome
}

fn allowance(connection: &Connection) -> Allowance {
    Allowance {
        rate: connection.rate_limit().map(|limit| (limit.calls, limit.per)),
        concurrency: connection.provider.concurrency,
    }
}

/// What the outcome of a call says about the provider.
fn end_of(outcome: &Outcome, now: Timestamp) -> CallEnd {
    match outcome {
        Outcome::Error(ActionError::NotNow { wait: Some(wait), .. }) => {
            CallEnd::Limited(after(now, *wait))
        }
        Outcome::Error(ActionError::NotNow { .. } | ActionError::Unknown { .. }) => CallEnd::Down,
        _ => CallEnd::Answered,
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
    http: &dyn Http,
    timeout: Duration,
) -> Outcome {
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
    let mut ended = select(caught.as_mut(), ports.clock.sleep(timeout)).await;
    if matches!(ended, Either::Right(_)) {
        // A process that stood still finds the answer that had come and the end of the time at once.
        ended = select(caught, ports.clock.sleep(ARRIVED_WITHIN)).await;
    }
    let result = match ended {
        Either::Left((Ok(result), _)) => result,
        Either::Left((Err(_), _)) => {
            Err(ActionError::unknown("the action panicked: this is a bug"))
        }
        Either::Right(_) => Err(ActionError::unknown(no_answer(timeout))),
    };
    result.unwrap_or_else(|error| Outcome::Error(scrubbed(error, &prepared.connection)))
}

fn no_answer(timeout: Duration) -> String {
    format!("no answer within {} s", timeout.as_secs())
}

#[cfg(test)]
mod tests;
