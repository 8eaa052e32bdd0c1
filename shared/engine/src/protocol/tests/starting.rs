//! How a run begins.

use super::*;
use crate::events::{EVENT_VERSION_PLAIN, Event};
use serde_json::{Map, Value};

/// A workflow whose only step is needed, or not.
struct One(bool);

fn plan() -> StepPlan {
    StepPlan {
        path: "mail".into(),
        work: StepWork::Action(ActionWork {
            action: "email.send".into(),
            provider: "sendgrid".into(),
            class: EffectClass::Neither,
            on_unknown: OnUnknown::Hold,
            via: None,
            identity: None,
        }),
    }
}

impl Flow for One {
    fn beginning(&self, _: &Run, _: Timestamp) -> Advance {
        if self.0 {
            return Advance::to(Next::Step(plan()));
        }
        Advance {
            ended_items: Vec::new(),
            passed: vec![Passed::Skipped(plan(), "its `if` does not hold".to_owned())],
            next: Next::End,
        }
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
        RetryCurve::standard()
    }
}

fn begun(is_needed: bool, by_a_run: bool) -> Run {
    let event = Event {
        v: EVENT_VERSION_PLAIN,
        id: "evt_1".into(),
        name: "order.placed".to_owned(),
        connection: None,
        provider: None,
        topic: None,
        accepted_at: NOW,
        notes: Vec::new(),
        revision: None,
        test: false,
        data: Map::new(),
        raw: None,
        run: by_a_run.then(|| "run_before".into()),
        emitted: None,
    };
    let (key, input) = ("1".to_owned(), Value::Null);
    let workflow = &"shop".into();
    let new = NewRun { workflow, version: 1, event: &event, key, generation: 0, input };
    new_run(new, &One(is_needed), NOW)
}

fn announced(commands: &[Command]) -> Vec<String> {
    let events = commands.iter().filter_map(|command| match command {
        Command::Publish(event) => Some(event.id.0.clone()),
        _ => None,
    });
    events.collect()
}

#[test]
fn a_run_with_nothing_to_do_has_succeeded_and_is_announced() {
    let run = begun(false, false);
    assert_eq!((run.state, run.ended_at, run.check_at), (RunState::Succeeded, Some(NOW), None));
    assert_eq!(run.steps[&"mail".into()].state, StepState::Skipped);
    let commands = start(run.clone());
    assert!(matches!(commands[0], Command::Write(_)), "{commands:?}");
    let id = format!("{}.0.succeeded", run.id);
    assert_eq!(announced(&commands), [id.as_str()]);
    assert_eq!(announced(&on_existing(&run)), [id.as_str()], "its creator may have stopped");
}

#[test]
fn a_run_that_was_started_by_a_run_tells_nobody() {
    assert_eq!(announced(&start(begun(false, true))), [""; 0]);
}

#[test]
fn a_run_that_did_something_is_announced_by_its_last_step() {
    let run = begun(true, false);
    let commands = start(run.clone());
    assert!(matches!(commands[..], [Command::Write(_), Command::Send { .. }]), "{commands:?}");
    let held = claimed(&run, &"mail".into());
    let change = Change::Complete {
        path: "mail".into(),
        fence: 1,
        now: NOW,
        output: Some(Value::Null),
        skipped: None,
        advance: Advance::to(Next::End),
    };
    let done = Write { run: run.id, change }.apply(Some(&held)).unwrap();
    assert_eq!(done.state, RunState::Succeeded);
    assert_eq!(announced(&on_existing(&done)), [""; 0]);
}
