//! Events that are held, and what is said of them when their hold ends.

use super::given::event;
use super::world::World;
use futures::future::join_all;
use std::time::Duration;
use tradewind_engine::events::{
    Decision, EVENT_VERSION, Event, EventRecord, Folding, HeldIn, Verdict,
};
use tradewind_engine::holds::{HOLD_VERSION, Held, Hold, HoldKey, HoldKind, Look};
use tradewind_engine::ports::{Expiry, Place};
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
    let before = after(now, MINUTE * 4);
    let keys = async |from: Option<&Place>, limit| {
        let due = holds.due_holds(before, from, limit).await.unwrap();
        due.into_iter().map(|place| place.id).collect::<Vec<_>>()
    };
    assert_eq!(keys(None, 10).await, ["hold_a", "hold_b", "hold_c"]);
    assert_eq!(keys(None, 2).await, ["hold_a", "hold_b"]);
    let places = holds.due_holds(before, None, 2).await.unwrap();
    assert_eq!(keys(places.last(), 10).await, ["hold_c"]);
    assert_eq!(holds.due_holds(after(now, MINUTE), None, 10).await.unwrap(), []);
}

pub(super) async fn a_hold_that_was_sent_for_stands_before_no_other(world: &World) {
    let (holds, now) = (world.holds(), world.now());
    let [first, second] = [("a", 1), ("b", 2)].map(|(key, minutes)| {
        let due_at = after(now, MINUTE * minutes);
        hold(key, "evt_1", due_at, now)
    });
    for hold in [&first, &second] {
        assert!(holds.save_hold(hold, None).await.unwrap());
    }
    let due = async || {
        let due = holds.due_holds(after(now, MINUTE * 10), None, 1).await.unwrap();
        due.into_iter().next().expect("one is due")
    };
    let met = due().await;
    let none = Place { at: met.at, id: "hold_none".to_owned() };
    for place in [&met, &none] {
        holds.postpone_hold(place, after(now, MINUTE * 5)).await.unwrap();
    }
    assert_eq!(due().await.id, "hold_b");
    assert_eq!(holds.hold(&first.key).await.unwrap(), Some(first.clone()), "it is as it was");
    // Whoever met it at its first time comes too late.
    holds.postpone_hold(&met, after(now, MINUTE * 20)).await.unwrap();
    assert_eq!(holds.due_holds(after(now, MINUTE * 10), None, 10).await.unwrap().len(), 2);
    // What is written is looked after at its own time.
    let joined = joined(&first, "evt_2");
    assert!(holds.save_hold(&joined, Some(&first)).await.unwrap());
    assert_eq!(due().await.id, "hold_a");
}

pub(super) async fn a_record_that_makes_way_keeps_what_was_begun(world: &World) {
    let now = world.now();
    let mut event = event("evt_1", now);
    event.v = EVENT_VERSION;
    let verdict =
        |workflow: &str, decision| Verdict { workflow: workflow.into(), version: 1, decision };
    let holding = HeldIn { hold: HoldKey("hold_a".to_owned()), until: now };
    let held = verdict("reorder", Decision::Held(holding));
    let failed = verdict("other", Decision::Error("if: it is no number".to_owned()));
    let record = |verdicts: &[&Verdict]| EventRecord {
        event: event.clone(),
        verdicts: verdicts.iter().map(|one| (*one).clone()).collect(),
        redacted_at: None,
    };
    world.commit(&[Command::Record(record(&[&failed, &held]))]).await;
    let runs = verdict("reorder", Decision::Run("run_1".into()));
    world.holds().settle_event(&"evt_1".into(), &runs).await.unwrap();
    // Decided before the hold ended, and recorded after it.
    let repaired = verdict("other", Decision::Run("run_2".into()));
    world.commit(&[Command::Record(record(&[&repaired, &held]))]).await;
    let kept = world.events().read(&"evt_1".into()).await.unwrap();
    assert_eq!(kept, Some(record(&[&runs, &repaired])));
    world.commit(&[Command::Record(record(&[&failed]))]).await;
    assert_eq!(world.events().read(&"evt_1".into()).await.unwrap(), kept, "it has no error now");
}

