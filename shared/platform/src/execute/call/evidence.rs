//! What a call says about its connection.

use super::observed::Observation;
use tradewind_engine::effects::ActionError;
use tradewind_engine::limits::CallEnd;
use tradewind_engine::protocol::Outcome;
use tradewind_engine::time::{Timestamp, after};

/// How the work on an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WorkEnd {
    /// It came to its end.
    Itself,
    /// It panicked: a bug of ours.
    Panicked,
    /// The step's time was over.
    InTime,
    /// The claim or the process left less than the step's own time, and that was over.
    Cut,
}

/// What a call says about the connection: only what the provider did counts.
pub(crate) fn end_of(
    outcome: &Outcome,
    ended: WorkEnd,
    seen: Observation,
    now: Timestamp,
) -> CallEnd {
    let wait = match outcome {
        Outcome::Error(ActionError::NotNow { wait: Some(wait), .. }) => Some(after(now, *wait)),
        _ => None,
    };
    match (seen, ended) {
        (Observation::Nothing, _) => CallEnd::NotMade,
        // Who knows what would have come.
        (Observation::Pending, WorkEnd::Panicked | WorkEnd::Cut) => CallEnd::NotMade,
        (Observation::Answered(status), _) if status.is_server_error() => {
            CallEnd::Failed { quiet: wait }
        }
        (Observation::Answered(_), _) => wait.map_or(CallEnd::Answered, CallEnd::Limited),
        (Observation::Unreachable, _) => CallEnd::Unreachable,
        (Observation::Pending | Observation::Lost, _) => CallEnd::Failed { quiet: None },
    }
}
