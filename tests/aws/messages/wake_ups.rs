//! Wake-ups on their way to an action.

use super::Stand;
use super::stand::ACTION;
use std::time::Duration;
use tradewind_aws::journal::Settled;
use tradewind_engine::ids::WorkflowId;
use tradewind_engine::ports::{Journal as _, Receipt};
use tradewind_engine::protocol::{Command, WakeUp};
use tradewind_engine::queues::Queue;
use tradewind_engine::time::{Timestamp, after};

pub(super) async fn a_delayed_message_shows_at_its_time(stand: &Stand) {
    let due = in_seconds(stand, 2);
    stand.journal(&Settled::default()).commit(None, &[send("run_1", Some(due))]).await.unwrap();
    assert!(stand.all(ACTION).await.is_empty());
    assert_eq!(run_of(&stand.next(ACTION).await.body), "run_1");
    assert!(stand.clock.now() >= due, "it is early");
}

pub(super) async fn a_message_for_much_later_comes_once_by_its_schedule(stand: &Stand) {
    let due = in_seconds(stand, 5);
    for _ in 0..2 {
        stand.journal(&Settled::default()).commit(None, &[send("run_1", Some(due))]).await.unwrap();
    }
    let group = stand.stage.schedule_group().unwrap();
    let schedules = stand.clients.scheduler().list_schedules().group_name(group);
    assert_eq!(schedules.send().await.unwrap().schedules.len(), 1);

    let message = stand.next(ACTION).await;
    assert_eq!(message.body, text("run_1"));
    assert!(stand.clock.now() >= due, "it is early");
    assert!(stand.all(ACTION).await.is_empty(), "it came twice");
}

pub(super) async fn a_held_message_shows_after_its_time(stand: &Stand) {
    let journal = stand.journal(&Settled::default());
    journal.commit(None, &[send("run_1", None)]).await.unwrap();
    let message = stand.next(ACTION).await;
    let pause = Duration::from_millis(1_500);
    let again = [Command::ShowAgain(pause)];
    journal.commit(Some(&message.receipt), &again).await.unwrap();
    let held_until = after(stand.clock.now(), pause);
    assert_eq!(stand.next(ACTION).await.receives, 2);
    assert!(stand.clock.now() >= held_until, "it is early");

    // Of a message that is gone nothing is left to hold.
    stand.queues().delete(&message.receipt).await.unwrap();
    for receipt in [message.receipt, Receipt("nobody's".to_owned())] {
        journal.commit(Some(&receipt), &again).await.unwrap();
        journal.commit(Some(&receipt), &[Command::Ack]).await.unwrap();
    }
}

pub(super) async fn messages_of_a_workflow_go_as_a_group(stand: &Stand) {
    let workflow = WorkflowId::from("shop/order-log");
    let queues = stand.queues();
    queues.send(ACTION, text("run_1"), None, Some(&workflow)).await.unwrap();
    let due = in_seconds(stand, 1);
    queues.send(ACTION, text("run_2"), Some(due), Some(&workflow)).await.unwrap();
    for run in ["run_1", "run_2"] {
        assert_eq!(stand.next(ACTION).await.body, text(run));
    }
}

fn send(run: &str, not_before: Option<Timestamp>) -> Command {
    let wake = WakeUp::new(&run.into(), &"log".into());
    Command::Send { to: Queue::Action(ACTION.into()), wake, not_before, via: None }
}

fn text(run: &str) -> String {
    serde_json::to_string(&WakeUp::new(&run.into(), &"log".into())).unwrap()
}

fn run_of(body: &str) -> String {
    serde_json::from_str::<WakeUp>(body).unwrap().run.0
}

fn in_seconds(stand: &Stand, seconds: u64) -> Timestamp {
    after(stand.clock.now(), Duration::from_secs(seconds))
}
