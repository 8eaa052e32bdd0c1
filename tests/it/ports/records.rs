//! Reading what has been kept, and forgetting it.

use super::World;
use super::given::{
    branch, cancel, claim, complete, dead_letter, event, record, run, start, write,
};
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::audit::{AuditLine, Reply};
use tradewind_engine::events::Event;
use tradewind_engine::ids::{EventId, RunId, StepPath};
use tradewind_engine::ports::{Expiry, KeyUse, RunFilter};
use tradewind_engine::protocol::{
    Advance, AfterFailure, Arrived, Change, Command, Committed, Next,
};
use tradewind_engine::queues::{DISPATCH_QUEUE, Queue};
use tradewind_engine::runs::{
    FailureKind, FlowKind, Run, RunState, StepPlan, StepRecord, StepWork,
};
use tradewind_engine::time::{Timestamp, after};
use tradewind_engine::unmapped::{UNMAPPED, Unmapped};

const SECOND: Duration = Duration::from_secs(1);

pub(super) async fn runs_are_listed_newest_first_and_by_page(world: &World) {
    let started = start_some(world, &["run_b", "run_a", "run_c"]).await;
    let filter = |before: Option<&str>, limit| RunFilter {
        before: before.map(RunId::from),
        limit,
        ..RunFilter::default()
    };
    assert_eq!(list(world, &filter(None, 10)).await, ["run_c", "run_a", "run_b"]);
    assert_eq!(list(world, &filter(None, 2)).await, ["run_c", "run_a"]);
    assert_eq!(list(world, &filter(Some("run_a"), 2)).await, ["run_b"]);
    assert_eq!(list(world, &filter(Some("run_b"), 2)).await, [""; 0]);
    assert_eq!(list(world, &filter(Some("run_z"), 2)).await, [""; 0]);
    let read = world.runs().read(&started[1].id).await.unwrap();
    assert_eq!(read.as_ref(), Some(&started[1]));
    assert_eq!(world.runs().read(&"run_z".into()).await.unwrap(), None);
}

pub(super) async fn runs_are_found_by_workflow_state_and_event(world: &World) {
    let started = start_some(world, &["run_1", "run_2", "run_3"]).await;
    let mut other = run("run_4", world.now());
    other.workflow = "order-mail".into();
    other.event = started[0].event.clone();
    world.commit(&[start(&other), cancel(&started[1], world.now())]).await;

    let any = RunFilter { limit: 10, ..RunFilter::default() };
    let by_workflow = RunFilter { workflow: Some(other.workflow.clone()), ..any.clone() };
    assert_eq!(list(world, &by_workflow).await, ["run_4"]);
    let by_state = RunFilter { state: Some(RunState::Cancelled), ..any.clone() };
    assert_eq!(list(world, &by_state).await, ["run_2"]);
    let by_event = RunFilter { event: Some(other.event.clone()), ..any.clone() };
    assert_eq!(list(world, &by_event).await, ["run_4", "run_1"]);
    let by_all = RunFilter {
        workflow: Some(started[0].workflow.clone()),
        state: Some(RunState::Active),
        is_waiting: false,
        event: None,
        before: Some(other.id.clone()),
        limit: 1,
    };
    assert_eq!(list(world, &by_all).await, ["run_3"]);
}

/// However the store knows it: a run is among those that wait from when its step begins to until somebody takes
/// the step, and no branch ever is.
pub(super) async fn runs_that_wait_are_found(world: &World) {
    let waiting = |id: &str| {
        let plan = StepPlan { path: "log".into(), work: StepWork::flow(FlowKind::Wait) };
        let step = StepRecord::waiting(&plan, world.now());
        let steps = [(plan.path, step)].into();
        Run { v: FlowKind::Wait.version(), steps, ..run(id, world.now()) }
    };
    let mut started = Vec::new();
    for id in ["run_1", "run_2", "run_3", "run_4"] {
        world.pass(SECOND);
        let new = if id == "run_2" { run(id, world.now()) } else { waiting(id) };
        world.commit(&[start(&new)]).await;
        started.push(new);
    }
    world.commit(&[start(&branch(&started[3], "each", 0))]).await;
    let all = RunFilter { is_waiting: true, limit: 10, ..RunFilter::default() };
    assert_eq!(list(world, &all).await, ["run_4", "run_3", "run_1"]);
    let page = RunFilter { before: Some("run_4".into()), limit: 1, ..all.clone() };
    assert_eq!(list(world, &page).await, ["run_3"]);
    let of_workflow = RunFilter { workflow: Some(started[0].workflow.clone()), ..all.clone() };
    assert_eq!(list(world, &of_workflow).await, ["run_4", "run_3", "run_1"]);
    let of_none = RunFilter { workflow: Some("other".into()), ..all.clone() };
    assert_eq!(list(world, &of_none).await, [""; 0]);
    let of_event = RunFilter { event: Some(started[2].event.clone()), ..all.clone() };
    assert_eq!(list(world, &of_event).await, ["run_3"]);
    world.commit(&[claim(&started[0], world.now()), cancel(&started[3], world.now())]).await;
    assert_eq!(list(world, &all).await, ["run_3"]);
    world.commit(&[complete(&started[0], 1, world.now())]).await;
    assert_eq!(list(world, &all).await, ["run_3"]);
}

