mod again;
mod lost_answers;
mod starting;

use super::*;
use crate::effects::{EffectClass, OnUnknown};
use crate::ids::{EventId, StepPath};
use crate::runs::{RUN_VERSION, Run, RunState, StepPlan, StepRecord, StepState, run_id};
use crate::time::{Timestamp, after};
use std::collections::BTreeMap;
use std::time::Duration;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn run(path: &str) -> Run {
    let plan = StepPlan {
        path: path.into(),
        action: "email.send".into(),
        provider: "sendgrid".into(),
        class: EffectClass::Neither,
        on_unknown: OnUnknown::Hold,
    };
    Run {
        v: RUN_VERSION,
        id: run_id(&"shop".into(), None, "1", 0),
        workflow: "shop".into(),
        version: 1,
        event: EventId::from("evt_1"),
        connection: None,
        key: "1".to_owned(),
        generation: 0,
        test: false,
        state: RunState::Active,
        resumed: 0,
        input: serde_json::Value::Null,
        steps: BTreeMap::from([(plan.path.clone(), StepRecord::ready(&plan))]),
        failure: None,
        dead_lettered: false,
        quiet: false,
        hops: 0,
        check_at: None,
        created_at: NOW,
        revision: None,
        ended_at: None,
        redacted_at: None,
    }
}

fn claimed(run: &Run, path: &StepPath) -> Run {
    let wake = WakeUp::new(&run.id, path);
    claim(&wake, &"first".into(), NOW, Times::STANDARD).apply(Some(run)).unwrap()
}

#[test]
fn a_step_whose_id_begins_like_on_failure_is_worked_on_like_any_other() {
    for id in ["on_failure_notice", "on_failures"] {
        assert!(run(id).works_on(&id.into()), "{id}");
    }
    for path in ["on_failure[0]", "on_failure.tell"] {
        assert!(!run("x").works_on(&path.into()), "{path} is for a run that fails");
    }
}

#[test]
fn a_claim_that_is_given_back_spends_no_try_and_comes_again() {
    let path = StepPath::from("mail");
    let held = claimed(&run("mail"), &path);
    let at = after(NOW, Duration::from_secs(15));
    let commands = give_back(&held, &path, NOW, at);
    let [Command::Write(write), Command::Send { not_before, .. }, Command::Ack] = &commands[..]
    else {
        panic!("{commands:?}")
    };
    assert_eq!(*not_before, Some(at));
    let given_back = write.apply(Some(&held)).unwrap();
    let step = &given_back.steps[&path];
    assert_eq!((step.state, step.attempts, step.key_at), (StepState::Retry, 0, None));
}

#[test]
fn workers_that_stop_each_time_do_not_go_on_for_ever() {
    let path = StepPath::from("mail");
    let mut held = claimed(&run("mail"), &path);
    let step = held.steps.get_mut(&path).unwrap();
    step.attempts = 3;
    assert_eq!(begin(&held, &held.steps[&path], 3, None, NOW), Work::Perform);
    let step = held.steps.get_mut(&path).unwrap();
    step.attempts = 4;
    let work = begin(&held, &held.steps[&path], 3, None, NOW);
    assert_eq!(work, Work::Conclude(Outcome::NoTriesLeft));
}

#[test]
fn a_version_that_cannot_be_read_parks_its_run_and_sends_the_letter() {
    let path = StepPath::from("mail");
    let held = claimed(&run("mail"), &path);
    let commands = park_unreadable(&held, &path, NOW, "version 1 of shop cannot be read");
    assert!(commands.iter().any(|one| matches!(one, Command::DeadLetter { .. })), "{commands:?}");
}
