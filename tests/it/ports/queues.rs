//! Messages on their way to the workers.

use super::World;
use super::given::{QUEUE, event, run_of, send, send_at, send_to};
use super::world::Message;
use futures::future::join_all;
use std::collections::BTreeSet;
use std::time::Duration;
use tradewind_engine::events::Event;
use tradewind_engine::ports::Receipt;
use tradewind_engine::protocol::{Command, RECEIVES_MAX};
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_engine::time::after;

pub(super) async fn a_message_is_hidden_while_it_is_worked_on_and_gone_once_acknowledged(
    world: &World,
) {
    let (visibility, moment) = (world.scale.visibility, world.scale.moment);
    world.commit(&[send("run_1")]).await;
    let message = only(world.receive(QUEUE).await);
    assert_eq!((run_of(&message.body).as_str(), message.receives), ("run_1", 1));
    world.wait(visibility - moment).await;
    assert!(world.shows_nothing(QUEUE).await);

    world.commit_for(&message, &[Command::Ack]).await;
    world.wait(world.scale.visibility).await;
    assert!(world.shows_nothing(QUEUE).await);
}

pub(super) async fn a_message_that_nobody_acknowledges_shows_again(world: &World) {
    world.commit(&[send("run_1")]).await;
    let first = only(world.receive(QUEUE).await);
    world.wait(world.scale.visibility).await;
    let second = only(world.receive(QUEUE).await);
    assert_eq!((&second.body, second.receives), (&first.body, 2));
    assert_ne!(second.receipt, first.receipt);
}

pub(super) async fn a_delayed_message_shows_at_its_time(world: &World) {
    let (delay, moment) = (world.scale.pause, world.scale.moment);
    world.commit(&[send_at("run_1", after(world.now(), delay))]).await;
    world.wait(delay - moment).await;
    assert!(world.shows_nothing(QUEUE).await);
    world.wait(moment).await;
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
    world.wait(Duration::from_secs(60)).await;
    world.commit(&[send("last")]).await;
    let runs: Vec<String> =
        world.receive(QUEUE).await.iter().map(|message| run_of(&message.body)).collect();
    assert_eq!(runs, ["first", "long due", "second", "third", "last"]);
}

pub(super) async fn a_held_message_shows_after_its_time(world: &World) {
    world.commit(&[send("run_1")]).await;
    let message = only(world.receive(QUEUE).await);
    let (pause, moment) = (world.scale.pause, world.scale.moment);
    world.commit_for(&message, &[Command::ShowAgain(pause)]).await;
    world.wait(pause - moment).await;
    assert!(world.shows_nothing(QUEUE).await);
    world.wait(moment).await;
    let again = only(world.receive(QUEUE).await);
    world.commit_for(&again, &[Command::ShowAgain(Duration::ZERO)]).await;
    only(world.receive(QUEUE).await);
}

pub(super) async fn a_stale_receipt_does_nothing(world: &World) {
    world.commit(&[send("run_1")]).await;
    let stale = only(world.receive(QUEUE).await);
    world.wait(world.scale.visibility).await;
    let fresh = only(world.receive(QUEUE).await);

    world.commit_for(&stale, &[Command::Ack]).await;
    world.commit_for(&stale, &[Command::ShowAgain(Duration::ZERO)]).await;
    assert!(world.shows_nothing(QUEUE).await, "it must stay hidden");
    world.wait(world.scale.visibility).await;
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
    assert!(world.shows_nothing(QUEUE).await);
    assert!(world.shows_nothing("chat").await);
    only(world.receive("chat.post").await);
}

pub(super) async fn a_message_that_is_never_finished_becomes_a_dead_letter(world: &World) {
    world.commit(&[send("run_1")]).await;
    let mut body = String::new();
    for receives in 1..=RECEIVES_MAX {
        let message = only(world.receive(QUEUE).await);
        assert_eq!(message.receives, receives);
        body = message.body;
        world.wait(world.scale.visibility).await;
    }
    assert!(world.shows_nothing(QUEUE).await);
    world.collect(QUEUE).await;
    let letters = world.dead_letters().list(10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].queue.as_str(), &letters[0].body), (QUEUE, &body));

    world.dead_letters().redrive(&letters[0].id).await.unwrap();
    assert_eq!(only(world.receive(QUEUE).await).receives, 1, "it starts anew");
}

pub(super) async fn every_published_event_waits_for_dispatch(world: &World) {
    let events = some_events(world);
    let mut waiting = published(world, &events).await;
    waiting.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!(waiting, events);
}

pub(super) async fn published_events_wait_for_dispatch_in_their_order(world: &World) {
    let events = some_events(world);
    assert_eq!(published(world, &events).await, events);
}

fn some_events(world: &World) -> [Event; 3] {
    ["event_1", "event_2", "event_3"].map(|id| event(id, world.now()))
}

/// What waits for dispatch once these were published.
async fn published(world: &World, events: &[Event; 3]) -> Vec<Event> {
    world.bus().publish(&events[..2]).await.unwrap();
    world.commit(&[Command::Publish(events[2].clone())]).await;
    let mut waiting = Vec::new();
    for message in world.receive(DISPATCH_QUEUE).await {
        waiting.push(world.event(&message).await);
    }
    waiting
}

fn only(mut messages: Vec<Message>) -> Message {
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages.remove(0)
}