pub(super) async fn due_runs_come_oldest_first(world: &World) {
    let due_in = |id: &str, seconds| {
        let check_at = Some(after(world.now(), Duration::from_secs(seconds)));
        start(&Run { check_at, ..run(id, world.now()) })
    };
    let settled = start(&Run { check_at: None, ..run("run_0", world.now()) });
    world.commit(&[due_in("run_1", 30), due_in("run_2", 10), due_in("run_3", 20), settled]).await;

    let due = async |seconds, limit| {
        let due =
            world.runs().due(after(world.now(), Duration::from_secs(seconds)), None, limit).await;
        due.unwrap().into_iter().map(|run| run.id.0).collect::<Vec<_>>()
    };
    assert_eq!(due(9, 10).await, [""; 0]);
    assert_eq!(due(30, 10).await, ["run_2", "run_3", "run_1"]);
    assert_eq!(due(30, 2).await, ["run_2", "run_3"]);
    let just_before = after(world.now(), Duration::from_nanos(9_999_999_999));
    assert!(world.runs().due(just_before, None, 10).await.unwrap().is_empty());
}

/// However the store finds what is due: a check that was put off is not met before, one that was brought
/// forward not later, and each look finds what the one before it found.
pub(super) async fn a_check_that_moves_comes_neither_early_nor_late(world: &World) {
    let at = |seconds| after(world.now(), SECOND * seconds);
    let due = async |seconds| {
        let due = world.runs().due(at(seconds), None, 10).await.unwrap();
        due.into_iter().map(|run| run.id.0).collect::<Vec<_>>()
    };
    let comes_at = async |seconds: u32| {
        for _ in 0..2 {
            assert_eq!(due(seconds - 1).await, [""; 0], "before {seconds}");
            assert_eq!(due(seconds).await, ["run_1"], "at {seconds}");
        }
    };
    let run = run("run_1", world.now());
    world.commit(&[start(&run)]).await;
    comes_at(900).await;
    world.commit(&[claim(&run, at(600))]).await;
    comes_at(1_500).await;
    let (seen, check_at) = (at(1_500), Some(at(86_400)));
    world.commit(&[write(&run.id, Change::CheckLater { seen, check_at })]).await;
    comes_at(86_400).await;
    world.commit(&[claim(&run, at(2_000))]).await;
    comes_at(2_900).await;
    world.commit(&[complete(&run, 2, at(2_001))]).await;
    assert_eq!(due(90_000).await, [""; 0]);
}

pub(super) async fn ended_runs_are_unredacted_until_they_are_redacted(world: &World) {
    let started = start_some(world, &["run_1", "run_2"]).await;
    world.commit(&[cancel(&started[0], world.now())]).await;
    let ended_at = world.now();
    let unredacted = async |before: Timestamp| {
        let runs = world.runs().unredacted(before, None, 10).await.unwrap();
        runs.into_iter().map(|run| run.id.0).collect::<Vec<_>>()
    };
    assert_eq!(unredacted(ended_at).await, [""; 0]);
    assert_eq!(unredacted(after(ended_at, SECOND)).await, ["run_1"]);
    let redact = Change::Redact { now: world.now() };
    world.commit(&[write(&started[0].id, redact)]).await;
    assert_eq!(unredacted(after(ended_at, SECOND)).await, [""; 0]);
}

