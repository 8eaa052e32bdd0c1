//! Who comes into a slot, and in which order.

use super::{Asked, Asking, LineRoom, Slot, SlotKey};
use crate::ids::{RunId, WorkflowId};
use crate::time::{Timestamp, after};
use std::time::Duration;

const ROOM: LineRoom = LineRoom { all: 3, for_earlier: 1 };

/// A run that was started in that second asks, in a version by which so many work.
fn asked(slot: Option<&Slot>, second: u64, version: u32, max: u32) -> Asked {
    let (run, workflow) = (run(second), WorkflowId::from("w"));
    let started_at = after(Timestamp::UNIX_EPOCH, Duration::from_secs(second));
    let asking = Asking { run: &run, started_at, workflow: &workflow, version, max };
    Slot::ask(slot, &SlotKey::of(&workflow, None), &asking, ROOM, started_at)
}

fn run(second: u64) -> RunId {
    RunId(format!("run_{second}"))
}

/// Runs of version 1 by which one works, in the order in which they ask.
fn slot_of(seconds: &[u64]) -> Slot {
    let mut slot = None;
    for second in seconds {
        match asked(slot.as_ref(), *second, 1, 1) {
            Asked::Changes(next) => slot = Some(next),
            other => panic!("{second}: {other:?}"),
        }
    }
    slot.expect("somebody asked")
}

fn line(slot: &Slot) -> Vec<&str> {
    slot.in_line.iter().map(|one| one.run.as_str()).collect()
}

#[test]
fn the_last_places_are_for_those_that_were_started_before_one_that_waits() {
    let slot = slot_of(&[1, 20, 30]);
    assert_eq!(asked(Some(&slot), 40, 1, 1), Asked::Full, "it is the newest");
    let Asked::Changes(slot) = asked(Some(&slot), 10, 1, 1) else { panic!("it is the oldest") };
    assert_eq!(line(&slot), ["run_10", "run_20", "run_30"]);
    assert_eq!(asked(Some(&slot), 5, 1, 1), Asked::Full);
}

#[test]
fn who_finds_the_line_full_says_all_the_same_how_many_its_version_lets_work() {
    let slot = slot_of(&[1, 20, 30]);
    let Asked::Changes(more) = asked(Some(&slot), 40, 2, 2) else { panic!("one more works") };
    assert_eq!((more.max, more.let_in_by(&run(40))), (2, vec![run(20)]));
    assert_eq!(line(&more), ["run_30", "run_40"]);
    let Asked::Changes(full) = asked(Some(&more), 50, 3, 1) else { panic!("fewer work") };
    assert_eq!((full.max, line(&full)), (1, vec!["run_30", "run_40"]));
    assert_eq!(asked(Some(&full), 50, 3, 1), Asked::Full);
    // Of an older version it would be three.
    assert_eq!(asked(Some(&full), 60, 1, 3), Asked::Full);
}

#[test]
fn who_asks_again_changes_nothing() {
    let slot = slot_of(&[1, 20]);
    assert_eq!(asked(Some(&slot), 1, 1, 1), Asked::Works);
    assert_eq!(asked(Some(&slot), 20, 1, 1), Asked::Waits);
}
