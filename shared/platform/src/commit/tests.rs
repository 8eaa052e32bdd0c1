//! Lists that the journal stops in.

use super::*;
use crate::given::{Stop, Stopping, clock, memory};
use futures::FutureExt;
use serde_json::json;
use std::pin::pin;
use std::sync::Arc;
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{Advance, Change, Next, WakeUp, Write, claim, start};
use tradewind_engine::queues::Queue;
use tradewind_engine::runs::RunState;
use tradewind_engine::stored::Unreadable;
use tradewind_memory::{Kind, Memory, VirtualClock};

struct Given {
    clock: VirtualClock,
    memory: Arc<Memory>,
    /// A run whose step is claimed.
    run: Run,
}

fn given() -> Given {
    let clock = clock();
    let memory = memory(&clock);
    let run = crate::given::ready(clock.now(), "neither", "hold");
    let wake = WakeUp::new(&run.id, &"do".into());
    let times = tradewind_engine::protocol::Times::STANDARD;
    let claim = claim(&wake, &"mine".into(), clock.now(), times);
    let started = memory.commit(None, &start(run)[..1]).now_or_never();
    assert!(matches!(started, Some(Ok(Committed::Applied(_)))));
    let claimed = memory.commit(None, &[Command::Write(claim)]).now_or_never();
    let Some(Ok(Committed::Applied(Some(run)))) = claimed else { panic!("{claimed:?}") };
    Given { clock, memory, run: *run }
}

/// The step is done, and two wake-ups follow.
fn outcome(run: &Run, now: Timestamp) -> Vec<Command> {
    let advance = Advance::to(Next::End);
    let (path, output) = (StepPath::from("do"), Some(json!("done")));
    let change = Change::Complete { path, fence: 1, now, output, skipped: None, advance };
    let write = Command::Write(Write { run: run.id.clone(), change });
    let send = |queue: &str| Command::Send {
        to: Queue::Action(queue.into()),
        wake: WakeUp::new(&run.id, &"next".into()),
        not_before: None,
        via: None,
    };
    vec![write, send("first"), send("second")]
}

/// Carries the outcome out, with so much patience, while the journal stops so.
fn check(
    given: &Given,
    stops: &[Stop],
    patience: Duration,
    commands: &[Command],
) -> (Result<Committed, Interrupted>, Vec<usize>) {
    let (clock, memory) = (given.clock.clone(), given.memory.clone());
    let journal = Stopping::new(memory, stops);
    let until = after(clock.now(), patience);
    let commit = Commit { journal: &journal, clock: &clock, receipt: None, until };
    let mut carried_out = pin!(commit.all(commands, Some(&given.run)));
    let end = loop {
        match carried_out.as_mut().now_or_never() {
            Some(end) => break end,
            None => clock.advance_to(clock.next_timer().expect("it waits for the time")),
        }
    };
    (end, journal.lengths())
}

fn queues(memory: &Memory) -> Vec<String> {
    memory.messages().into_iter().map(|(queue, _)| queue).collect()
}

#[test]
fn what_was_done_is_not_given_to_the_journal_again() {
    let given = given();
    let commands = outcome(&given.run, given.clock.now());
    let (end, lengths) = check(&given, &[Stop::Before(1)], PATIENCE, &commands);
    let Ok(Committed::Applied(Some(run))) = end else { panic!("{end:?}") };
    assert_eq!(
        run.state,
        RunState::Succeeded,
        "the write before the stop tells how the run stands"
    );
    assert_eq!(
        (lengths, queues(&given.memory)),
        (vec![3, 2], vec!["first".into(), "second".into()])
    );
}

#[test]
fn a_write_whose_answer_was_lost_counts_as_made() {
    let given = given();
    let commands = outcome(&given.run, given.clock.now());
    let (end, lengths) = check(&given, &[Stop::After(0)], PATIENCE, &commands);
    assert!(matches!(end, Ok(Committed::Applied(Some(_)))), "{end:?}");
    assert_eq!(
        (lengths, queues(&given.memory)),
        (vec![3, 3, 2], vec!["first".into(), "second".into()])
    );
}

#[test]
fn a_write_that_others_have_forestalled_is_refused_whatever_the_journal_did() {
    let given = given();
    let commands = outcome(&given.run, given.clock.now());
    let reason = "the worker stopped".to_owned();
    let (now, path) = (given.clock.now(), StepPath::from("do"));
    let forestalled = Change::Doubt { path, fence: 1, now, next_at: now, reason, spent: true };
    let write = Write { run: given.run.id.clone(), change: forestalled };
    given.memory.commit(None, &[Command::Write(write)]).now_or_never().unwrap().unwrap();
    let cancel = Change::Cancel { now };
    let write = Write { run: given.run.id.clone(), change: cancel };
    given.memory.commit(None, &[Command::Write(write)]).now_or_never().unwrap().unwrap();
    let (end, _) = check(&given, &[Stop::Before(0)], PATIENCE, &commands);
    assert!(matches!(end, Ok(Committed::Refused { current: Some(_) })), "{end:?}");
    assert!(queues(&given.memory).is_empty());
}

#[test]
fn whoever_gives_up_says_how_far_it_came() {
    let given = given();
    let commands = outcome(&given.run, given.clock.now());
    let stops = [Stop::Before(1), Stop::Before(1), Stop::Before(2), Stop::Before(2)];
    let (end, lengths) = check(&given, &stops, Duration::from_secs(3), &commands);
    let Err(Interrupted { done, last, .. }) = end else { panic!("{end:?}") };
    assert_eq!((done, last.map(|run| run.state)), (2, Some(RunState::Succeeded)));
    assert_eq!(lengths, [3, 2, 2], "it is tried once each second");
}

/// How often the journal is asked about a run that cannot be read.
fn asked_about_hidden(given: &Given, commands: &[Command]) -> usize {
    let why = Unreadable::Damaged { kind: "run", detail: "line 1".to_owned() };
    given.memory.hide(Kind::Run, given.run.id.as_str(), Some(why));
    let (end, lengths) = check(given, &[], PATIENCE, commands);
    assert!(end.is_err(), "{end:?}");
    lengths.len()
}

#[test]
fn no_worker_waits_for_a_run_that_cannot_be_read_before_it_has_called() {
    let given = given();
    let wake = WakeUp::new(&given.run.id, &"do".into());
    let times = tradewind_engine::protocol::Times::STANDARD;
    let claim = claim(&wake, &"other".into(), given.clock.now(), times);
    assert_eq!(asked_about_hidden(&given, &[Command::Write(claim)]), 1);
    let outcome = outcome(&given.run, given.clock.now());
    assert!(asked_about_hidden(&given, &outcome) > 1, "what happened outside is to be recorded");
}
