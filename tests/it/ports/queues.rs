//! Messages on their way to the workers.

use super::World;
use super::given::{QUEUE, event, run_of, send, send_at, send_to};
use super::world::{Message, VISIBILITY};
use futures::future::join_all;
use std::collections::BTreeSet;
use std::time::Duration;
use tradewind_engine::events::Event;
use tradewind_engine::ports::{DISPATCH_QUEUE, Receipt};
use tradewind_engine::protocol::{Command, RECEIVES_MAX};
use tradewind_engine::time::after;

const MOMENT: Duration = Duration::from_nanos(1);

pub(super) async fn a_message_is_hidden_while_it_is_worked_on_and_gone_once_acknowledged(
    world: &World,
) {
    world.commit(&[send("run_1")]).await;
    let message = only(world.receive(QUEUE).await);
    assert_eq!((run_of(&message.body).as_str(), message.receives), ("run_1", 1));
    world.pass(VISIBILITY - MOMENT);
    assert!(world.receive(QUEUE).await.is_empty());

    world.commit_for(&message, &[Command::Ack]).await;
    world.pass(VISIBILITY);
    assert!(world.receive(QUEUE).await.is_empty());
}

pub(super) async fn a_message_that_nobody_acknowledges_shows_again(world: &World) {
    world.commit(&[send("run_1")]).await;
    let first = only(world.receive(QUEUE).await);
    world.pass(VISIBILITY);
    let second = only(world.receive(QUEUE).await);
    assert_eq!((&second.body, second.receives), (&first.body, 2));
    assert_ne!(second.receipt, first.receipt);
}

pub(super) async fn a_delayed_message_shows_at_its_time(world: &World) {
    let delay = Duration::from_secs(30);
    world.commit(&[send_at("run_1", after(world.now(), delay))]).await;
    world.pass(delay - MOMENT);
    assert!(world.receive(QUEUE).await.is_empty());
    world.pass(MOMENT);
    only(world.receive(QUEUE).await);
}

pub(super) async fn messages_come_in_the_order_in_which_they_became_visible(world: &World) {
    let in_seconds = |seconds| after(world.now(), Duration::from_secs(seconds));
    world
        .commit(&[
            send_at("third", in_seconds(20)),
            send_at("second", in_seconds(10)),
            send("first"),
            send_at("long due", "2020-01-01T00:00:00Z".parse().unwrap()),
        ])
        .await;
    world.pass(Duration::from_secs(60));
    world.commit(&[send("last")]).await;
    let runs: Vec<String> =
        world.receive(QUEUE).await.iter().map(|message| run_of(&message.body)).collect();
    assert_eq!(runs, ["first", "long due", "second", "third", "last"]);
}

pub(super) async fn a_held_message_shows_after_its_time(world: &World) {
    world.commit(&[send("run_1")]).await;
    let message = only(world.receive(QUEUE).await);
    let pause = Duration::from_secs(7);
    world.commit_for(&message, &[Command::Hold(pause)]).await;
    world.pass(pause - MOMENT);
    assert!(world.receive(QUEUE).await.is_empty());
    world.pass(MOMENT);
    let again = only(world.receive(QUEUE).await);
    world.commit_for(&again, &[Command::Hold(Duration::ZERO)]).await;
    only(world.receive(QUEUE).await);
}

pub(super) async fn a_stale_receipt_does_nothing(world: &World) {
    world.commit(&[send("run_1")]).await;
    let stale = only(world.receive(QUEUE).await);
    world.pass(VISIBILITY);
    let fresh = only(world.receive(QUEUE).await);

    world.commit_for(&stale, &[Command::Ack]).await;
    world.commit_for(&stale, &[Command::Hold(Duration::ZERO)]).await;
    assert!(world.receive(QUEUE).await.is_empty(), "it must stay hidden");
    world.pass(VISIBILITY);
    let third = only(world.receive(QUEUE).await);
    world.commit_for(&fresh, &[Command::Ack]).await;
    world.commit_for(&third, &[Command::Ack, send("run_2")]).await;
    world.commit_for(&third, &[Command::Ack]).await;
    assert_eq!(run_of(&only(world.receive(QUEUE).await).body), "run_2");
}

pub(super) async fn a_receipt_from_elsewhere_does_nothing(world: &World) {
    world.commit(&[send("run_1")]).await;
    for receipt in ["", "1", "1.1", "nobody's", "1.1.1", "sheet.append_row#1#1"] {
        let (receipt, body) = (Receipt(receipt.to_owned()), String::new());
        let message = Message { receipt, body, receives: 1 };
        world.commit_for(&message, &[Command::Ack]).await;
    }
    only(world.receive(QUEUE).await);
}

pub(super) async fn concurrent_receivers_never_share_a_message(world: &World) {
    let runs: Vec<String> = (0..50).map(|number| format!("run_{number}")).collect();
    let sends: Vec<Command> = runs.iter().map(|run| send(run)).collect();
    world.commit(&sends).await;
    let received = join_all((0..20).map(|_| world.receive(QUEUE))).await;

    let bodies: Vec<String> = received.into_iter().flatten().map(|message| message.body).collect();
    assert_eq!(bodies.len(), runs.len());
    assert_eq!(bodies.into_iter().collect::<BTreeSet<_>>().len(), runs.len());
}

pub(super) async fn queues_do_not_mix(world: &World) {
    world.commit(&[send_to("chat.post", "run_1", None)]).await;
    assert!(world.receive(QUEUE).await.is_empty());
    assert!(world.receive("chat").await.is_empty());
    only(world.receive("chat.post").await);
}

pub(super) async fn a_message_that_is_never_finished_becomes_a_dead_letter(world: &World) {
    world.commit(&[send("run_1")]).await;
    let mut body = String::new();
    for receives in 1..=RECEIVES_MAX {
        let message = only(world.receive(QUEUE).await);
        assert_eq!(message.receives, receives);
        body = message.body;
        world.pass(VISIBILITY);
    }
    assert!(world.receive(QUEUE).await.is_empty());
    let letters = world.dead_letters().list(10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].queue.as_str(), &letters[0].body), (QUEUE, &body));

    world.dead_letters().redrive(&letters[0].id).await.unwrap();
    assert_eq!(only(world.receive(QUEUE).await).receives, 1, "it starts anew");
}

pub(super) async fn published_events_wait_for_dispatch_in_their_order(world: &World) {
    let events: Vec<Event> =
        ["event_1", "event_2", "event_3"].map(|id| event(id, world.now())).to_vec();
    world.bus().publish(&events[..2]).await.unwrap();
    world.commit(&[Command::Publish(events[2].clone())]).await;
    let waiting: Vec<Event> = world
        .receive(DISPATCH_QUEUE)
        .await
        .iter()
        .map(|message| serde_json::from_str(&message.body).unwrap())
        .collect();
    assert_eq!(waiting, events);
}

fn only(mut messages: Vec<Message>) -> Message {
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages.remove(0)
}
