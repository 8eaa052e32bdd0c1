//! How far schedules have come.

use super::World;
use futures::future::join_all;
use std::time::Duration;
use tradewind_engine::ids::WorkflowId;
use tradewind_engine::time::after;

const MINUTE: Duration = Duration::from_secs(60);

pub(super) async fn a_due_time_is_noted_from_where_it_was_read(world: &World) {
    let (daily, other): (WorkflowId, WorkflowId) = ("reports/daily".into(), "other".into());
    let schedules = world.schedules();
    let (first, second) = (world.now(), after(world.now(), MINUTE));
    assert_eq!(schedules.fired(&daily).await.unwrap(), None);
    assert!(!schedules.note_fired(&daily, second, Some(first)).await.unwrap(), "it is not there");
    assert!(schedules.note_fired(&daily, first, None).await.unwrap());
    assert!(!schedules.note_fired(&daily, second, None).await.unwrap(), "there is one");
    assert_eq!(schedules.fired(&daily).await.unwrap(), Some(first));
    assert!(schedules.note_fired(&daily, second, Some(first)).await.unwrap());
    // Back, as after a clock that was ahead.
    assert!(schedules.note_fired(&daily, first, Some(second)).await.unwrap());
    assert_eq!(schedules.fired(&daily).await.unwrap(), Some(first));
    assert_eq!(schedules.fired(&other).await.unwrap(), None);
}

pub(super) async fn of_many_who_note_a_due_time_one_does(world: &World) {
    let daily: WorkflowId = "daily".into();
    let notes = (1..=20).map(async |minutes| {
        let due = after(world.now(), MINUTE * minutes);
        world.schedules().note_fired(&daily, due, None).await.unwrap()
    });
    assert_eq!(join_all(notes).await.into_iter().filter(|noted| *noted).count(), 1);
}
