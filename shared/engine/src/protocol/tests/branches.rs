//! Branches of loops that begin, or cannot.

use super::*;
use crate::protocol::{
    BranchWake, cancelled_branch, emission, is_to_be_told, on_branch, record_branch, reported,
    unfit_branch,
};
use crate::protocol::{NewEvent, NotEmitted, replay};
use crate::runs::{FlowKind, Items, RUN_VERSION_BRANCH};
use serde_json::Map;

/// A run that has come to a loop of four items, in two branches.
fn looping() -> Run {
    let plan = StepPlan { path: "each".into(), work: StepWork::flow(FlowKind::ForEach) };
    let step = StepRecord::looping(&plan, Items::begin(4, 2, 1, HOPS_MAX));
    Run { steps: BTreeMap::from([(plan.path, step)]), ..run("each") }
}

fn second() -> BranchWake {
    BranchWake { step: "each".into(), number: 1 }
}

#[test]
fn a_branch_whose_items_cannot_be_had_is_one_failure_that_everybody_hears_of() {
    let run = looping();
    let reason = "for_each.items: gives 3 items, and gave 4 before".to_owned();
    let commands = unfit_branch(&run, &second(), reason.clone(), NOW).unwrap();
    let [
        Command::Write(begin),
        Command::DeadLetter { wake: letter, .. },
        Command::Write(Write { change: Change::DeadLettered { .. }, .. }),
        Command::Send { wake: told, .. },
    ] = &commands[..]
    else {
        panic!("{commands:?}")
    };
    let branch = begin.apply(None).unwrap();
    assert_eq!((branch.state, branch.id.as_str()), (RunState::Failed, begin.run.as_str()));
    let failure = branch.failure.as_ref().unwrap();
    assert_eq!((failure.step.as_str(), &failure.reason), ("each[2]", &reason));
    assert_eq!((&letter.run, &letter.path), (&branch.id, &failure.step));
    assert_eq!((&told.run, told.path.as_str()), (&run.id, "each/1"));
    assert_eq!(begin.apply(Some(&branch)), Err(Refused), "a second message makes no second letter");
    // Nothing is done for an item that nobody knows.
    let nobody = Doers { key_window: None, has_moved: false, can_be_asked: false };
    assert!(!is_resolvable(&branch, nobody));
    assert!(replay(&branch, nobody, false, NOW).is_ok(), "it says the same again");
}

#[test]
fn a_branch_emits_what_its_run_would_and_announces_nothing() {
    let of = |run: &Run| cancelled_branch(run, &second(), NOW).unwrap();
    let emit = |branch: &Run| {
        let new =
            NewEvent { name: "custom.a".to_owned(), key: None, data: Map::new(), revision: 1 };
        emission(branch, &"each[2].tell".into(), new, NOW).map(|event| event.id)
    };
    let loud = of(&looping());
    assert_eq!((loud.v, loud.quiet), (RUN_VERSION_BRANCH, false));
    assert!(emit(&loud).is_ok());
    let quiet = of(&Run { quiet: true, ..looping() });
    assert_eq!(emit(&quiet), Err(NotEmitted::Quiet));
    let earlier = Run { v: 3, ..quiet };
    assert_eq!(emit(&earlier), emit(&loud), "before, every branch was quiet");
    let ended = Run { state: RunState::Succeeded, ..loud };
    let commands = sweep(&Run { check_at: Some(NOW), ..ended }, NOW);
    assert!(!commands.iter().any(|one| matches!(one, Command::Publish(_))), "{commands:?}");
}

/// A workflow that goes on without the loop.
struct GoesOn;

impl Flow for GoesOn {
    fn beginning(&self, _: &Run, _: Timestamp) -> Advance {
        Advance::to(Next::End)
    }

    fn advance(&self, _: &Run, _: &StepPath, _: Ended<'_>, _: Timestamp) -> Advance {
        Advance::to(Next::End)
    }

    fn continues_on_error(&self, path: &StepPath) -> bool {
        path.as_str() == "each"
    }

    fn first_on_failure(&self) -> Option<StepPlan> {
        None
    }

    fn retry_curve(&self, _: &StepPath) -> RetryCurve {
        RetryCurve::standard()
    }
}

/// The record after the first of these commands.
fn written(commands: &[Command], before: Option<&Run>) -> Run {
    let Some(Command::Write(write)) = commands.first() else { panic!("{commands:?}") };
    write.apply(before).unwrap()
}

