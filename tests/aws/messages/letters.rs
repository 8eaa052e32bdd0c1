//! What was given up on.

use super::Stand;
use super::stand::{ACTION, RECEIVES_MAX};
use serde_json::json;
use std::time::Duration;
use tradewind_aws::journal::{End, Settled};
use tradewind_aws::queues::Received;
use tradewind_engine::ids::RunId;
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::ports::{DeadLetters as _, Journal as _, Runs};
use tradewind_engine::protocol::{
    Arrival, Change, Command, Committed, Doers, Times, WakeKind, WakeUp, Write, claim, on_refused,
    redriven,
};
use tradewind_engine::queues::{DISPATCH_QUEUE, Queue};
use tradewind_engine::runs::{Run, RunState};

pub(super) async fn a_poison_message_is_listed_and_in_the_dead_letters(stand: &Stand) {
    let letters = stand.letters();
    letters.give_up(ACTION, "not a wake-up", "no sense").await.unwrap();
    letters.give_up(ACTION, "not a wake-up", "no sense, again").await.unwrap();
    let listed = letters.list(10).await.unwrap();
    let listed: Vec<(&str, &str)> =
        listed.iter().map(|letter| (&*letter.queue, &*letter.body)).collect();
    assert_eq!(listed, [(ACTION, "not a wake-up")]);
    assert_eq!(copies(stand).await, ["not a wake-up", "not a wake-up"]);
}

pub(super) async fn a_redriven_letter_is_in_its_queue_and_nowhere_else(stand: &Stand) {
    let letters = stand.letters();
    // More than one look shows, so that it has to be searched for.
    for number in 0..25 {
        letters.give_up(ACTION, &format!("poison {number}"), "no sense").await.unwrap();
    }
    let listed = letters.list(100).await.unwrap();
    let letter = listed.iter().find(|letter| letter.body == "poison 17").unwrap();
    assert!(letters.redrive(&letter.id).await.unwrap());
    assert_eq!(stand.next(ACTION).await.body, "poison 17");
    assert!(!letters.redrive(&letter.id).await.unwrap());
    assert!(!letters.redrive("no such letter").await.unwrap());
    assert_eq!(letters.list(100).await.unwrap().len(), 24);
    assert_eq!(depth(stand).await, 24, "the others show again at once");
}

pub(super) async fn an_enormous_letter_comes_back_whole(stand: &Stand) {
    // Digits of chance do not get much shorter.
    let mut state: u32 = 1;
    let body: String = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'!' + u8::try_from((state >> 16) % 90).unwrap())
    })
    .take(900_000)
    .collect();
    let letters = stand.letters();
    letters.give_up(DISPATCH_QUEUE, &body, "no sense").await.unwrap();
    let letter = letters.list(1).await.unwrap().remove(0);
    assert!(letters.redrive(&letter.id).await.unwrap());
    assert!(stand.next(DISPATCH_QUEUE).await.body == body);
}

pub(super) async fn what_sqs_gives_up_on_is_listed_by_the_sweep(stand: &Stand) {
    let queues = stand.queues();
    queues.send(ACTION, "kills its function".to_owned(), None, None).await.unwrap();
    for _ in 0..RECEIVES_MAX {
        let message = stand.next(ACTION).await;
        queues.show_again(&message.receipt, Duration::ZERO).await.unwrap();
    }
    assert!(stand.all(ACTION).await.is_empty());
    let letters = stand.letters();
    for noted in [1, 0] {
        let collected = letters.collect(&[ACTION, DISPATCH_QUEUE]).await.unwrap();
        assert_eq!((collected.noted, collected.cleared), (noted, 0));
    }
    stand.clock.sleep(Duration::from_millis(1_100)).await;
    assert!(letters.collect(&[]).await.unwrap().oldest >= Duration::from_secs(1));
    let letter = letters.list(10).await.unwrap().remove(0);
    assert_eq!((&*letter.queue, &*letter.body), (ACTION, "kills its function"));
    assert!(letters.redrive(&letter.id).await.unwrap());
    assert_eq!(stand.next(ACTION).await.receives, 1);
}

/// Actions of a project's own share a queue that is called after another.
pub(super) async fn what_sqs_gives_up_on_names_the_action_of_the_project(stand: &Stand) {
    const OWN: &str = "acme.create_ticket";
    stand.create_queue("http-request").await;
    let now = stand.clock.now();
    let run: Run = serde_json::from_value(json!({
        "v": 1, "id": "run_1", "workflow": "tickets", "version": 1, "event": "e", "key": "1",
        "generation": 0, "test": false, "state": "active", "gen": 0, "input": null,
        "steps": { "ticket": {
            "state": "ready", "action": OWN, "provider": "acme", "class": "neither",
            "on_unknown": "hold", "fence": 0, "attempts": 0, "asked": 0, "tried": [],
        } },
        "dead_lettered": false, "quiet": false, "hops": 1, "created_at": now,
    }))
    .unwrap();
    let (to, wake) = (Queue::Action(OWN.into()), WakeUp::new(&run.id, &"ticket".into()));
    let send = Command::Send { to, wake, not_before: None, via: None };
    let start = write(&run.id, Change::Start(Box::new(run.clone())));
    stand.journal(&Settled::default()).commit(None, &[start, send]).await.unwrap();
    for _ in 0..RECEIVES_MAX {
        let message = stand.next("http.request").await;
        stand.queues().show_again(&message.receipt, Duration::ZERO).await.unwrap();
    }
    assert!(stand.all("http.request").await.is_empty());
    let letters = stand.letters();
    assert_eq!(letters.collect(&["http.request"]).await.unwrap().noted, 1);
    let letter = letters.list(10).await.unwrap().remove(0);
    assert_eq!(letter.queue, OWN);
    assert!(letters.redrive(&letter.id).await.unwrap());
    assert_eq!(stand.next("http.request").await.body, letter.body);
    assert_eq!(letters.collect(&["http.request"]).await.unwrap().noted, 0);
}

