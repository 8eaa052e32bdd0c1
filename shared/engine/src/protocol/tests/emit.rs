//! A step that emits an event.

use super::*;
use crate::events::{CHAIN_MAX, Event};
use crate::protocol::{NewEvent, NotEmitted, emission};
use crate::runs::FlowKind;
use serde_json::Map;

fn plan() -> StepPlan {
    StepPlan { path: StepPath::from("tell"), work: StepWork::flow(FlowKind::Emit) }
}

/// The run with its step claimed at that time.
fn claimed(now: Timestamp) -> Run {
    let mut run = run("tell");
    run.steps.clear();
    run.steps.insert(plan().path, StepRecord::ready(&plan()));
    let claim = Change::Claim {
        id: "w".into(),
        path: plan().path,
        now,
        lease_until: after(now, Times::STANDARD.lease),
    };
    Write { run: run.id.clone(), change: claim }.apply(Some(&run)).unwrap()
}

fn emit(run: &Run, now: Timestamp) -> Result<Event, NotEmitted> {
    let new = NewEvent { name: "custom.a".to_owned(), key: None, data: Map::new(), revision: 7 };
    emission(run, &plan().path, new, now)
}

#[test]
fn a_step_that_is_tried_again_emits_the_same_event() {
    let run = claimed(NOW);
    let first = emit(&run, after(NOW, Duration::from_secs(1))).unwrap();
    // Its worker died, and another took the step on.
    let later = after(NOW, Duration::from_secs(600));
    let claim = Change::Claim {
        id: "x".into(),
        path: plan().path,
        now: later,
        lease_until: after(later, Times::STANDARD.lease),
    };
    let again = Write { run: run.id.clone(), change: claim }.apply(Some(&run)).unwrap();
    assert_eq!(emit(&again, later).unwrap(), first);
    assert_eq!((first.accepted_at, first.test, first.revision), (NOW, run.test, Some(7)));
}

#[test]
fn a_chain_of_events_ends_and_a_run_of_a_runs_end_begins_none() {
    let mut run = claimed(NOW);
    run.chain = CHAIN_MAX - 1;
    assert_eq!(emit(&run, NOW).unwrap().emitted.unwrap().depth, CHAIN_MAX);
    run.chain = CHAIN_MAX;
    assert_eq!(emit(&run, NOW), Err(NotEmitted::ChainTooLong));
    let quiet = Run { quiet: true, ..claimed(NOW) };
    assert_eq!(emit(&quiet, NOW), Err(NotEmitted::Quiet));
}
