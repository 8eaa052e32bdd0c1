//! Dead letters.

use super::World;
use super::given::{QUEUE, dead_letter, run_of};
use std::time::Duration;
use tradewind_engine::ports::DeadLetter;

pub(super) async fn a_redriven_letter_is_back_in_its_queue(world: &World) {
    world.commit(&[dead_letter("run_1")]).await;
    let letter = list(world).await.remove(0);
    assert_eq!((letter.queue.as_str(), letter.at), (QUEUE, world.now()));
    assert!(!letter.reason.is_empty());
    assert!(world.receive(QUEUE).await.is_empty());

    assert!(world.dead_letters().redrive(&letter.id).await.unwrap());
    let message = world.receive(QUEUE).await.remove(0);
    assert_eq!((message.body, message.receives), (letter.body, 1));
    assert!(list(world).await.is_empty());
    assert!(!world.dead_letters().redrive(&letter.id).await.unwrap(), "it is not there any more");
    assert!(!world.dead_letters().redrive("no such letter").await.unwrap());
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

pub(super) async fn settling_a_run_removes_its_letters_alone(world: &World) {
    world.commit(&[dead_letter("run_1"), dead_letter("run_2"), dead_letter("run_1")]).await;
    world.dead_letters().settle(&"run_1".into()).await.unwrap();
    let left = list(world).await;
    assert_eq!(left.len(), 1);
    assert_eq!(run_of(&left[0].body), "run_2");
}

async fn list(world: &World) -> Vec<DeadLetter> {
    world.dead_letters().list(10).await.unwrap()
}
