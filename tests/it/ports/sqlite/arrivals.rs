//! Workers learn at once of what there is for them, and figures say how much that is.

use super::{clock, commit};
use crate::ports::given::{QUEUE, dead_letter, run_of, send, send_at, send_to};
use crate::ports::local::VISIBILITY;
use std::sync::Arc;
use std::time::Duration;
use tempfile::{TempDir, tempdir};
use tradewind::store::{Capacities, QueueDepth, QueueWaiting, Store};
use tradewind_engine::limits::Capacity;
use tradewind_engine::ports::{Clock, DeadLetters, Journal};
use tradewind_engine::protocol::Command;
use tradewind_engine::time::after;
use tradewind_memory::VirtualClock;

const DELAY: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_worker_is_woken_by_what_is_sent_to_its_queue() {
    let (_folder, clock, store) = store();
    let waits = listen(&store);
    commit(&store, &[send_to("other", "run_1", None)]).await;
    still(&waits).await;
    commit(&store, &[send("run_1")]).await;
    soon(waits).await;
    soon(listen(&store)).await;

    let received = store.receive(QUEUE, 1, VISIBILITY, clock.now()).await.unwrap();
    let waits = listen(&store);
    still(&waits).await;
    store.commit(Some(&received[0].receipt), &[Command::ShowAgain(Duration::ZERO)]).await.unwrap();
    soon(waits).await;
}

#[tokio::test]
async fn a_worker_is_woken_when_a_delayed_message_is_due() {
    let (_folder, clock, store) = store();
    commit(&store, &[send_at("run_1", after(clock.now(), DELAY))]).await;
    let waits = listen(&store);
    timer(&clock).await;
    still(&waits).await;
    clock.advance_to(after(clock.now(), DELAY));
    soon(waits).await;
}

#[tokio::test]
async fn a_worker_is_woken_when_another_gave_up_silently() {
    let (_folder, clock, store) = store();
    commit(&store, &[send("run_1")]).await;
    store.receive(QUEUE, 1, VISIBILITY, clock.now()).await.unwrap();
    let waits = listen(&store);
    timer(&clock).await;
    clock.advance_to(after(clock.now(), VISIBILITY));
    soon(waits).await;
}

#[tokio::test]
async fn a_worker_is_woken_by_a_redriven_letter() {
    let (_folder, _clock, store) = store();
    commit(&store, &[dead_letter("run_1")]).await;
    let waits = listen(&store);
    still(&waits).await;
    let letter = DeadLetters::list(&store, 1).await.unwrap().remove(0);
    store.redrive(&letter.id).await.unwrap();
    soon(waits).await;
}

#[tokio::test]
async fn a_message_given_up_is_a_dead_letter_with_its_reason() {
    let (_folder, clock, store) = store();
    commit(&store, &[send("run_1")]).await;
    let message = store.receive(QUEUE, 1, VISIBILITY, clock.now()).await.unwrap().remove(0);
    assert!(store.give_up(&message.receipt, "no such run").await.unwrap());
    assert!(!store.give_up(&message.receipt, "no such run").await.unwrap());
    let letter = DeadLetters::list(&store, 1).await.unwrap().remove(0);
    assert_eq!((letter.body, letter.reason.as_str()), (message.body, "no such run"));
    assert_eq!(store.next_visible_at(QUEUE).await.unwrap(), None);
}

#[tokio::test]
async fn a_held_message_is_never_given_up() {
    let (_folder, clock, store) = store();
    commit(&store, &[send("run_1")]).await;
    for _ in 0..50 {
        let message = store.receive(QUEUE, 1, VISIBILITY, clock.now()).await.unwrap().remove(0);
        assert_eq!(message.receives, 1);
        store.commit(Some(&message.receipt), &[Command::ShowAgain(Duration::ZERO)]).await.unwrap();
    }
}