/// While its run may be taken up again, a branch is needed, however long ago it ended.
pub(super) async fn a_branch_is_redacted_and_purged_with_its_run_alone(world: &World) {
    let started = start_some(world, &["run_1", "run_10"]).await;
    let [own, within] =
        [("each", 3), ("each[7].inner", 0)].map(|(step, n)| branch(&started[0], step, n));
    let other = branch(&started[1], "each", 3);
    for one in [&own, &within, &other] {
        world.commit(&[start(one), cancel(one, world.now()), dead_letter(one.id.as_str())]).await;
    }
    world.pass(SECOND);
    let unredacted = async || {
        let runs = world.runs().unredacted(world.now(), None, 10).await.unwrap();
        runs.into_iter().map(|run| run.id.0).collect::<Vec<_>>()
    };
    let is_there = async |run: &Run| world.runs().read(&run.id).await.unwrap().is_some();
    let mut branches = world.runs().branches(&started[0].id).await.unwrap();
    branches.sort();
    assert_eq!(branches, [own.id.clone(), within.id.clone()]);
    assert_eq!(world.runs().branches(&own.id).await.unwrap(), []);
    assert_eq!(unredacted().await, [""; 0]);
    assert_eq!(world.runs().purge(&history(world.now()), 100).await.unwrap(), 0);
    assert!(is_there(&own).await && is_there(&within).await);
    assert_eq!(world.dead_letters().list(10).await.unwrap().len(), 3);

    world.commit(&[cancel(&started[0], world.now())]).await;
    world.pass(SECOND);
    assert_eq!(unredacted().await, ["run_1"]);
    assert_eq!(world.runs().purge(&history(world.now()), 100).await.unwrap(), 1);
    assert!(!is_there(&started[0]).await && !is_there(&own).await && !is_there(&within).await);
    assert!(is_there(&other).await, "its run is worked on");
    assert_eq!(world.dead_letters().list(10).await.unwrap().len(), 1);
}

pub(super) async fn a_redacted_run_holds_no_word_of_its_data(world: &World) {
    let person = "jo@example.com";
    let mut run = run("run_1", world.now());
    run.key = person.to_owned();
    run.input = json!({ "email": person });
    let (path, reason) = (StepPath::from("log"), format!("no such person: {person}"));
    let now = world.now();
    let then = AfterFailure::FailRun(None);
    let fail = Change::Fail { path, fence: 1, now, reason, arrived: Arrived::Maybe, then };
    world.commit(&[start(&run), claim(&run, now), write(&run.id, fail)]).await;
    world.commit(&[write(&run.id, Change::Redact { now })]).await;

    let kept = world.runs().read(&run.id).await.unwrap().unwrap();
    assert!(!serde_json::to_string(&kept).unwrap().contains(person));
    let failure = kept.failure.unwrap();
    assert_eq!((failure.kind, failure.reason.as_str()), (FailureKind::Failed, "removed"));
    let step = &kept.steps[&failure.step];
    assert_eq!((step.reason.as_deref(), step.tried.len()), (Some("removed"), 1));
    let digest = "sha256:f4e19df2e6c609fbd59a42b9063d0fadf44260218531ea21ad8c575f205c0453";
    assert_eq!(kept.key, digest);
}

pub(super) async fn what_is_large_comes_back_as_it_was(world: &World) {
    let lines: Vec<Value> = (0..9_000).map(|n| json!({ "sku": format!("SKU-{n}") })).collect();
    let large = json!({ "order": { "lines": lines, "odd": "\u{0}\u{FFFF}" } });
    let mut run = run("run_1", world.now());
    run.input = large.clone();
    let mut event = event("event_1", world.now());
    event.data = large.as_object().unwrap().clone();
    event.raw = Some("e30=".repeat(100_000));
    world.commit(&[start(&run), record(event.clone())]).await;
    let claimed = world.commit(&[claim(&run, world.now())]).await;
    let Committed::Applied(Some(claimed)) = claimed else { panic!("it is free") };
    assert_eq!(claimed.input, run.input, "whoever claims a step needs all of it");
    let refused = world.commit(&[start(&run)]).await;
    assert_eq!(refused, Committed::Refused { current: Some(claimed.clone()) });

    let advance = Advance::to(Next::End);
    let (path, output, now) = (StepPath::from("log"), Some(large), world.now());
    let complete = Change::Complete { path, fence: 1, now, output, skipped: None, advance };
    world.commit(&[write(&run.id, complete)]).await;
    let ended = world.runs().read(&run.id).await.unwrap().unwrap();
    assert_eq!(
        (&ended.input, ended.steps.values().next().unwrap().output.as_ref()),
        (&run.input, Some(&run.input))
    );
    assert_eq!(world.events().read(&event.id).await.unwrap().unwrap().event, event);

    world.commit(&[write(&run.id, Change::Redact { now })]).await;
    world.events().redact(&event.id, now).await.unwrap();
    let redacted = world.runs().read(&run.id).await.unwrap().unwrap();
    assert!(redacted.input.is_null());
    assert!(world.events().read(&event.id).await.unwrap().unwrap().event.data.is_empty());
}

