//! What lies in the queues, as people see it.

use super::World;
use super::given::{QUEUE, dead_letter, send, send_at};
use std::time::Duration;
use tradewind_engine::backlog::QueueStanding;
use tradewind_engine::protocol::Command;
use tradewind_engine::time::after;

pub(super) async fn what_lies_in_a_queue_is_counted_by_what_it_waits_for(world: &World) {
    assert_eq!(standing(world).await, None, "what is empty is left out");
    world.commit(&[dead_letter("run_1")]).await;
    let given_up_at = world.now();
    world.pass(Duration::from_secs(1));
    let later = after(world.now(), Duration::from_secs(600));
    world.commit(&[dead_letter("run_2"), send("run_3"), send_at("run_4", later)]).await;
    let message = world.receive(QUEUE).await.remove(0);
    world.commit(&[send("run_5"), send("run_6")]).await;

    let found = standing(world).await.unwrap();
    assert_eq!((found.waiting, found.in_flight, found.delayed), (2, 1, 1));
    assert_eq!((found.letters, found.oldest_letter), (2, Some(given_up_at)));
    // Where the runtime can tell.
    assert!(found.oldest.is_none_or(|oldest| oldest == world.now()), "{found:?}");

    world.commit_for(&message, &[Command::Ack]).await;
    assert_eq!(standing(world).await.unwrap().in_flight, 0);
}

async fn standing(world: &World) -> Option<QueueStanding> {
    let all = world.adapters.standing(world.now()).await.unwrap();
    all.into_iter().find(|one| one.queue == QUEUE)
}