#[tokio::test]
async fn depths_tell_what_waits_and_since_when() {
    let (_folder, clock, store) = store();
    let began = clock.now();
    commit(&store, &[send("run_1"), send("run_2"), send_at("run_3", after(began, DELAY))]).await;
    store.receive(QUEUE, 1, VISIBILITY, began).await.unwrap();
    clock.advance_to(after(began, Duration::from_secs(3)));
    commit(&store, &[send("run_4"), send_to("chat.post", "run_5", None)]).await;

    let chat = QueueDepth {
        queue: "chat.post".to_owned(),
        waiting: 1,
        in_flight: 0,
        delayed: 0,
        oldest: Some(clock.now()),
    };
    let sheet = QueueDepth {
        queue: QUEUE.to_owned(),
        waiting: 2,
        in_flight: 1,
        delayed: 1,
        oldest: Some(began),
    };
    let depths = [chat, sheet];
    let waiting = depths.clone().map(|QueueDepth { queue, waiting, oldest, .. }| QueueWaiting {
        queue,
        waiting,
        oldest: oldest.unwrap(),
    });
    assert_eq!(store.queue_depths(clock.now()).await.unwrap(), depths);
    assert_eq!(store.queues_waiting(clock.now()).await.unwrap(), waiting);
    // What is worked on or waits for its time is not waiting.
    let before = began - Duration::from_secs(1);
    assert_eq!(store.queues_waiting(before).await.unwrap(), []);
}

fn store() -> (TempDir, VirtualClock, Store) {
    let (folder, clock) = (tempdir().unwrap(), clock());
    let store = Store::open(folder.path(), Arc::new(clock.clone())).unwrap();
    (folder, clock, store)
}

type Waits = tokio::task::JoinHandle<()>;

fn listen(store: &Store) -> Waits {
    let mut arrivals = store.arrivals(QUEUE);
    tokio::spawn(async move { arrivals.next().await.unwrap() })
}

/// The worker sets a timer once it knows what it waits for.
async fn timer(clock: &VirtualClock) {
    while clock.next_timer().is_none() {
        tokio::task::yield_now().await;
    }
}

async fn still(waits: &Waits) {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!waits.is_finished());
}

async fn soon(waits: Waits) {
    tokio::time::timeout(Duration::from_secs(10), waits).await.unwrap().unwrap();
}

/// Messages of two connections, and one of a build that did not say which.
async fn sorted() -> (TempDir, VirtualClock, Store) {
    let (folder, clock, store) = store();
    for (run, via) in [("run_1", "mail"), ("run_2", "mail"), ("run_3", "other"), ("run_4", "")] {
        let Command::Send { to, wake, not_before, .. } = send(run) else { panic!("a send") };
        let via = Some(via).filter(|via| !via.is_empty()).map(Into::into);
        commit(&store, &[Command::Send { to, wake, not_before, via }]).await;
        clock.advance_to(after(clock.now(), Duration::from_secs(1)));
    }
    (folder, clock, store)
}

/// Whose messages are received where `mail` has this capacity.
async fn received(store: &Store, calls: usize, clock: &VirtualClock) -> Vec<String> {
    let capacity = Capacity { calls, look_again: after(clock.now(), DELAY) };
    let capacities = Capacities::from([("mail".to_owned(), capacity)]);
    let received =
        store.receive_within(QUEUE, 10, VISIBILITY, clock.now(), capacities).await.unwrap();
    received.iter().map(|message| run_of(&message.body)).collect()
}

#[tokio::test]
async fn what_waits_for_a_connection_without_room_is_passed_over_in_its_order() {
    let (_folder, clock, store) = sorted().await;
    assert_eq!(received(&store, 0, &clock).await, ["run_3", "run_4"]);
    assert_eq!(received(&store, 1, &clock).await, ["run_1"]);
    assert_eq!(received(&store, 0, &clock).await, Vec::<String>::new());
    let all = store.receive(QUEUE, 10, VISIBILITY, clock.now()).await.unwrap();
    assert_eq!((all.len(), all[0].receives), (1, 1), "it was not touched meanwhile");
    assert_eq!(all[0].via, Some("mail".into()));
}

#[tokio::test]
async fn those_of_all_connections_come_in_the_order_in_which_they_became_visible() {
    let (_folder, clock, store) = sorted().await;
    let all = store.receive(QUEUE, 10, VISIBILITY, clock.now()).await.unwrap();
    let runs: Vec<String> = all.iter().map(|message| run_of(&message.body)).collect();
    assert_eq!(runs, ["run_1", "run_2", "run_3", "run_4"]);
}

#[tokio::test]
async fn a_worker_is_not_woken_for_what_there_is_no_room_for_until_there_may_be() {
    let (_folder, clock, store) = sorted().await;
    assert_eq!(received(&store, 0, &clock).await.len(), 2);
    let look_again = after(clock.now(), DELAY);
    let capacities =
        |calls| Capacities::from([("mail".to_owned(), Capacity { calls, look_again })]);
    let next_at = async |calls| store.next_visible_within(QUEUE, capacities(calls)).await.unwrap();
    assert_eq!(next_at(0).await, Some(look_again));
    assert!(next_at(1).await.unwrap() < clock.now());
}