pub(super) async fn a_delivery_that_could_not_be_read_makes_way_until_it_is(world: &World) {
    let unmapped = Unmapped {
        reason: "data is missing".to_owned(),
        method: "POST".to_owned(),
        headers: Vec::new(),
        query: String::new(),
        read_as: None,
    };
    let unread = Event {
        name: UNMAPPED.to_owned(),
        data: unmapped.to_data(),
        ..event("event_1", world.now())
    };
    let read_as = Some(vec!["event_2".into()]);
    let read = Event { data: Unmapped { read_as, ..unmapped }.to_data(), ..unread.clone() };
    for event in [&unread, &read, &unread] {
        world.commit(&[record(event.clone())]).await;
    }
    let kept = world.events().read(&unread.id).await.unwrap().unwrap();
    assert_eq!(kept.event, read);
}

pub(super) async fn events_are_listed_newest_first_and_by_page(world: &World) {
    for id in ["event_b", "event_a", "event_c"] {
        world.commit(&[record(event(id, world.now()))]).await;
        world.pass(SECOND);
    }
    let list = async |before: Option<&str>, limit| {
        let before = before.map(EventId::from);
        let records = world.events().list(before.as_ref(), limit).await.unwrap();
        records.into_iter().map(|record| record.event.id.0).collect::<Vec<_>>()
    };
    assert_eq!(list(None, 10).await, ["event_c", "event_a", "event_b"]);
    assert_eq!(list(None, 1).await, ["event_c"]);
    assert_eq!(list(Some("event_c"), 1).await, ["event_a"]);
    assert_eq!(list(Some("event_b"), 1).await, [""; 0]);
    assert_eq!(list(Some("event_z"), 10).await, [""; 0], "nothing stands behind what is gone");
}

pub(super) async fn a_redacted_event_keeps_all_but_its_data(world: &World) {
    let event = event("event_1", world.now());
    world.commit(&[record(event.clone())]).await;
    let redacted_at = world.now();
    world.events().redact(&event.id, redacted_at).await.unwrap();
    world.pass(SECOND);
    world.events().redact(&event.id, world.now()).await.unwrap();
    world.events().redact(&"event_2".into(), world.now()).await.unwrap();

    let kept = world.events().read(&event.id).await.unwrap().unwrap();
    assert_eq!(kept.redacted_at, Some(redacted_at));
    assert!(kept.event.data.is_empty() && kept.event.raw.is_none());
    assert_eq!((kept.event.id, kept.event.topic), (event.id, event.topic));
    assert!(world.events().read(&"event_2".into()).await.unwrap().is_none());
}

pub(super) async fn events_are_unredacted_until_they_and_their_runs_are(world: &World) {
    let started = start_some(world, &["run_1"]).await;
    let accepted_at = world.now();
    for id in ["event_1", "event_2", started[0].event.as_str()] {
        world.commit(&[record(event(id, accepted_at))]).await;
    }
    let unredacted = async |before: Timestamp| {
        let mut events = world.events().unredacted(before, None, 10).await.unwrap().records;
        events.sort();
        events.into_iter().map(|event| event.0).collect::<Vec<_>>()
    };
    let later = after(accepted_at, SECOND);
    assert_eq!(unredacted(accepted_at).await, [""; 0]);
    assert_eq!(unredacted(later).await, ["event_1", "event_2"]);
    world.events().redact(&"event_1".into(), later).await.unwrap();
    assert_eq!(unredacted(later).await, ["event_2"]);
    let redact = write(&started[0].id, Change::Redact { now: later });
    world.commit(&[cancel(&started[0], later), redact]).await;
    assert_eq!(unredacted(later).await, ["event-of-run_1", "event_2"]);
}

pub(super) async fn purge_removes_what_is_old_and_has_ended(world: &World) {
    let started = start_some(world, &["run_ended", "run_open", "run_new"]).await;
    for run in &started {
        let event = event(run.event.as_str(), run.created_at);
        world.commit(&[record(event), dead_letter(run.id.as_str())]).await;
    }
    world
        .commit(&[record(event("event_alone", world.now())), cancel(&started[0], world.now())])
        .await;
    world.pass(SECOND);
    let before = world.now();
    world.commit(&[record(event("event_new", before)), cancel(&started[2], before)]).await;

    assert_eq!(world.runs().purge(&history(before), 100).await.unwrap(), 3);
    let all = RunFilter { limit: 10, ..RunFilter::default() };
    assert_eq!(list(world, &all).await, ["run_new", "run_open"]);
    let events = world.events().list(None, 10).await.unwrap();
    let events: Vec<&str> = events.iter().map(|record| record.event.id.as_str()).collect();
    assert_eq!(events, ["event_new", "event-of-run_new", "event-of-run_open"]);
    assert_eq!(world.dead_letters().list(10).await.unwrap().len(), 2);
    assert_eq!(world.runs().purge(&history(before), 100).await.unwrap(), 0);
}