pub(super) async fn what_the_bus_could_not_deliver_is_listed_and_can_be_sent_to_dispatch(
    stand: &Stand,
) {
    let (letters, entry) = (stand.letters(), r#"{"detail-type":"order.placed","detail":{}}"#);
    stand.queues().send("undelivered", entry.to_owned(), None, None).await.unwrap();
    letters.give_up(DISPATCH_QUEUE, "poison", "no sense").await.unwrap();
    assert_eq!(letters.collect(&[DISPATCH_QUEUE]).await.unwrap().noted, 1);
    let listed = letters.list(10).await.unwrap();
    let letter = listed.iter().find(|letter| letter.body == entry).unwrap();
    assert_eq!((&*letter.queue, &*letter.reason), (DISPATCH_QUEUE, "the bus could not deliver it"));
    assert!(letters.redrive(&letter.id).await.unwrap());
    assert_eq!(stand.next(DISPATCH_QUEUE).await.body, entry);
    assert!(stand.all("undelivered").await.is_empty());
    assert_eq!(stand.all("dispatch-dead").await.len(), 1, "it shows again at once");
}

pub(super) async fn the_copy_of_a_settled_letter_is_cleared_away(stand: &Stand) {
    let (letters, run) = (stand.letters(), stopped(stand).await);
    let collected = letters.collect(&[ACTION]).await.unwrap();
    assert_eq!((collected.noted, collected.cleared), (0, 0), "it is true");
    replay(stand, &run).await;
    assert!(letters.list(10).await.unwrap().is_empty(), "the run goes on");
    assert_eq!(letters.collect(&[ACTION]).await.unwrap().cleared, 1);
    assert_eq!(depth(stand).await, 0);
}

pub(super) async fn a_letter_that_the_console_sent_back_is_settled_by_its_replay(stand: &Stand) {
    let (letters, run) = (stand.letters(), stopped(stand).await);
    // The console moves the copy and knows of nothing else.
    let copy = copies(stand).await.remove(0);
    stand.queues().send(ACTION, copy.clone(), None, None).await.unwrap();
    let message = stand.next(ACTION).await;
    assert_eq!(message.body, serde_json::to_string(&letter_of(&run)).unwrap());
    assert_eq!(letters.list(10).await.unwrap().len(), 1);
    assert_eq!(arrive(stand, &message).await, Some(End::Done));
    assert!(letters.list(10).await.unwrap().is_empty());
    let replayed = Runs::read(&stand.store(), &run.id).await.unwrap().unwrap();
    assert_eq!((replayed.state, replayed.resumed), (RunState::Active, 1));
    let again = stand.next(ACTION).await;
    assert_eq!(again.body, serde_json::to_string(&WakeUp::new(&run.id, &"log".into())).unwrap());
}

pub(super) async fn a_dismissed_letter_stays_away_although_its_copy_was_not_met(stand: &Stand) {
    let letters = stand.letters();
    letters.give_up(ACTION, "poison", "no sense").await.unwrap();
    let letter = letters.list(10).await.unwrap().remove(0);
    // Somebody else looks at the copy.
    let hidden = stand.queues().receive("sheet-append-row-dead", 10, Duration::from_secs(3)).await;
    assert!(letters.dismiss(&letter.id).await.unwrap());
    assert!(letters.list(10).await.unwrap().is_empty());
    for copy in hidden.unwrap() {
        stand.queues().show_again(&copy.receipt, Duration::ZERO).await.unwrap();
    }
    let collected = letters.collect(&[ACTION]).await.unwrap();
    assert_eq!((collected.noted, collected.cleared), (0, 1));
    // What is given up on after that is another matter.
    stand.clock.sleep(Duration::from_millis(10)).await;
    letters.give_up(ACTION, "poison", "no sense").await.unwrap();
    assert_eq!(letters.collect(&[ACTION]).await.unwrap().cleared, 0);
    assert_eq!(letters.list(10).await.unwrap().len(), 1);
}

pub(super) async fn an_old_copy_of_a_letter_does_nothing(stand: &Stand) {
    let run = stopped(stand).await;
    let old = WakeUp { fence: Some(2), ..letter_of(&run) };
    let body = serde_json::to_string(&old).unwrap();
    stand.queues().send(ACTION, body, None, None).await.unwrap();
    let message = stand.next(ACTION).await;
    assert_eq!(arrive(stand, &message).await, Some(End::Done));
    let stored = Runs::read(&stand.store(), &run.id).await.unwrap();
    assert_eq!(stored, Some(run));
    assert_eq!(stand.letters().list(10).await.unwrap().len(), 1);
}

pub(super) async fn settling_removes_what_is_listed_and_leaves_the_copies_to_the_sweep(
    stand: &Stand,
) {
    let letters = stand.letters();
    let letter = |run: &str, fence| WakeUp {
        kind: Some(WakeKind::Failed),
        fence: Some(fence),
        ..WakeUp::new(&run.into(), &"log".into())
    };
    let dead = [("run_1", 2), ("run_1", 4), ("run_2", 1)];
    let dead = dead.map(|(run, fence)| Command::DeadLetter {
        of: Queue::Action(ACTION.into()),
        wake: letter(run, fence),
    });
    stand.journal(&Settled::default()).commit(None, &dead).await.unwrap();
    letters.settle_letter(&letter("run_1", 3)).await.unwrap();
    let ids = |letters: &[DeadLetter]| -> Vec<String> {
        letters.iter().map(|letter| letter.id.clone()).collect()
    };
    assert_eq!(ids(&letters.list(10).await.unwrap()), ["run_2:log:1", "run_1:log:4"]);
    assert_eq!(depth(stand).await, 3);
}

/// A run that has failed at its step, with its letter.
async fn stopped(stand: &Stand) -> Run {
    let now = stand.clock.now();
    let run: Run = serde_json::from_value(json!({
        "v": 1, "id": "run_1", "workflow": "order-log", "version": 1, "event": "e", "key": "1",
        "generation": 0, "test": false, "state": "failed", "gen": 0, "input": null,
        "steps": { "log": {
            "state": "failed", "action": ACTION, "provider": "google_sheets", "class": "natural",
            "on_unknown": "retry", "fence": 3, "attempts": 3, "asked": 0, "tried": [],
            "ended_at": now,
        } },
        "failure": { "step": "log", "reason": "no", "attempts": 3, "kind": "failed" },
        "dead_lettered": true, "quiet": true, "hops": 1, "created_at": now, "ended_at": now,
    }))
    .unwrap();
    let dead = Command::DeadLetter { of: Queue::Action(ACTION.into()), wake: letter_of(&run) };
    let start = write(&run.id, Change::Start(Box::new(run.clone())));
    stand.journal(&Settled::default()).commit(None, &[start, dead]).await.unwrap();
    run
}

/// What the queue's function does with a message that it cannot claim a step for.
async fn arrive(stand: &Stand, message: &Received) -> Option<End> {
    let wake: WakeUp = serde_json::from_str(&message.body).unwrap();
    let (settled, now) = (Settled::default(), stand.clock.now());
    let (journal, id) = (stand.journal(&settled), "claim".into());
    let claim = Command::Write(claim(&wake, &id, now, Times::STANDARD));
    let Committed::Refused { current } = journal.commit(None, &[claim]).await.unwrap() else {
        panic!("a stopped run gives no claim")
    };
    let arrival = on_refused(current.as_deref(), &wake, &id, now, Times::STANDARD, 0.5);
    let commands = match (arrival, current) {
        (Arrival::Do(commands), _) => commands,
        (Arrival::Redriven, Some(run)) => {
            let doers = Doers { key_window: None, has_moved: false, can_be_asked: true };
            redriven(&run, &wake, doers, now)
        }
        (arrival, _) => panic!("{arrival:?}"),
    };
    journal.commit(Some(&message.receipt), &commands).await.unwrap();
    settled.take_end(&message.receipt)
}

async fn replay(stand: &Stand, run: &Run) {
    let (resumed, now) = (run.resumed, stand.clock.now());
    let change = Change::Replay { resumed, now, ask: false, forget_key: false };
    stand.journal(&Settled::default()).commit(None, &[write(&run.id, change)]).await.unwrap();
}

fn letter_of(run: &Run) -> WakeUp {
    tradewind_engine::protocol::letter(run).unwrap()
}

fn write(run: &RunId, change: Change) -> Command {
    Command::Write(Write { run: run.clone(), change })
}

/// What lies in the dead letters of the action. Each shows again after its time.
async fn copies(stand: &Stand) -> Vec<String> {
    let copies = stand.all("sheet-append-row-dead").await;
    copies.into_iter().map(|copy| copy.body).collect()
}

/// How many of them can be seen now.
async fn depth(stand: &Stand) -> usize {
    let url = format!("{}sheet-append-row-dead", stand.stage.queues_url().unwrap());
    let asked = stand.clients.sqs().get_queue_attributes().queue_url(url);
    let asked = asked.attribute_names("ApproximateNumberOfMessages".into()).send().await.unwrap();
    let counted = asked.attributes.unwrap();
    counted[&"ApproximateNumberOfMessages".into()].parse().unwrap()
}
