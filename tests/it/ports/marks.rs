//! Marks by which runs and events find each other.

use super::given::{cancel, event, record, run, start};
use super::world::World;
use std::time::Duration;
use tradewind_engine::marks::{Mark, MarkKey, Marked};
use tradewind_engine::ports::Expiry;
use tradewind_engine::protocol::{Command, Committed};
use tradewind_engine::runs::Run;
use tradewind_engine::time::Timestamp;

fn of_run(key: &str, run: &Run, since: Timestamp) -> Mark {
    let (run, started_by) = (run.id.clone(), run.event.clone());
    Mark::new(MarkKey(key.to_owned()), Marked::Run { run, started_by, since })
}

fn of_event(key: &str, id: &str, accepted_at: Timestamp) -> Mark {
    Mark::new(MarkKey(key.to_owned()), Marked::Event { event: id.into(), accepted_at })
}

async fn found(world: &World, key: &str) -> Vec<String> {
    let marks = world.marks().marks(&MarkKey(key.to_owned())).await.unwrap();
    let mut ids: Vec<String> = marks.iter().map(Mark::id).collect();
    ids.sort();
    ids
}

pub(super) async fn a_mark_is_found_below_its_key_and_left_once(world: &World) {
    let now = world.now();
    let run = run("run_1", now);
    let marks = [of_run("a", &run, now), of_event("a", "evt#1", now), of_event("b", "evt#1", now)];
    for mark in &marks {
        for _ in 0..2 {
            let left = world.commit(&[Command::Mark(mark.clone())]).await;
            assert_eq!(left, Committed::Applied(None));
        }
    }
    let mut of_a = world.marks().marks(&MarkKey("a".to_owned())).await.unwrap();
    of_a.sort_by_key(|mark| std::cmp::Reverse(mark.id()));
    assert_eq!(of_a, marks[..2]);
    assert_eq!(found(world, "b").await, ["EVENT#evt#1"]);
    assert_eq!(found(world, "c").await, [""; 0]);
}

pub(super) async fn marks_go_with_their_run_and_those_of_events_in_their_time(world: &World) {
    let now = world.now();
    let runs = [run("run_ended", now), run("run_open", now)];
    for one in &runs {
        let mark = Command::Mark(of_run("a", one, now));
        world.commit(&[mark, start(one), record(event(one.event.as_str(), now))]).await;
    }
    world.commit(&[cancel(&runs[0], now)]).await;
    let second = Duration::from_secs(1);
    world.pass(second);
    let history = world.now();
    world.commit(&[Command::Mark(of_event("a", "evt_new", history))]).await;
    let expiry = Expiry { history, events_given_up: now, replies: now };
    world.runs().purge(&expiry, 100).await.unwrap();
    let of_open = Mark::id(&of_run("a", &runs[1], now));
    assert_eq!(found(world, "a").await, ["EVENT#evt_new".to_owned(), of_open]);
}