/// A run that gave its loop up for the second branch, which is the last that is open, and that branch.
fn given_up() -> (Run, Run) {
    let mut run = looping();
    let items = run.steps.get_mut(&"each".into()).unwrap().work.items_mut().unwrap();
    items.open.remove(&0);
    items.done = 2;
    let branch = written(&unfit_branch(&run, &second(), "bad".to_owned(), NOW).unwrap(), None);
    (written(&record_branch(&run, &branch, &GoesOn, NOW).unwrap(), Some(&run)), branch)
}

#[test]
fn that_a_branch_stopped_is_heard_once_and_its_end_ends_the_loop_that_is_given_up() {
    let (run, branch) = given_up();
    assert_eq!(run.state, RunState::Active, "the branch is cancelled first");
    assert_eq!(record_branch(&run, &branch, &GoesOn, NOW), None, "a message that came again");
    let cancelled =
        written(&on_branch(&run, &second(), Some(&branch), NOW).unwrap(), Some(&branch));
    assert_eq!(cancelled.state, RunState::Cancelled);
    let ended = written(&record_branch(&run, &cancelled, &GoesOn, NOW).unwrap(), Some(&run));
    assert_eq!(ended.state, RunState::Succeeded);
}

#[test]
fn a_branch_is_told_of_while_it_is_waited_for_whatever_was_noted_late() {
    let (run, branch) = given_up();
    let cancelled =
        written(&on_branch(&run, &second(), Some(&branch), NOW).unwrap(), Some(&branch));
    // Whoever told that it stopped notes that now; and who cancelled it died.
    let noted = written(&reported(&branch), Some(&cancelled));
    assert!(!noted.owes_report() && is_to_be_told(&run, &noted));
    let ended = written(&record_branch(&run, &noted, &GoesOn, NOW).unwrap(), Some(&run));
    assert!(!is_to_be_told(&ended, &noted), "it is known");
}

/// A branch that stands at a loop of its own and has stopped with that, as the record above knows; and the branch
/// within it that stopped it.
fn stopped_within() -> (Run, Run) {
    let of = cancelled_branch(&looping(), &second(), NOW).unwrap();
    let plan = StepPlan { path: within().step, work: StepWork::flow(FlowKind::ForEach) };
    let step = StepRecord::looping(&plan, Items::begin(1, 1, 1, HOPS_MAX));
    let steps = BTreeMap::from([(plan.path, step)]);
    let branch = Run { state: RunState::Active, ended_at: None, steps, ..of };
    let inner = written(&unfit_branch(&branch, &within(), "bad".to_owned(), NOW).unwrap(), None);
    let stopped = written(&record_branch(&branch, &inner, &GoesOn, NOW).unwrap(), Some(&branch));
    assert_eq!(stopped.state, RunState::Failed);
    let change = Change::DeadLettered { resumed: 0 };
    let stopped = Write { run: stopped.id.clone(), change }.apply(Some(&stopped)).unwrap();
    let told = written(&reported(&stopped), Some(&stopped));
    assert_eq!(told.check_at, None, "a person has to see it");
    (told, inner)
}

fn within() -> BranchWake {
    BranchWake { step: "each[2].within".into(), number: 0 }
}

/// For whom these commands ask.
fn asked(commands: &[Command]) -> Vec<(&str, &str)> {
    let sent = commands.iter().filter_map(|command| match command {
        Command::Send { wake, .. } => Some((wake.run.as_str(), wake.path.as_str())),
        _ => None,
    });
    sent.collect()
}

#[test]
fn a_branch_that_is_cancelled_asks_for_those_within_it_until_they_are_heard_of() {
    let (branch, inner) = stopped_within();
    let run = Run { state: RunState::Cancelled, ..looping() };
    let cancelled =
        written(&on_branch(&run, &second(), Some(&branch), NOW).unwrap(), Some(&branch));
    // Whoever cancelled it died before anything was sent; the message comes again.
    let path = within().path();
    let inner_one = [(cancelled.id.as_str(), path.as_str())];
    let again = on_branch(&run, &second(), Some(&cancelled), NOW).unwrap();
    assert_eq!(asked(&again), inner_one);
    // The run hears of it, and that message is lost as well.
    let told = written(&reported(&cancelled), Some(&cancelled));
    let check_at = told.check_at.expect("one within it is still to be cancelled");
    assert_eq!(asked(&sweep(&told, check_at)), inner_one);
    // Once that is over, nobody has to look any more.
    let inner = written(&on_branch(&told, &within(), Some(&inner), NOW).unwrap(), Some(&inner));
    assert_eq!(inner.state, RunState::Cancelled);
    let heard = written(&record_branch(&told, &inner, &GoesOn, NOW).unwrap(), Some(&told));
    assert_eq!(heard.check_at, None);
}
