//! Dead letters.

use super::World;
use super::given::{QUEUE, dead_letter, run_of, wake};
use std::time::Duration;
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::protocol::{Command, WakeKind, WakeUp};
use tradewind_engine::queues::Queue;

pub(super) async fn a_redriven_letter_is_back_in_its_queue(world: &World) {
    world.commit(&[dead_letter("run_1")]).await;
    let letter = list(world).await.remove(0);
    assert_eq!((letter.queue.as_str(), letter.at), (QUEUE, world.now()));
    assert!(!letter.reason.is_empty());
    assert!(world.shows_nothing(QUEUE).await);

    assert!(world.dead_letters().redrive(&letter.id).await.unwrap());
    let message = world.receive(QUEUE).await.remove(0);
    assert_eq!((message.body, message.receives), (letter.body, 1));
    assert!(list(world).await.is_empty());
    assert!(!world.dead_letters().redrive(&letter.id).await.unwrap(), "it is not there any more");
    assert!(!world.dead_letters().redrive("no such letter").await.unwrap());
}

pub(super) async fn a_letter_is_found_by_its_id_and_dismissed_once(world: &World) {
    world.commit(&[dead_letter("run_1"), dead_letter("run_2")]).await;
    let [newest, oldest] = <[DeadLetter; 2]>::try_from(list(world).await).unwrap();
    let letters = world.dead_letters();
    assert_eq!(letters.letter(&newest.id).await.unwrap().as_ref(), Some(&newest));
    assert!(letters.dismiss(&newest.id).await.unwrap());
    assert_eq!(letters.letter(&newest.id).await.unwrap(), None);
    assert!(!letters.dismiss(&newest.id).await.unwrap(), "it is not there any more");
    assert_eq!(letters.letter("no such letter").await.unwrap(), None);
    assert!(!letters.dismiss("no such letter").await.unwrap());
    assert_eq!(list(world).await, [oldest]);
    assert!(world.shows_nothing(QUEUE).await, "nothing is sent");
}

pub(super) async fn the_newest_letters_come_first(world: &World) {
    for run in ["run_1", "run_2", "run_3"] {
        world.commit(&[dead_letter(run)]).await;
        world.pass(Duration::from_secs(1));
    }
    let newest = world.dead_letters().list(2).await.unwrap();
    let runs: Vec<String> = newest.iter().map(|letter| run_of(&letter.body)).collect();
    assert_eq!(runs, ["run_3", "run_2"]);
}

pub(super) async fn settling_a_letter_leaves_newer_ones_and_those_of_others(world: &World) {
    let letters = [("run_1", 2), ("run_1", 4), ("run_2", 1), ("run_1", 3)];
    world.commit(&letters.map(|(run, fence)| dead_letter_of(run, fence))).await;
    world.dead_letters().settle_letter(&letter_of("run_1", 3)).await.unwrap();
    let left = list(world).await;
    let left: Vec<WakeUp> =
        left.iter().map(|letter| serde_json::from_str(&letter.body).unwrap()).collect();
    assert_eq!(left, [letter_of("run_2", 1), letter_of("run_1", 4)]);
}

fn letter_of(run: &str, fence: u32) -> WakeUp {
    WakeUp { kind: Some(WakeKind::Failed), fence: Some(fence), ..wake(run) }
}

fn dead_letter_of(run: &str, fence: u32) -> Command {
    Command::DeadLetter { of: Queue::Action(QUEUE.into()), wake: letter_of(run, fence) }
}

async fn list(world: &World) -> Vec<DeadLetter> {
    world.dead_letters().list(10).await.unwrap()
}
