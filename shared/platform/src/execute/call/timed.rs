//! The call itself: inside its time, with panics caught and secrets kept out of what is said about it.

use super::evidence::WorkEnd;
use super::observed::Observed;
use crate::execute::attempt::Attempt;
use crate::execute::prepare::Prepared;
use crate::scrub::scrubbed_outcome;
use futures::FutureExt;
use futures::future::{Either, select};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;
use tradewind_connectors::action::Cx;
use tradewind_engine::effects::{ActionError, Asked};
use tradewind_engine::ports::Clock;
use tradewind_engine::protocol::Outcome;
use tradewind_engine::runs::idempotency_key;

/// How long an answer may take to be read that had arrived when the time was over. Longer than the HTTP
/// client allows itself for the same, so that its word comes before ours.
const ARRIVED_WITHIN: Duration = Duration::from_millis(500);

/// Makes the call; what came of it, and how it ended.
pub(super) async fn run_timed(
    attempt: &Attempt<'_>,
    prepared: &Prepared,
    http: &Observed<'_>,
    left: Duration,
) -> (Outcome, WorkEnd) {
    let (ports, run, path) = (attempt.ports, &attempt.claimed.run, &attempt.claimed.path);
    let timeout = prepared.timeout.min(left);
    let key = idempotency_key(run.root(), path, run.resumed);
    let cx = Cx {
        connection: &prepared.connection,
        run: run.root(),
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
    let (result, ended) = within_time(&*ports.clock, timeout, http, work).await;
    let is_cut = ended == WorkEnd::InTime && left < prepared.timeout;
    let ended = if is_cut { WorkEnd::Cut } else { ended };
    let outcome = result.unwrap_or_else(Outcome::Error);
    (scrubbed_outcome(outcome, &prepared.connection, &prepared.output_fields), ended)
}

/// The work with what it calls through `http`, ended once its time is over and if it panics.
pub(crate) async fn within_time<T>(
    clock: &dyn Clock,
    timeout: Duration,
    http: &Observed<'_>,
    work: impl Future<Output = Result<T, ActionError>>,
) -> (Result<T, ActionError>, WorkEnd) {
    let mut caught = pin!(AssertUnwindSafe(work).catch_unwind());
    let mut first = select(caught.as_mut(), clock.sleep(timeout)).await;
    if matches!(first, Either::Right(_)) {
        // A process that stood still finds the answer that had come and the end of the time at once.
        first = select(caught, clock.sleep(ARRIVED_WITHIN)).await;
    }
    match first {
        Either::Left((Ok(result), _)) => (result, WorkEnd::Itself),
        Either::Left((Err(_), _)) => {
            let reason = "the action panicked: this is a bug".to_owned();
            (Err(unfinished(reason, http)), WorkEnd::Panicked)
        }
        Either::Right(_) => (Err(unfinished(no_answer(timeout), http)), WorkEnd::InTime),
    }
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
