mod again;
mod branches;
mod emit;
mod lost_answers;
mod starting;

use super::*;
use crate::effects::{ActionError, EffectClass, OnUnknown};
use crate::ids::{EventId, StepPath};
use crate::runs::{
    ActionWork, RUN_VERSION, Run, RunState, StepPlan, StepRecord, StepState, StepWork, Tried,
    run_id,
};
use crate::time::{Timestamp, after, until};
use std::collections::BTreeMap;
use std::time::Duration;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn run(path: &str) -> Run {
    let plan = StepPlan {
        path: path.into(),
        work: StepWork::Action(ActionWork {
            action: "email.send".into(),
            provider: "sendgrid".into(),
            class: EffectClass::Neither,
            on_unknown: OnUnknown::Hold,
            via: Some("mail".into()),
            identity: None,
        }),
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
        chain: 0,
        cancelled_by: None,
        ended_at: None,
        redacted_at: None,
        branch: None,
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
    assert_eq!(decide_call(&held, &held.steps[&path], 3, None, NOW), Work::Perform);
    let step = held.steps.get_mut(&path).unwrap();
    step.attempts = 4;
    let work = decide_call(&held, &held.steps[&path], 3, None, NOW);
    assert_eq!(work, Work::Conclude(Outcome::NoTriesLeft));
}

#[test]
fn a_version_that_cannot_be_read_parks_its_run_and_sends_the_letter() {
    let path = StepPath::from("mail");
    let held = claimed(&run("mail"), &path);
    let commands = park_unreadable(&held, &path, NOW, "version 1 of shop cannot be read");
    assert!(commands.iter().any(|one| matches!(one, Command::DeadLetter { .. })), "{commands:?}");
}

/// How the next try of a step follows a try in an outage, of which only so much is known.
fn after_try_while_down(error: ActionError) -> (bool, Duration) {
    let (path, flow) = (StepPath::from("mail"), Curve(RetryCurve::standard()));
    let mut run = run("mail");
    if let Some(step) = run.steps.get_mut(&path) {
        step.work.action_mut().unwrap().on_unknown = OnUnknown::Retry;
        step.attempts = 4;
        step.tried.push(Tried { at: NOW, reason: "no answer".to_owned() });
    }
    let attempt = EndedAttempt {
        run: &claimed(&run, &path),
        path: &path,
        flow: &flow,
        can_be_asked: false,
        search_lag: Duration::ZERO,
        connection_is_down: true,
        now: NOW,
        chance: 0.0,
    };
    let commands = conclude(&attempt, Outcome::Error(error));
    let Command::Write(Write { change: Change::Retry { next_at, spent, .. }, .. }) = &commands[0]
    else {
        panic!("{commands:?}")
    };
    (*spent, until(NOW, *next_at))
}

#[test]
fn what_would_happen_twice_is_tried_again_by_its_curve_alone_however_down_its_connection_is() {
    let (spent, pause) = after_try_while_down(ActionError::unknown("no answer"));
    assert!(spent && pause >= Duration::from_secs(900), "{pause:?}");
    let (spent, pause) = after_try_while_down(ActionError::not_now("refused", None));
    assert!(!spent && pause <= Duration::from_secs(10), "{pause:?}");
}

/// A workflow of one step that is tried by this curve.
struct Curve(RetryCurve);

impl Flow for Curve {
    fn beginning(&self, _: &Run, _: Timestamp) -> Advance {
        Advance::to(Next::End)
    }

    fn advance(&self, _: &Run, _: &StepPath, _: Ended<'_>, _: Timestamp) -> Advance {
        Advance::to(Next::End)
    }

    fn continues_on_error(&self, _: &StepPath) -> bool {
        false
    }

    fn first_on_failure(&self) -> Option<StepPlan> {
        None
    }

    fn retry_curve(&self, _: &StepPath) -> RetryCurve {
        self.0.clone()
    }
}

/// Tries the step of a connection that is down until it fails: when each try was made that counted, in
/// seconds, how many did not, and the longest pause between two.
fn tried_while_down(curve: RetryCurve, chance: f64) -> (Vec<u64>, usize, u64) {
    let (path, flow) = (StepPath::from("mail"), Curve(curve));
    let (mut run, mut now) = (run("mail"), NOW);
    let (mut spent, mut unspent, mut longest) = (Vec::new(), 0, Duration::ZERO);
    loop {
        let write = claim(&WakeUp::new(&run.id, &path), &"mine".into(), now, Times::STANDARD);
        run = write.apply(Some(&run)).unwrap();
        let attempts = run.steps[&path].attempts;
        let attempt = EndedAttempt {
            run: &run,
            path: &path,
            flow: &flow,
            can_be_asked: false,
            search_lag: Duration::ZERO,
            connection_is_down: true,
            now,
            chance,
        };
        let outcome = Outcome::Error(ActionError::not_now("refused", None));
        let commands = conclude(&attempt, outcome);
        let Command::Write(write) = &commands[0] else { panic!("{commands:?}") };
        run = write.apply(Some(&run)).unwrap();
        let step = &run.steps[&path];
        if step.attempts == attempts {
            spent.push(until(NOW, now).as_secs());
        } else {
            unspent += 1;
        }
        if step.state == StepState::Failed {
            return (spent, unspent, longest.as_secs());
        }
        let next_at = step.next_at.unwrap();
        longest = longest.max(until(now, next_at));
        now = next_at;
    }
}

#[test]
fn while_a_connection_is_down_the_curve_is_a_schedule_in_time() {
    let curve = RetryCurve::scaled(6, None);
    let (spent, unspent, longest) = tried_while_down(curve.clone(), 1.0);
    assert_eq!(spent, [0, 5, 35, 155, 755, 2_555], "as the curve says");
    assert_eq!((unspent > 200, longest), (true, 10), "its end is seen within seconds");
    let (spent, _, longest) = tried_while_down(curve, 0.0);
    assert_eq!((spent.len(), longest), (6, 5));
    assert!((2_555..2_600).contains(spent.last().unwrap()), "{spent:?}");
    // A curve that is shorter than the pauses is kept to.
    let (spent, _, longest) =
        tried_while_down(RetryCurve { delays: vec![Duration::from_secs(1); 3] }, 1.0);
    assert_eq!((spent, longest), (vec![0, 1, 2, 3], 1));
}

#[test]
fn a_step_whose_read_is_held_back_waits_for_the_connection_of_the_read() {
    let path = StepPath::from("mail");
    let held = claimed(&run("mail"), &path);
    let attempt = EndedAttempt {
        run: &held,
        path: &path,
        flow: &Curve(RetryCurve::standard()),
        can_be_asked: false,
        search_lag: Duration::ZERO,
        connection_is_down: false,
        now: NOW,
        chance: 0.5,
    };
    let (until, reason) = (after(NOW, Duration::from_secs(30)), || "held back".to_owned());
    let own = held.steps[&path].work.via().cloned();
    let waits_for = |outcome: Outcome| {
        let commands = conclude(&attempt, outcome);
        let [Command::Write(_), Command::Send { via, not_before, .. }, Command::Ack] =
            &commands[..]
        else {
            panic!("{commands:?}")
        };
        assert_eq!(*not_before, Some(until));
        via.clone()
    };
    assert_eq!(waits_for(Outcome::HeldBack(until, reason())), own);
    let read = Outcome::ReadHeldBack("shop".into(), until, reason());
    assert_eq!(waits_for(read), Some("shop".into()));
}

#[test]
fn a_wait_that_the_other_side_asked_for_is_kept_while_it_is_down() {
    let path = StepPath::from("mail");
    let held = claimed(&run("mail"), &path);
    let attempt = EndedAttempt {
        run: &held,
        path: &path,
        flow: &Curve(RetryCurve::standard()),
        can_be_asked: false,
        search_lag: Duration::ZERO,
        connection_is_down: true,
        now: NOW,
        chance: 0.5,
    };
    let wait = Duration::from_secs(600);
    let outcome = Outcome::Error(ActionError::not_now("busy", Some(wait)));
    let commands = conclude(&attempt, outcome);
    let Command::Write(Write { change: Change::Retry { next_at, spent, .. }, .. }) = &commands[0]
    else {
        panic!("{commands:?}")
    };
    assert_eq!((*next_at, *spent), (after(NOW, wait), true));
}

#[test]
fn a_try_that_does_not_count_keeps_the_key_of_one_that_may_have_arrived() {
    let path = StepPath::from("mail");
    let mut held = claimed(&run("mail"), &path);
    let step = held.steps.get_mut(&path).unwrap();
    step.work.action_mut().unwrap().class = EffectClass::Keyed;
    step.attempts = 2;
    step.tried.push(Tried { at: NOW, reason: "refused".to_owned() });
    let attempt = EndedAttempt {
        run: &held,
        path: &path,
        flow: &Curve(RetryCurve::standard()),
        can_be_asked: false,
        search_lag: Duration::ZERO,
        connection_is_down: true,
        now: NOW,
        chance: 0.5,
    };
    let commands = conclude(&attempt, Outcome::Error(ActionError::unknown("no answer")));
    let Command::Write(write) = &commands[0] else { panic!("{commands:?}") };
    let run = write.apply(Some(&held)).unwrap();
    let step = &run.steps[&path];
    assert_eq!((step.attempts, step.tried.len(), step.key_at), (1, 1, Some(NOW)));
}
