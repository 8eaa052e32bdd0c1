//! Runs that wait for each other.

use super::world::World;
use futures::future::join_all;
use std::time::Duration;
use tradewind_engine::ids::{RunId, WorkflowId};
use tradewind_engine::slots::{Asked, Asking, LineRoom, Slot, SlotKey};
use tradewind_engine::time::{Timestamp, after};

fn key() -> SlotKey {
    SlotKey::of(&WorkflowId::from("w"), Some("customer-7"))
}

/// The slot once this run has asked, where that changes it. One works at a time.
fn asked(current: Option<&Slot>, run: &str, now: Timestamp) -> Option<Slot> {
    let (run, workflow) = (RunId::from(run), WorkflowId::from("w"));
    let asking = Asking { run: &run, started_at: now, workflow: &workflow, version: 1, max: 1 };
    let room = LineRoom { for_earlier: 0, ..LineRoom::STANDARD };
    match Slot::ask(current, &key(), &asking, room, now) {
        Asked::Changes(slot) => Some(slot),
        Asked::Works | Asked::Waits | Asked::Full => None,
    }
}

pub(super) async fn a_slot_is_written_and_removed_in_the_state_in_which_it_was_read(world: &World) {
    let (slots, now) = (world.slots(), world.now());
    assert_eq!(slots.slot(&key()).await.unwrap(), None);
    let first = asked(None, "run_1", now).unwrap();
    let second = asked(Some(&first), "run_2", now).unwrap();
    assert!(!slots.save_slot(&second, Some(&first)).await.unwrap(), "it is not there");
    assert!(slots.save_slot(&first, None).await.unwrap());
    assert!(!slots.save_slot(&asked(None, "run_3", now).unwrap(), None).await.unwrap());
    assert!(slots.save_slot(&second, Some(&first)).await.unwrap());
    let other = asked(Some(&first), "run_4", now).unwrap();
    assert!(!slots.save_slot(&other, Some(&first)).await.unwrap());
    assert!(!slots.remove_slot(&first).await.unwrap());
    assert_eq!(slots.slot(&key()).await.unwrap(), Some(second.clone()));
    assert!(slots.remove_slot(&second).await.unwrap());
    assert!(!slots.remove_slot(&second).await.unwrap());
    assert_eq!(slots.slot(&key()).await.unwrap(), None);
}

pub(super) async fn of_many_who_enter_a_slot_one_does(world: &World) {
    let (slots, now) = (world.slots(), world.now());
    let begun = join_all((0..20).map(async |number| {
        let slot = asked(None, &format!("run_{number}"), now).unwrap();
        slots.save_slot(&slot, None).await.unwrap()
    }));
    assert_eq!(begun.await.into_iter().filter(|begun| *begun).count(), 1);
    let read = slots.slot(&key()).await.unwrap().unwrap();
    let saved = join_all((0..20).map(async |number| {
        let slot = asked(Some(&read), &format!("run_l{number}"), now).unwrap();
        slots.save_slot(&slot, Some(&read)).await.unwrap()
    }));
    assert_eq!(saved.await.into_iter().filter(|saved| *saved).count(), 1);
}

pub(super) async fn a_slot_that_was_begun_anew_is_left_alone(world: &World) {
    let (slots, now) = (world.slots(), world.now());
    let old = asked(None, "run_1", now).unwrap();
    assert!(slots.save_slot(&old, None).await.unwrap());
    assert!(slots.remove_slot(&old).await.unwrap());
    // By the same run, as often written.
    let new = asked(None, "run_1", after(now, Duration::from_secs(1))).unwrap();
    assert!(slots.save_slot(&new, None).await.unwrap());
    assert!(!slots.remove_slot(&old).await.unwrap());
    let late = asked(Some(&old), "run_2", now).unwrap();
    assert!(!slots.save_slot(&late, Some(&old)).await.unwrap());
    assert_eq!(slots.slot(&key()).await.unwrap(), Some(new));
}

pub(super) async fn a_line_of_a_thousand_comes_back_as_it_was(world: &World) {
    let (slots, now) = (world.slots(), world.now());
    let mut slot = asked(None, "run_first", now).unwrap();
    for number in 0..LineRoom::STANDARD.all {
        let digest = format!("run_{:024x}", (number as u128 + 1) * 0x9e37_79b9_7f4a_7c15_f39c);
        slot =
            asked(Some(&slot), &digest, after(now, Duration::from_millis(number as u64))).unwrap();
    }
    assert_eq!(asked(Some(&slot), "run_too_many", now), None);
    assert!(slots.save_slot(&slot, None).await.unwrap());
    assert_eq!(slots.slot(&key()).await.unwrap(), Some(slot));
}
