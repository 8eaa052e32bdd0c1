//! Writes that were made, and whose answers never came.

use super::*;
use serde_json::json;

fn claim_by(id: &str, run: &Run) -> Write {
    claim(&WakeUp::new(&run.id, &"mail".into()), &id.into(), NOW, Times::STANDARD)
}

#[test]
fn a_worker_knows_its_own_claim_again() {
    let run = run("mail");
    let mine = claim_by("mine", &run);
    let held = mine.apply(Some(&run)).unwrap();
    assert_eq!(mine.apply(Some(&held)).as_ref(), Ok(&held), "nothing is counted twice");
    assert!(claim_by("another's", &run).apply(Some(&held)).is_err());
}

#[test]
fn a_claim_is_known_again_only_while_it_holds() {
    let run = run("mail");
    let mine = claim_by("mine", &run);
    let held = mine.apply(Some(&run)).unwrap();
    let path = StepPath::from("mail");
    let at = after(NOW, Duration::from_secs(15));
    let [Command::Write(write), ..] = &give_back(&held, &path, NOW, at)[..] else { panic!() };
    assert!(mine.apply(Some(&write.apply(Some(&held)).unwrap())).is_err());

    // A program that does not know of such ids leaves an old one where it is.
    let mut by_another = held;
    let step = by_another.steps.get_mut(&path).unwrap();
    (step.fence, step.claimed_at) = (2, Some(at));
    assert!(mine.apply(Some(&by_another)).is_err());
}

#[test]
fn a_claim_that_ended_while_its_refusal_was_looked_at_is_taken_over_where_the_step_may_be_repeated()
{
    let path = StepPath::from("mail");
    let looked_at_late = |class| {
        let mut run = run("mail");
        run.steps.get_mut(&path).unwrap().work.action_mut().unwrap().class = class;
        let held = claim_by("mine", &run).apply(Some(&run)).unwrap();
        assert!(claim_by("another's", &run).apply(Some(&held)).is_err());
        let (wake, late) = (WakeUp::new(&run.id, &path), after(NOW, Duration::from_secs(600)));
        on_refused(Some(&held), &wake, &"another's".into(), late, Times::STANDARD, 0.5)
    };
    let again = Arrival::Do(vec![Command::ShowAgain(Duration::ZERO)]);
    assert_eq!(looked_at_late(EffectClass::Keyed), again);
    assert_eq!(looked_at_late(EffectClass::Natural), again);
    assert_ne!(looked_at_late(EffectClass::Neither), again, "a person is to look at that");
}

#[test]
fn an_outcome_that_was_recorded_is_known_whatever_became_of_the_run() {
    let run = run("mail");
    let held = claim_by("mine", &run).apply(Some(&run)).unwrap();
    let path = StepPath::from("mail");
    let complete = |output: &str| Write {
        run: held.id.clone(),
        change: Change::Complete {
            path: path.clone(),
            fence: 1,
            now: NOW,
            output: Some(json!(output)),
            skipped: None,
            advance: Advance::to(Next::End),
        },
    };
    let mine = complete("sent");
    let recorded = mine.apply(Some(&held)).unwrap();
    assert!(mine.apply(Some(&recorded)).is_err());
    assert!(mine.was_made(Some(&held), &recorded));
    let swept = Run { check_at: Some(NOW), ..recorded };
    assert!(mine.was_made(Some(&held), &swept));
    assert!(!complete("sent by another").was_made(Some(&held), &swept));
    assert!(!mine.was_made(Some(&held), &held), "nothing is recorded yet");
}