pub(super) async fn purge_removes_no_more_than_asked(world: &World) {
    let started = start_some(world, &["run_1", "run_2", "run_3"]).await;
    for run in &started {
        let event = event(run.event.as_str(), run.created_at);
        world.commit(&[record(event), cancel(run, world.now())]).await;
    }
    world.pass(SECOND);
    let mut removed = Vec::new();
    for _ in 0..4 {
        removed.push(world.runs().purge(&history(world.now()), 2).await.unwrap());
    }
    assert_eq!(removed, [2, 2, 2, 0]);
}

pub(super) async fn purge_removes_letters_lines_and_replies_that_had_their_time(world: &World) {
    let now = world.now();
    let line = |subject: &str, at| AuditLine {
        at,
        actor: "admin".to_owned(),
        action: "run.replay".to_owned(),
        subject: subject.to_owned(),
        detail: String::new(),
    };
    let reply = Reply { request: "digest".to_owned(), status: 200, body: "{}".to_owned() };
    let given_up = Command::DeadLetter {
        of: Queue::Action(DISPATCH_QUEUE.into()),
        wake: super::given::wake("run_2"),
    };
    world.commit(&[given_up, dead_letter("run_1")]).await;
    world.audit().append_line(line("run_1", now)).await.unwrap();
    world.replies().store_reply("first", reply.clone(), now).await.unwrap();
    world.pass(SECOND);
    world.audit().append_line(line("run_2", world.now())).await.unwrap();
    world.replies().store_reply("second", reply, world.now()).await.unwrap();

    let mut expiry = Expiry { history: now, events_given_up: now, replies: now };
    let purge = async |expiry: Expiry| world.runs().purge(&expiry, 100).await.unwrap();
    assert_eq!(purge(expiry).await, 0);
    expiry.replies = world.now();
    assert_eq!(purge(expiry).await, 1);
    let begun = async |key| world.replies().reserve_key(key, world.now()).await.unwrap();
    assert_eq!(begun("first").await, KeyUse::New);
    assert!(matches!(begun("second").await, KeyUse::Answered(_)));
    expiry.events_given_up = world.now();
    assert_eq!(purge(expiry).await, 1);
    assert_eq!(world.dead_letters().list(10).await.unwrap()[0].queue, super::given::QUEUE);
    expiry.history = world.now();
    assert_eq!(purge(expiry).await, 2);
    assert!(world.dead_letters().list(10).await.unwrap().is_empty());
    let lines = world.audit().list(10).await.unwrap();
    assert_eq!(lines, [line("run_2", world.now())]);
}

/// Nothing but history has had its time.
pub(super) fn history(history: Timestamp) -> Expiry {
    Expiry { history, events_given_up: Timestamp::MIN, replies: Timestamp::MIN }
}

pub(super) async fn every_character_and_digit_survives(world: &World) {
    let odd = "\u{0}\u{1}\u{FFFF}\u{FFFE}\u{10FFFF}\u{2028} \"\\ 'é🛒 NULL";
    let data = json!({
        odd: odd,
        "number": "12345678901234567890123",
        "large": u64::MAX,
        "small": i64::MIN,
        "amounts": [0.1, 19.99, 1e-7, 123456789.123456],
        "nothing": null,
    });
    let mut run = run("run_1", world.now());
    run.input = data.clone();
    run.key = odd.to_owned();
    let mut event = event("event_1", world.now());
    event.data = data.as_object().unwrap().clone();
    world.commit(&[start(&run), record(event.clone()), Command::Publish(event.clone())]).await;

    assert_eq!(world.runs().read(&run.id).await.unwrap(), Some(run));
    assert_eq!(world.events().read(&event.id).await.unwrap().unwrap().event, event);
    let message = world.receive(DISPATCH_QUEUE).await.remove(0);
    assert_eq!(world.event(&message).await, event);
}

async fn start_some(world: &World, ids: &[&str]) -> Vec<Run> {
    let mut runs = Vec::new();
    for id in ids {
        let run = run(id, world.now());
        let end = world.commit(&[start(&run)]).await;
        assert!(matches!(end, Committed::Applied(Some(_))));
        world.pass(SECOND);
        runs.push(run);
    }
    runs
}

async fn list(world: &World, filter: &RunFilter) -> Vec<String> {
    world.runs().list(filter).await.unwrap().into_iter().map(|run| run.id.0).collect()
}
