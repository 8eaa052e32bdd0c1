//! Loops of which several items stopped.

use super::*;
use crate::deployed::{CURRENT_FOR, Deployed};
use crate::given::{clock, memory};
use futures::FutureExt;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tradewind_connectors::catalog::catalog;
use tradewind_engine::ports::{Clock as _, Journal as _, Runs as _};
use tradewind_engine::protocol::{Change, Command, Write};
use tradewind_engine::runs::RunState;
use tradewind_engine::time::{Timestamp, before};
use tradewind_memory::{Memory, SeededIds, VirtualClock};

/// A run whose steps these are, and what else it says.
fn stopped(id: &str, steps: Value, at: &str, now: Timestamp, more: Value) -> Run {
    let mut run = json!({
        "v": 5, "id": id, "workflow": "w", "version": 1, "event": "evt_1", "key": "k",
        "generation": 0, "test": false, "state": "failed", "gen": 0, "input": null,
        "steps": steps, "dead_lettered": true, "quiet": false, "hops": 0,
        "failure": { "step": at, "reason": "no", "attempts": 1, "kind": "failed" },
        "created_at": now, "ended_at": now,
    });
    run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(run).unwrap()
}

/// The branch of an item that failed although it may have arrived a day ago, or for certain.
fn branch(number: u32, may_have_arrived: bool, now: Timestamp) -> Run {
    let path = format!("each[{number}].do");
    let day = Duration::from_secs(86_400);
    let key_at = may_have_arrived.then(|| before(now, day));
    let step = json!({
        "state": "failed", "action": "thing.do", "provider": "acme", "class": "keyed",
        "on_unknown": "retry", "fence": 1, "attempts": 1, "asked": 0, "tried": [],
        "ended_at": now, "key_at": key_at,
    });
    let of = json!({ "branch": {
        "root": "run_1", "parent": "run_1", "step": "each", "number": number, "first": number,
        "count": 1, "ended": "", "failures": [], "reported": 0,
    } });
    stopped(&format!("run_1/each/{number}"), json!({ &path: step }), &path, now, of)
}

fn acting(clock: &VirtualClock, memory: &Arc<Memory>) -> Acting {
    let deployed = Deployed::new(memory.clone(), Arc::new(clock.clone()), CURRENT_FOR);
    Acting {
        deployed: Arc::new(deployed),
        definitions: memory.clone(),
        runs: memory.clone(),
        dead_letters: memory.clone(),
        journal: memory.clone(),
        jobs: memory.clone(),
        bus: memory.clone(),
        catalog: Arc::new(catalog()),
        clock: Arc::new(clock.clone()),
        ids: Arc::new(SeededIds::new(1)),
    }
}

#[test]
fn whoever_forces_the_items_of_a_loop_is_told_of_each_that_may_happen_twice() {
    let clock = clock();
    let (memory, now) = (memory(&clock), clock.now());
    let branches = [branch(0, true, now), branch(1, false, now), branch(2, true, now)];
    let of = |branch: &Run| json!({ "resumed": 0, "parked": false, "failure": branch.failure.clone().unwrap() });
    let each = json!({
        "state": "failed", "flow": "for_each", "fence": 0, "attempts": 0, "asked": 0, "tried": [],
        "ended_at": now,
        "items": {
            "total": 3, "per_branch": 1, "concurrency": 3, "next": 3, "open": {},
            "stopped": { "0": of(&branches[0]), "1": of(&branches[1]), "2": of(&branches[2]) },
            "done": 0, "failed": 0, "skipped": 0, "failures": [],
        },
    });
    let run = stopped("run_1", json!({ "each": each }), "each[0].do", now, json!({}));
    for run in branches.iter().chain([&run]) {
        let write = Write { run: run.id.clone(), change: Change::Start(Box::new(run.clone())) };
        let started = memory.commit(None, &[Command::Write(write)]).now_or_never().unwrap();
        started.unwrap();
    }
    let ports = acting(&clock, &memory);
    let take_up = |force| take_up_run(&ports.advancing(), &run, force).now_or_never().unwrap();
    let forgotten =
        |number| Objection::KeyWindowPassed(format!("each[{number}].do").as_str().into());
    let objection = Objection::OfItems(vec![forgotten(0), forgotten(2)]);
    let told = objection.to_string();
    assert!(told.contains("each[0].do") && told.contains("each[2].do"), "{told}");
    assert_eq!(take_up(false), Err(objection.into()));
    let states = || {
        let read = branches.iter().map(|branch| memory.read(&branch.id).now_or_never().unwrap());
        read.map(|branch| branch.unwrap().unwrap().state).collect::<Vec<_>>()
    };
    let (failed, active) = (RunState::Failed, RunState::Active);
    assert_eq!(states(), [failed, active, failed], "an objection to one holds up no other");
    // Each can be forced by itself, and of no other step it is said to be.
    let one = |step: &str, force| {
        replay_step(&ports, &run.id, &step.into(), force).now_or_never().unwrap()
    };
    assert_eq!(one("each[2].do", false), Err(forgotten(2).into()));
    let other = Objection::OtherStep("each[2].do".into());
    assert_eq!(one("each[2].after", true), Err(other.into()));
    assert!(one("each[2].do", true).is_ok());
    assert_eq!(states(), [failed, active, active]);
    // The run has not heard yet that one of them works.
    assert_eq!(take_up(true), Err(Objection::StillRunning.into()));
    assert_eq!(states(), [active; 3]);
    assert_eq!(take_up(false), Err(Objection::StillRunning.into()), "nor that all of them do");
}
