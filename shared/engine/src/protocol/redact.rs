//! Taking a person's data out of the record of a run: what happened stays, and nothing of what was said.

use crate::runs::{Run, key_digest};
use crate::time::Timestamp;
use serde_json::Value;

/// What stands in place of a reason that may have named a person.
const REMOVED: &str = "removed";

pub(super) fn redact(run: &mut Run, now: Timestamp) {
    run.input = Value::Null;
    run.key = key_digest(&run.key);
    run.redacted_at = Some(now);
    let steps = run.steps.values_mut();
    let reasons = steps.flat_map(|step| {
        step.output = None;
        step.reason.iter_mut().chain(step.tried.iter_mut().map(|tried| &mut tried.reason))
    });
    let failure = run.failure.iter_mut().map(|failure| &mut failure.reason);
    reasons.chain(failure).for_each(|reason| REMOVED.clone_into(reason));
    let questions = run.steps.values_mut().filter_map(|step| step.work.question_mut());
    questions.for_each(|question| {
        REMOVED.clone_into(&mut question.text);
        if let Some(decision) = &mut question.decision {
            REMOVED.clone_into(&mut decision.by);
        }
    });
    let decided = run.branch.iter_mut().flat_map(|branch| branch.decided.values_mut());
    decided.for_each(|decision| REMOVED.clone_into(&mut decision.by));
    let items = run.steps.values_mut().filter_map(|step| step.work.items_mut());
    let of_items = items.flat_map(|items| {
        let stopped = items.stopped.values_mut().map(|branch| &mut branch.failure);
        let failures =
            stopped.chain(items.given_up.as_deref_mut()).map(|failure| &mut failure.reason);
        items.failures.iter_mut().map(|failure| &mut failure.reason).chain(failures)
    });
    let of_branch = run.branch.iter_mut().flat_map(|branch| &mut branch.failures);
    let of_branch = of_branch.map(|failure| &mut failure.reason);
    of_items.chain(of_branch).for_each(|reason| REMOVED.clone_into(reason));
}
