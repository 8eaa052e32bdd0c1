//! Held events whose records, data or workflows are not what they were when they came.

use super::holding::{
    BATCHED, DEBOUNCED, Ending, MINUTE, apply_version, done, ending_ports, stand,
};
use super::*;
use crate::dispatch::release::look_after_hold;
use serde_json::json;
use std::sync::Mutex;
use tradewind_engine::definitions::ProviderFile;
use tradewind_engine::holds::HoldKey;
use tradewind_engine::ids::ProviderId;
use tradewind_engine::ports::{DeadLetters, Events, Holds};
use tradewind_engine::protocol::Command;

/// Definitions whose versions are gone for a time.
struct Lost {
    memory: Arc<Memory>,
    are_lost: AtomicBool,
}

#[async_trait]
impl Definitions for Lost {
    async fn current(&self) -> Result<Current, Unavailable> {
        self.memory.current().await
    }

    async fn version(
        &self,
        workflow: &WorkflowId,
        version: u32,
    ) -> Result<Option<WorkflowVersion>, Unavailable> {
        if self.are_lost.load(Ordering::Relaxed) {
            return Ok(None);
        }
        Definitions::version(&*self.memory, workflow, version).await
    }

    async fn provider_file(
        &self,
        provider: &ProviderId,
        digest: &str,
    ) -> Result<Option<ProviderFile>, Unavailable> {
        self.memory.provider_file(provider, digest).await
    }

    async fn change(&self, change: &DefinitionsChange) -> Result<bool, Unavailable> {
        self.memory.change(change).await
    }
}

fn look_after(stand: &Stand, key: &HoldKey) -> Result<Handled, Unavailable> {
    let receipt = Receipt("f".to_owned());
    let looked = look_after_hold(&stand.ports, &*stand.memory, &receipt, key);
    looked.now_or_never().expect("nothing waits in here")
}

fn key_of_hold(stand: &Stand) -> HoldKey {
    stand.memory.all_holds().pop().unwrap().key
}

fn is_removed(verdict: &Verdict) -> bool {
    matches!(&verdict.decision, Decision::Error(why) if why.contains("was removed"))
}

#[test]
fn an_event_with_an_error_that_is_recorded_late_is_not_held_again() {
    let stand = stand(DEBOUNCED);
    let event = stand.numbered("evt_1", "a", 1);
    stand.dispatch(&event).unwrap();
    let mut late = done(Events::read(&*stand.memory, &"evt_1".into())).unwrap();
    let (workflow, decision) = ("other".into(), Decision::Error("if: no".to_owned()));
    late.verdicts.push(Verdict { workflow, version: 1, decision });
    // It has an error, so that it makes way for the next.
    stand.memory.put_event(late.clone());
    stand.pass(MINUTE * 2);
    stand.flow();
    // Decided before its hold ended, and recorded after that.
    let recorded = commit(&stand.ports, None, &[Command::Record(late)]).now_or_never();
    assert!(recorded.unwrap().is_ok());
    stand.dispatch(&event).unwrap();
    stand.pass(MINUTE * 2);
    stand.flow();
    assert_eq!((stand.runs().len(), stand.memory.all_holds()), (1, Vec::new()));
}

#[test]
fn an_event_whose_data_was_removed_is_in_no_run_and_says_so() {
    for (source, others) in [(DEBOUNCED, true), (DEBOUNCED, false), (BATCHED, true)] {
        let stand = stand(source);
        if others {
            stand.dispatch(&stand.numbered("evt_1", "a", 1)).unwrap();
        }
        let mut removed = done_record(&stand, "evt_2");
        removed.redact(stand.clock.now());
        stand.memory.put_event(removed);
        stand.pass(MINUTE * 2);
        stand.flow();
        let taken: Vec<String> = stand.inputs().into_iter().map(|(event, _)| event).collect();
        assert_eq!(taken, if others { vec!["evt_1"] } else { Vec::new() });
        let record = done(Events::read(&*stand.memory, &"evt_2".into())).unwrap();
        assert!(is_removed(&record.verdicts[0]), "{:?}", record.verdicts);
        assert_eq!(stand.memory.all_holds(), []);
    }
}

/// What is recorded of an event that has come.
fn done_record(stand: &Stand, id: &str) -> EventRecord {
    stand.pass(MINUTE / 60);
    stand.dispatch(&stand.numbered(id, "a", 2)).unwrap();
    done(Events::read(&*stand.memory, &id.into())).unwrap()
}

#[test]
fn what_cannot_be_held_any_more_is_not_dropped_without_a_word() {
    let stand = stand(DEBOUNCED);
    let event = stand.numbered("evt_1", "a", 1);
    let (workflow, decision) = ("w".into(), Decision::Error("key: no".to_owned()));
    let verdicts = vec![Verdict { workflow, version: 1, decision }];
    let mut removed = EventRecord { event: event.clone(), verdicts, redacted_at: None };
    removed.redact(stand.clock.now());
    stand.memory.put_event(removed);
    let handled = stand.dispatch(&event).unwrap();
    assert!(matches!(handled, Handled::GiveUp(why) if why.contains("was removed")));
}