pub(super) async fn a_record_tells_of_what_is_begun_later(world: &World) {
    let (now, later) = (world.now(), after(world.now(), MINUTE));
    let verdict =
        |workflow: &str, decision| Verdict { workflow: workflow.into(), version: 1, decision };
    let record = |at, verdicts: &[&Verdict]| EventRecord {
        event: Event { v: EVENT_VERSION, ..event("evt_1", at) },
        verdicts: verdicts.iter().map(|one| (*one).clone()).collect(),
        redacted_at: None,
    };
    let commit = async |record| world.commit(&[Command::Record(record)]).await;
    let kept = async || world.events().read(&"evt_1".into()).await.unwrap().unwrap();
    let no = |workflow| verdict(workflow, Decision::NoMatch("it is disabled".to_owned()));
    let run = |run: &str| Decision::Run(run.into());
    let (other, awaited) = (no("other"), verdict("reorder", Decision::Awaited));
    commit(record(now, &[&other, &awaited, &no("reorder")])).await;
    // It comes again, and a workflow that did not take it does, as does one that was not there.
    let (taken, new) = (verdict("reorder", run("run_1")), verdict("new", run("run_2")));
    commit(record(later, &[&other, &taken, &awaited, &new])).await;
    let told = record(now, &[&taken, &new, &other, &awaited]);
    assert_eq!(kept().await, told, "it is as old as it was");
    assert_eq!(kept().await.verdict(&"reorder".into()), Some(&taken));
    for next in [record(later, &[&no("reorder")]), record(later, &[&verdict("new", run("run_3"))])]
    {
        commit(next).await;
        assert_eq!(kept().await, told, "what was begun first stays");
    }
    world.events().redact(&"evt_1".into(), later).await.unwrap();
    let redacted = kept().await;
    commit(record(later, &[&verdict("other", run("run_4"))])).await;
    assert_eq!(kept().await, redacted, "what was removed does not come back");
}

pub(super) async fn an_event_that_is_held_keeps_its_data(world: &World) {
    let now = world.now();
    let mut event = event("evt_1", now);
    event.v = EVENT_VERSION;
    let holding = HeldIn { hold: HoldKey("hold_a".to_owned()), until: now };
    let (workflow, version) = ("reorder".into(), 1);
    let held = Verdict { workflow, version, decision: Decision::Held(holding) };
    let record = EventRecord { event, verdicts: vec![held.clone()], redacted_at: None };
    world.commit(&[Command::Record(record.clone())]).await;
    let old = after(now, MINUTE);
    let due = async || world.events().unredacted(old, None, 10).await.unwrap().records;
    let expiry = Expiry { history: old, events_given_up: old, replies: old };
    assert_eq!(due().await, []);
    world.events().redact(&"evt_1".into(), now).await.unwrap();
    world.runs().purge(&expiry, 10).await.unwrap();
    assert_eq!(world.events().read(&"evt_1".into()).await.unwrap(), Some(record));
    let folding = Folding { into: "evt_2".into(), run: "run_1".into() };
    let folded = Verdict { decision: Decision::Folded(folding), ..held };
    world.holds().settle_event(&"evt_1".into(), &folded).await.unwrap();
    assert_eq!(due().await, ["evt_1".into()]);
    world.events().redact(&"evt_1".into(), now).await.unwrap();
    let redacted = world.events().read(&"evt_1".into()).await.unwrap().unwrap();
    assert!(redacted.redacted_at.is_some() && redacted.event.data.is_empty());
    world.runs().purge(&expiry, 10).await.unwrap();
    assert_eq!(world.events().read(&"evt_1".into()).await.unwrap(), None);
}

pub(super) async fn an_event_that_was_held_is_settled_once(world: &World) {
    let now = world.now();
    let verdict =
        |workflow: &str, decision| Verdict { workflow: workflow.into(), version: 1, decision };
    let holding = HeldIn { hold: HoldKey("hold_a".to_owned()), until: now };
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
