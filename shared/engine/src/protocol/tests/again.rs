//! Taking a run up again that stopped at a step which may have happened.

use super::*;
use crate::effects::ActionError;
use crate::runs::FailureKind;
use serde_json::json;

/// One step, which the provider can be asked about, and so many tries.
struct Asked(u32);

impl Flow for Asked {
    fn beginning(&self, _: &Run, _: Timestamp) -> Advance {
        Advance::to(Next::End)
    }

    fn advance(&self, run: &Run, _: &StepPath, _: Ended<'_>, now: Timestamp) -> Advance {
        self.beginning(run, now)
    }

    fn continues_on_error(&self, _: &StepPath) -> bool {
        false
    }

    fn first_on_failure(&self) -> Option<StepPlan> {
        None
    }

    fn retry_curve(&self, _: &StepPath) -> RetryCurve {
        RetryCurve::scaled(self.0, None)
    }
}

const HERE: Doers = Doers { key_window: None, has_moved: false, can_be_asked: true };
const MOVED: Doers = Doers { key_window: None, has_moved: true, can_be_asked: false };

/// Carries out the writes among the commands.
fn carried_out(run: &Run, commands: &[Command]) -> Run {
    commands.iter().fold(run.clone(), |run, command| match command {
        Command::Write(write) => write.apply(Some(&run)).unwrap(),
        _ => run,
    })
}

fn ended(run: &Run, tries: u32, outcome: Outcome) -> Run {
    let path = StepPath::from("mail");
    let attempt = EndedAttempt {
        run,
        path: &path,
        flow: &Asked(tries),
        can_be_asked: true,
        search_lag: Duration::ZERO,
        connection_is_down: false,
        now: NOW,
        chance: 0.5,
    };
    carried_out(run, &conclude(&attempt, outcome))
}

fn question(run: &Run) -> Run {
    let (path, lease_until) = (StepPath::from("mail"), after(NOW, Times::STANDARD.lease));
    let change = Change::ClaimQuestion { id: "ask".into(), path, now: NOW, lease_until };
    Write { run: run.id.clone(), change }.apply(Some(run)).unwrap()
}

/// Its answer was lost, and the provider could not tell what became of it.
fn parked(class: EffectClass, tries: u32) -> Run {
    let path = StepPath::from("mail");
    let mut run = run("mail");
    run.steps.get_mut(&path).unwrap().work.action_mut().unwrap().class = class;
    let lost = ended(&claimed(&run, &path), tries, Outcome::Error(ActionError::unknown("lost")));
    let mut asking = question(&lost);
    asking.steps.get_mut(&path).unwrap().asked = ASKS_MAX;
    let parked = ended(&asking, tries, Outcome::CannotTell("it does not answer".to_owned()));
    assert_eq!(parked.state, RunState::Parked);
    parked
}

#[test]
fn what_did_not_happen_is_tried_when_its_run_is_taken_up_again() {
    for tries in [1, 2, 14] {
        let parked = parked(EffectClass::Queryable, tries);
        let by_person = carried_out(&parked, &replay(&parked, HERE, false, NOW).unwrap());
        let letter = letter(&parked).unwrap();
        let by_letter = carried_out(&parked, &redriven(&parked, &letter, HERE, NOW));
        for taken_up in [by_person, by_letter] {
            let asked = ended(&question(&taken_up), tries, Outcome::DidNot);
            let step = &asked.steps[&"mail".into()];
            assert_eq!((asked.state, step.state), (RunState::Active, StepState::Retry), "{tries}");
            assert_eq!(step.next_at, Some(NOW), "the first try is due at once");
            let tried = claimed(&asked, &"mail".into());
            let done = ended(&tried, tries, Outcome::Done(json!("sent")));
            assert_eq!(done.state, RunState::Succeeded);
        }
    }
}

#[test]
fn what_was_tried_at_a_provider_that_cannot_be_asked_any_more_is_for_a_person_to_say() {
    let parked = parked(EffectClass::Queryable, 14);
    let path = StepPath::from("mail");
    let objection = Objection::NeedsResolving(path.clone());
    assert_eq!(replay(&parked, MOVED, false, NOW), Err(objection.clone()));
    for way in ["--happened", "--did-not", "--skip"] {
        assert!(objection.to_string().contains(way), "{objection}");
    }
    let letter = letter(&parked).unwrap();
    let commands = redriven(&parked, &letter, MOVED, NOW);
    let [Command::DeadLetter { .. }, Command::Ack] = &commands[..] else { panic!("{commands:?}") };
    let resolution = Resolution::Happened(json!("sent"));
    let resolved = resolve(&parked, MOVED, &path, resolution, &Asked(14), NOW).unwrap();
    assert_eq!(carried_out(&parked, &resolved).state, RunState::Succeeded);
}

#[test]
fn a_failed_step_that_may_have_happened_elsewhere_is_not_done_again_without_a_word() {
    let path = StepPath::from("mail");
    let mut run = claimed(&run("mail"), &path);
    let step = run.steps.get_mut(&path).unwrap();
    step.key_at = Some(crate::time::before(NOW, Duration::from_secs(60)));
    let failed = ended(&run, 14, Outcome::Error(ActionError::refused("no such address")));
    assert_eq!(failed.failure.as_ref().unwrap().kind, FailureKind::Failed);
    let refused = replay(&failed, MOVED, false, NOW).unwrap_err();
    assert_eq!(refused, Objection::OtherProvider(path.clone(), "sendgrid".into()));
    assert!(replay(&failed, MOVED, true, NOW).is_ok(), "a second effect is accepted");
    assert!(replay(&failed, HERE, false, NOW).is_ok());
    let skipped = resolve(&failed, MOVED, &path, Resolution::Skip, &Asked(14), NOW).unwrap();
    assert_eq!(carried_out(&failed, &skipped).state, RunState::Succeeded);
}

#[test]
fn a_failed_run_without_a_doubt_is_not_resolved() {
    let path = StepPath::from("mail");
    let refused = Outcome::Error(ActionError::refused("no such address"));
    let failed = ended(&claimed(&run("mail"), &path), 14, refused);
    let resolved = resolve(&failed, MOVED, &path, Resolution::Skip, &Asked(14), NOW);
    assert_eq!(resolved, Err(Objection::NotParked));
}

#[test]
fn who_names_another_step_than_that_of_the_item_is_told_which_one_it_is() {
    let path = StepPath::from("mail");
    let refused = Outcome::Error(ActionError::refused("no such address"));
    let mut failed = ended(&claimed(&run("mail"), &path), 14, refused);
    // The branch of the item has the record of that step.
    let stopped_at = StepPath::from("each[1].mail");
    failed.failure.as_mut().unwrap().step = stopped_at.clone();
    let resolved = resolve(&failed, HERE, &path, Resolution::Skip, &Asked(14), NOW);
    assert_eq!(resolved, Err(Objection::OtherStep(stopped_at)));
}
