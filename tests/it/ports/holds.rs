//! Events that are held, and what is said of them when their hold ends.

use super::given::event;
use super::world::World;
use futures::future::join_all;
use std::time::Duration;
use tradewind_engine::events::{Decision, EVENT_VERSION, EventRecord, Folding, Holding, Verdict};
use tradewind_engine::holds::{HOLD_VERSION, Held, Hold, HoldKey, HoldKind, Look};
use tradewind_engine::protocol::Command;
use tradewind_engine::time::{Timestamp, after};

const MINUTE: Duration = Duration::from_secs(60);

/// A hold that this event began.
fn hold(key: &str, first: &str, due_at: Timestamp, now: Timestamp) -> Hold {
    Hold {
        v: HOLD_VERSION,
        key: HoldKey(format!("hold_{key}")),
        workflow: "reorder".into(),
        connection: Some("shop".into()),
        value: Some("1001".to_owned()),
        kind: HoldKind::Debounce,
        first: first.into(),
        first_at: now,
        due_at,
        events: vec![held(first, now)],
        fence: 1,
        closed: false,
    }
}

fn held(id: &str, accepted_at: Timestamp) -> Held {
    Held { event: id.into(), accepted_at, version: 1, bytes: 0 }
}

/// The same with one event more.
fn joined(hold: &Hold, id: &str) -> Hold {
    let mut joined = hold.clone();
    joined.events.push(held(id, hold.first_at));
    joined.fence += 1;
    joined
}

pub(super) async fn a_hold_is_written_in_the_state_in_which_it_was_read(world: &World) {
    let (holds, now) = (world.holds(), world.now());
    let first = hold("a", "evt_1", after(now, MINUTE), now);
    assert_eq!(holds.hold(&first.key).await.unwrap(), None);
    let second = joined(&first, "evt_2");
    assert!(!holds.save_hold(&second, Some(&first)).await.unwrap(), "it is not there");
    assert!(holds.save_hold(&first, None).await.unwrap());
    assert!(!holds.save_hold(&hold("a", "evt_3", now, now), None).await.unwrap(), "there is one");
    assert!(holds.save_hold(&second, Some(&first)).await.unwrap());
    assert!(!holds.save_hold(&joined(&first, "evt_4"), Some(&first)).await.unwrap());
    assert_eq!(holds.hold(&first.key).await.unwrap(), Some(second.clone()));
    let Look::Close(closed) = second.look(after(now, MINUTE)) else { panic!("it is due") };
    assert!(holds.save_hold(&closed, Some(&second)).await.unwrap());
    assert_eq!(holds.hold(&first.key).await.unwrap(), Some(closed));
}

pub(super) async fn of_many_who_join_a_hold_one_does(world: &World) {
    let (holds, now) = (world.holds(), world.now());
    let begun = join_all((0..20).map(async |number| {
        let hold = hold("a", &format!("evt_{number}"), now, now);
        holds.save_hold(&hold, None).await.unwrap()
    }));
    assert_eq!(begun.await.into_iter().filter(|begun| *begun).count(), 1);
    let read = holds.hold(&HoldKey("hold_a".to_owned())).await.unwrap().unwrap();
    let saved = join_all((0..20).map(async |number| {
        holds.save_hold(&joined(&read, &format!("evt_j{number}")), Some(&read)).await.unwrap()
    }));
    assert_eq!(saved.await.into_iter().filter(|saved| *saved).count(), 1);
}

pub(super) async fn a_hold_that_was_begun_anew_is_left_alone(world: &World) {
    let (holds, now) = (world.holds(), world.now());
    let old = hold("a", "evt_1", now, now);
    assert!(holds.save_hold(&old, None).await.unwrap());
    holds.remove_hold(&old).await.unwrap();
    holds.remove_hold(&old).await.unwrap();
    assert_eq!(holds.hold(&old.key).await.unwrap(), None);
    // Another one, as often written.
    let new = hold("a", "evt_2", now, now);
    assert!(holds.save_hold(&new, None).await.unwrap());
    holds.remove_hold(&old).await.unwrap();
    assert!(!holds.save_hold(&joined(&old, "evt_3"), Some(&old)).await.unwrap());
    assert_eq!(holds.hold(&old.key).await.unwrap(), Some(new));
}

pub(super) async fn holds_that_are_due_come_oldest_first(world: &World) {
    let (holds, now) = (world.holds(), world.now());
    for (key, minutes) in [("c", 3), ("a", 1), ("d", 4), ("b", 2)] {
        let hold = hold(key, "evt_1", after(now, MINUTE * minutes), now);
        assert!(holds.save_hold(&hold, None).await.unwrap());
    }
    let due = |limit| holds.due_holds(after(now, MINUTE * 4), limit);
    let keys = ["hold_a", "hold_b", "hold_c"].map(|key| HoldKey(key.to_owned()));
    assert_eq!(due(10).await.unwrap(), keys);
    assert_eq!(due(2).await.unwrap(), keys[..2]);
    assert_eq!(holds.due_holds(after(now, MINUTE), 10).await.unwrap(), []);
}

pub(super) async fn an_event_that_was_held_is_settled_once(world: &World) {
    let now = world.now();
    let verdict =
        |workflow: &str, decision| Verdict { workflow: workflow.into(), version: 1, decision };
    let holding = Holding { hold: HoldKey("hold_a".to_owned()), until: now };
    let other = verdict("other", Decision::NoMatch("it is disabled".to_owned()));
    let mut event = event("evt_1", now);
    event.v = EVENT_VERSION;
    let verdicts = vec![other.clone(), verdict("reorder", Decision::Held(holding))];
    let record = EventRecord { event, verdicts, redacted_at: None };
    world.commit(&[Command::Record(record.clone())]).await;
    let folding = Folding { into: "evt_2".into(), run: "run_1".into() };
    let folded = verdict("reorder", Decision::Folded(folding));
    let runs = verdict("reorder", Decision::Run("run_2".into()));
    for settled in [&verdict("other", Decision::Run("run_1".into())), &folded, &runs] {
        world.holds().settle_event(&"evt_1".into(), settled).await.unwrap();
    }
    world.holds().settle_event(&"evt_none".into(), &folded).await.unwrap();
    let settled = EventRecord { verdicts: vec![other, folded], ..record };
    assert_eq!(world.events().read(&"evt_1".into()).await.unwrap(), Some(settled));
}
