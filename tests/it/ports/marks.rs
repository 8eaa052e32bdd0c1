//! Marks by which runs and events find each other.

use super::given::{cancel, event, record, run, start};
use super::world::World;
use std::time::Duration;
use tradewind_engine::marks::{Mark, MarkKey, Marked};
use tradewind_engine::ports::Expiry;
use tradewind_engine::protocol::{Command, Committed};
use tradewind_engine::runs::Run;
use tradewind_engine::time::{Timestamp, after};

fn of_run(key: &str, run: &Run, since: Timestamp) -> Mark {
    let (run, started_by) = (run.id.clone(), run.event.clone());
    Mark::new(MarkKey(key.to_owned()), Marked::Run { run, started_by, since })
}

fn of_event(key: &str, id: &str, accepted_at: Timestamp) -> Mark {
    Mark::new(MarkKey(key.to_owned()), Marked::Event { event: id.into(), accepted_at })
}

fn of_step(key: &str, run: &Run, path: &str, until: Timestamp) -> Mark {
    let (run, path) = (run.id.clone(), path.into());
    Mark::new(MarkKey(key.to_owned()), Marked::Step { run, path, until })
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
    // That of a delivery which came again is no other.
    let again = of_event("a", "evt#1", after(now, Duration::from_secs(60)));
    world.commit(&[Command::Mark(again)]).await;
    let mut of_a = world.marks().marks(&MarkKey("a".to_owned())).await.unwrap();
    of_a.sort_by_key(|mark| std::cmp::Reverse(mark.id()));
    assert_eq!(of_a, marks[..2]);
    assert_eq!(found(world, "b").await, ["EVENT#evt#1"]);
    assert_eq!(found(world, "c").await, [""; 0]);
}

pub(super) async fn the_mark_of_a_step_is_removed_and_no_other(world: &World) {
    let now = world.now();
    let run = run("run_1", now);
    let left = [
        of_run("a", &run, now),
        of_step("a", &run, "pause", now),
        of_step("a", &run, "each[0].pause", now),
        of_step("b", &run, "pause", now),
    ];
    world.commit(&left.clone().map(Command::Mark)).await;
    // Another moment makes no other mark of it.
    let of_it = of_step("a", &run, "pause", after(now, Duration::from_secs(1)));
    for _ in 0..2 {
        let removed = world.commit(&[Command::Unmark(of_it.clone())]).await;
        assert_eq!(removed, Committed::Applied(None));
        assert_eq!(found(world, "a").await, [left[0].id(), left[2].id()]);
    }
    assert_eq!(found(world, "b").await, [left[3].id()]);
}

pub(super) async fn marks_go_with_their_run_and_those_of_events_in_their_time(world: &World) {
    let now = world.now();
    let runs = [run("run_ended", now), run("run_open", now)];
    for one in &runs {
        let mark = Command::Mark(of_run("a", one, now));
        let of_step = Command::Mark(of_step("a", one, "each[0].pause", now));
        world.commit(&[mark, of_step, start(one), record(event(one.event.as_str(), now))]).await;
    }
    world.commit(&[cancel(&runs[0], now)]).await;
    let second = Duration::from_secs(1);
    world.pass(second);
    let history = world.now();
    world.commit(&[Command::Mark(of_event("a", "evt_new", history))]).await;
    let expiry = Expiry { history, events_given_up: now, replies: now };
    world.runs().purge(&expiry, 100).await.unwrap();
    let of_open = of_run("a", &runs[1], now).id();
    let of_its_step = of_step("a", &runs[1], "each[0].pause", now).id();
    assert_eq!(found(world, "a").await, ["EVENT#evt_new".to_owned(), of_open, of_its_step]);
}