#[test]
fn a_hold_whose_run_cannot_start_is_a_letter_until_it_has_started() {
    let stand = stand(DEBOUNCED);
    stand.dispatch(&stand.numbered("evt_1", "a", 1)).unwrap();
    let key = key_of_hold(&stand);
    let definitions =
        Arc::new(Lost { memory: stand.memory.clone(), are_lost: AtomicBool::new(true) });
    let clock = Arc::new(stand.clock.clone());
    let deployed = Arc::new(Deployed::new(definitions.clone(), clock, CURRENT_FOR));
    let stand = Stand { ports: Dispatching { deployed, ..stand.ports }, ..stand };
    stand.pass(MINUTE * 2);
    assert!(look_after(&stand, &key).is_err(), "the store may be away for a moment");
    stand.pass(MINUTE * 15);
    let Ok(Handled::GiveUp(why)) = look_after(&stand, &key) else { panic!("nobody is told") };
    assert!(why.contains("workflow w: the run of 1 held events"), "{why}");
    let message = || stand.memory.receive("flow", 1, MINUTE, stand.clock.now()).pop();
    stand.memory.give_up(&message().unwrap(), &why);
    let letters = || done(DeadLetters::list(&*stand.memory, 10)).len();
    assert_eq!(letters(), 1);
    definitions.are_lost.store(false, Ordering::Relaxed);
    assert_eq!(look_after(&stand, &key), Ok(Handled::Settled));
    assert_eq!((letters(), stand.runs().len()), (0, 1));
    assert_eq!(done(stand.memory.hold(&key)), None);
}

#[test]
fn an_event_on_which_a_run_has_begun_is_not_held_by_a_version_that_came_meanwhile() {
    for after in [false, true] {
        for at in 0..4 {
            let stand = stand(SOURCE);
            let event = stand.numbered("evt_1", "a", 1);
            let ending =
                Arc::new(Ending { memory: stand.memory.clone(), left: Mutex::new(at), after });
            let ports = ending_ports(&stand, ending);
            let body = serde_json::to_string(&event).unwrap();
            let has_ended = dispatch(&ports, &Receipt("m".to_owned()), &body).now_or_never();
            let had_begun = stand.runs().len();
            apply_version(&stand, DEBOUNCED, 2, true, false);
            stand.dispatch(&event).unwrap();
            stand.pass(MINUTE * 2);
            stand.flow();
            let what = format!("{at} {after}: {had_begun} {}", has_ended.is_none());
            assert_eq!(
                (stand.runs().len(), stand.said("evt_1")),
                (1, vec!["run".to_owned()]),
                "{what}"
            );
            let version = stand.runs()[0].version;
            assert_eq!(version, if had_begun == 1 { 1 } else { 2 }, "{what}");
        }
    }
}

#[test]
fn a_batch_takes_events_by_one_version_alone() {
    let stand = stand(BATCHED);
    stand.dispatch(&stand.numbered("evt_1", "a", 1)).unwrap();
    stand.dispatch(&stand.numbered("evt_2", "a", 2)).unwrap();
    let source = BATCHED.replace("one.order.number", "one.order.note");
    apply_version(&stand, &source, 2, true, false);
    stand.pass(MINUTE / 60);
    stand.dispatch(&stand.numbered("evt_3", "a", 3)).unwrap();
    // The first are a run at once: what a later version needs of them was not counted.
    let number = |number: u32| json!({ "order": { "number": number } });
    let first = ("evt_2".to_owned(), json!({ "events": [number(1), number(2)] }));
    assert_eq!(stand.inputs(), [first]);
    stand.pass(MINUTE * 2);
    stand.flow();
    let runs = stand.runs();
    let second = runs.iter().find(|run| run.version == 2).unwrap();
    assert_eq!(second.input, json!({ "events": [{ "order": { "note": "not asked for" } }] }));
    assert_eq!(runs.len(), 2);
}

#[test]
fn an_event_of_before_a_workflow_stopped_holding_is_not_started_beside_its_hold() {
    let stand = stand(DEBOUNCED);
    let event = stand.numbered("evt_1", "a", 1);
    stand.dispatch(&event).unwrap();
    apply_version(&stand, SOURCE, 2, true, false);
    let current = done(stand.ports.deployed.current());
    let ask = || {
        let again = again(&stand.ports, &*stand.memory, &event, &current.workflows[0]);
        again.now_or_never().unwrap()
    };
    assert!(matches!(ask(), Err(NotStarted::Invalid(why)) if why.contains("is held until")));
    stand.pass(MINUTE * 2);
    stand.flow();
    let run = stand.runs().remove(0).id;
    assert_eq!(ask(), Err(NotStarted::StillRunning(run)));
}

const EACH: &str = "
trigger: { event: order.placed, from: shop }
steps:
  - { id: do, uses: thing.do, via: shop, with: { text: \"${{ trigger.order.number }}\" } }
";

#[test]
fn what_is_begun_when_an_event_comes_again_is_told_although_it_was_no_match_before() {
    let said_no = ["NoMatch(\"the workflow is disabled\")".to_owned()];
    for (source, said) in [(EACH, "run"), (DEBOUNCED, "held")] {
        let stand = Stand::new();
        apply_version(&stand, source, 1, false, false);
        let first = stand.numbered("evt_1", "a", 1);
        assert_eq!(stand.dispatch(&first), Ok(Handled::Settled));
        assert_eq!(stand.said("evt_1"), said_no);
        apply_version(&stand, source, 2, true, false);
        stand.pass(MINUTE);
        let again = stand.numbered("evt_1", "a", 1);
        assert_eq!(stand.dispatch(&again), Ok(Handled::Settled), "nobody has to see to it");
        assert_eq!(stand.said("evt_1"), [said]);
        let record = done(Events::read(&*stand.memory, &"evt_1".into())).unwrap();
        assert_eq!(record.event.accepted_at, first.accepted_at, "it is as old as it was");
        stand.pass(MINUTE * 2);
        stand.flow();
        assert_eq!((stand.runs().len(), stand.said("evt_1")), (1, vec!["run".to_owned()]));
        // What has begun stays, whatever is said later.
        apply_version(&stand, source, 3, false, false);
        assert_eq!(stand.dispatch(&again), Ok(Handled::Settled));
        assert_eq!((stand.runs().len(), stand.said("evt_1")), (1, vec!["run".to_owned()]));
    }
}
