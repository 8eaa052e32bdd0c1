//! Events that are held, and the run that they become.

use super::cancelling::plan;
use super::*;
use crate::dispatch::release::look_after_hold;
use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::Duration;
use tradewind_engine::definitions::version_form;
use tradewind_engine::events::Verdict;
use tradewind_engine::holds::{Hold, HoldKey};
use tradewind_engine::ports::{Holds, Interrupted, Journal, Place};
use tradewind_engine::protocol::{Command, Committed, WakeUp};
use tradewind_engine::queues::FLOW_QUEUE;
use tradewind_engine::runs::Run;
use tradewind_engine::workflows::Workflow;

pub(super) const MINUTE: Duration = Duration::from_secs(60);

pub(super) const DEBOUNCED: &str = "
trigger: { event: order.placed, from: shop }
debounce: { key: \"${{ trigger.order.id }}\", for: 2m }
steps:
  - { id: do, uses: thing.do, via: shop, with: { text: \"${{ trigger.order.number }}\" } }
";

pub(super) const BATCHED: &str = "
trigger: { event: order.placed, from: shop }
batch: { for: 2m, max: 3 }
steps:
  - id: each
    for_each: { items: \"${{ trigger.events }}\", as: one }
    steps:
      - { id: do, uses: thing.do, via: shop, with: { text: \"${{ one.order.number }}\" } }
";

pub(super) fn apply_version(
    stand: &Stand,
    source: &str,
    version: u32,
    enabled: bool,
    deleted: bool,
) {
    let (id, now): (WorkflowId, _) = ("w".into(), stand.clock.now());
    let v = version_form(&Workflow::parse(&id, source).unwrap(), &[]);
    let source = source.to_owned();
    let steps = if source.contains("batch:") { Vec::new() } else { vec![plan()] };
    let stored = WorkflowVersion { v, id: id.clone(), version, source, steps, applied_at: now };
    let from = done(stand.memory.current()).revision;
    let head = WorkflowHead {
        schedule: None,
        id,
        version,
        event: "order.placed".to_owned(),
        from: None,
        enabled,
        enabled_at: before(now, MINUTE),
        enabled_in: Some(1),
        paused: false,
        deleted,
        v: DEFINITIONS_VERSION,
        listens: Vec::new(),
        holds: true,
    };
    let change = DefinitionsChange {
        from_revision: from,
        heads: vec![head],
        versions: vec![stored],
        ..DefinitionsChange::default()
    };
    assert!(done(stand.memory.change(&change)));
    stand.ports.deployed.refresh();
}

pub(super) fn done<T>(work: impl Future<Output = Result<T, Unavailable>>) -> T {
    work.now_or_never().expect("nothing waits in here").unwrap()
}

pub(super) fn stand(source: &str) -> Stand {
    let stand = Stand::new();
    apply_version(&stand, source, 1, true, false);
    stand
}

impl Stand {
    /// An event of an order, with a number of its own.
    pub(super) fn numbered(&self, id: &str, order: &str, number: u32) -> Event {
        let data = json!({ "order": { "id": order, "number": number, "note": "not asked for" } });
        let data = data.as_object().unwrap().clone();
        Event { data, ..event(id, self.clock.now(), Some(100)) }
    }

    /// What became of an event in the end, in a word or two.
    pub(super) fn said(&self, event: &str) -> Vec<String> {
        let record = done(Events::read(&*self.memory, &event.into())).unwrap();
        let said = record.verdicts.iter().map(|verdict| match &verdict.decision {
            Decision::Run(_) => "run".to_owned(),
            Decision::Held(_) => "held".to_owned(),
            Decision::Folded(folding) => format!("folded into {}", folding.into),
            other => format!("{other:?}"),
        });
        said.collect()
    }

    /// Works on every message of the flow queue that shows.
    pub(super) fn flow(&self) {
        let receive = || self.memory.receive(FLOW_QUEUE, 1, MINUTE, self.clock.now()).pop();
        while let Some(message) = receive() {
            let wake: WakeUp = serde_json::from_str(&message.body).unwrap();
            let hold = HoldKey::in_wake(&wake);
            // The runs themselves are not worked on here.
            let Some(hold) = hold else { continue };
            assert_eq!(
                done(look_after_hold(&self.ports, &*self.memory, &message.receipt, &hold)),
                Handled::Settled
            );
        }
    }

    pub(super) fn runs(&self) -> Vec<Run> {
        self.memory.all_runs()
    }

    /// What each run works on, and on which event.
    pub(super) fn inputs(&self) -> Vec<(String, Value)> {
        self.runs().into_iter().map(|run| (run.event.0, run.input)).collect()
    }
}

#[test]
fn the_newest_event_of_a_key_is_one_run_and_the_others_are_folded_into_it() {
    let stand = stand(DEBOUNCED);
    for (id, order, number) in [("evt_1", "a", 1), ("evt_2", "a", 2), ("evt_b", "b", 3)] {
        stand.dispatch(&stand.numbered(id, order, number)).unwrap();
        stand.pass(MINUTE);
        stand.flow();
    }
    // The first has waited for three minutes, but the second for two.
    assert_eq!(
        stand.inputs(),
        [("evt_2".to_owned(), json!({ "order": { "id": "a", "number": 2 } }))]
    );
    assert_eq!(stand.said("evt_1"), ["folded into evt_2"]);
    assert_eq!(stand.said("evt_2"), ["run"]);
    assert_eq!(stand.said("evt_b"), ["held"]);
    stand.pass(MINUTE);
    stand.flow();
    assert_eq!((stand.runs().len(), stand.said("evt_b")), (2, vec!["run".to_owned()]));
    assert_eq!(stand.memory.all_holds(), []);
    // What comes later is another run.
    stand.dispatch(&stand.numbered("evt_3", "a", 4)).unwrap();
    stand.pass(MINUTE * 2);
    stand.flow();
    assert_eq!(stand.runs().len(), 3);
}

#[test]
fn events_that_never_cease_are_a_run_after_ten_times_the_length() {
    let stand = stand(DEBOUNCED);
    for number in 0..25 {
        stand.dispatch(&stand.numbered(&format!("evt_{number:02}"), "a", number)).unwrap();
        stand.flow();
        stand.pass(MINUTE);
    }
    let inputs = stand.inputs();
    let first: Vec<&str> = inputs.iter().map(|(event, _)| event.as_str()).collect();
    assert_eq!(first, ["evt_20"]);
}

#[test]
fn the_newest_is_told_by_when_it_was_accepted_whatever_comes_first() {
    let stand = stand(DEBOUNCED);
    let older = stand.numbered("evt_z", "a", 1);
    stand.pass(Duration::from_secs(1));
    let newer = stand.numbered("evt_a", "a", 2);
    for event in [&newer, &older, &newer, &older] {
        stand.dispatch(event).unwrap();
    }
    stand.pass(MINUTE * 2);
    stand.flow();
    for event in [&newer, &older] {
        stand.dispatch(event).unwrap();
    }
    stand.pass(MINUTE * 2);
    stand.flow();
    assert_eq!(stand.inputs().len(), 1);
    assert_eq!(stand.inputs()[0].0, "evt_a");
    assert_eq!(
        (stand.said("evt_z"), stand.said("evt_a")),
        (vec!["folded into evt_a".to_owned()], vec!["run".to_owned()])
    );
}

#[test]
fn a_batch_is_one_run_on_what_its_steps_refer_to() {
    let stand = stand(BATCHED);
    for number in 1..=4 {
        stand.dispatch(&stand.numbered(&format!("evt_{number}"), "a", number)).unwrap();
        stand.pass(Duration::from_secs(10));
        stand.flow();
    }
    // Three are as many as it takes; the fourth begins another.
    let part = |number: u32| json!({ "order": { "number": number } });
    let first = json!({ "events": [part(1), part(2), part(3)] });
    assert_eq!(stand.inputs(), [("evt_3".to_owned(), first.clone())]);
    assert_eq!(
        (stand.said("evt_1"), stand.said("evt_4")),
        (vec!["run".to_owned()], vec!["held".to_owned()])
    );
    stand.pass(MINUTE * 2);
    stand.flow();
    let mut inputs = stand.inputs();
    inputs.sort_by(|one, other| one.0.cmp(&other.0));
    let second = json!({ "events": [part(4)] });
    assert_eq!(inputs, [("evt_3".to_owned(), first), ("evt_4".to_owned(), second)]);
}

#[test]
fn what_is_held_becomes_a_run_whatever_becomes_of_its_workflow() {
    for (source, enabled, deleted) in
        [(SOURCE, true, false), (DEBOUNCED, false, false), (DEBOUNCED, false, true)]
    {
        let stand = stand(DEBOUNCED);
        let event = stand.numbered("evt_1", "a", 1);
        stand.dispatch(&event).unwrap();
        apply_version(&stand, source, 2, enabled, deleted);
        // It comes a second time.
        stand.dispatch(&event).unwrap();
        stand.pass(MINUTE * 2);
        stand.flow();
        let runs = stand.runs();
        assert_eq!(runs.len(), 1, "{enabled} {deleted}");
        assert_eq!((runs[0].version, stand.said("evt_1")), (1, vec!["run".to_owned()]));
    }
}

#[test]
fn events_of_the_test_mode_are_held_by_themselves() {
    let stand = stand(DEBOUNCED);
    stand.dispatch(&stand.numbered("evt_1", "a", 1)).unwrap();
    stand.dispatch(&Event { test: true, ..stand.numbered("evt_2", "a", 2) }).unwrap();
    stand.pass(MINUTE * 2);
    stand.flow();
    let mut tests: Vec<bool> = stand.runs().iter().map(|run| run.test).collect();
    tests.sort_unstable();
    assert_eq!(tests, [false, true]);
}

#[test]
fn a_key_that_is_none_is_an_error_for_a_person() {
    let stand = stand(DEBOUNCED);
    let mut event = stand.numbered("evt_1", "a", 1);
    event.data = Map::new();
    let handled = stand.dispatch(&event).unwrap();
    assert!(matches!(handled, Handled::GiveUp(why) if why.contains("key")));
}

#[test]
fn what_is_held_is_not_started_by_itself_and_what_was_folded_is_told_of() {
    let stand = stand(DEBOUNCED);
    let event = stand.numbered("evt_1", "a", 1);
    stand.dispatch(&event).unwrap();
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

/// Ports of a process that ends at its n-th write: before it or right after it.
pub(super) struct Ending {
    pub(super) memory: Arc<Memory>,
    pub(super) left: Mutex<usize>,
    pub(super) after: bool,
}

impl Ending {
    async fn write<T>(&self, write: impl Future<Output = T>) -> T {
        let is_now = {
            let mut left = self.left.lock().unwrap();
            let is_now = *left == 0;
            *left = left.wrapping_sub(1);
            is_now
        };
        if is_now && !self.after {
            std::future::pending::<()>().await;
        }
        let written = write.await;
        if is_now {
            std::future::pending::<()>().await;
        }
        written
    }
}

#[async_trait]
impl Journal for Ending {
    async fn commit(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        let mut last = None;
        for command in commands {
            let one = std::slice::from_ref(command);
            match self.write(self.memory.commit(receipt, one)).await? {
                Committed::Applied(run) => last = run.or(last),
                refused @ Committed::Refused { .. } => return Ok(refused),
            }
        }
        Ok(Committed::Applied(last))
    }
}

#[async_trait]
impl Holds for Ending {
    async fn hold(&self, key: &HoldKey) -> Result<Option<Hold>, Unavailable> {
        self.memory.hold(key).await
    }

    async fn save_hold(&self, hold: &Hold, read: Option<&Hold>) -> Result<bool, Unavailable> {
        self.write(self.memory.save_hold(hold, read)).await
    }

    async fn remove_hold(&self, read: &Hold) -> Result<(), Unavailable> {
        self.write(self.memory.remove_hold(read)).await
    }

    async fn due_holds(
        &self,
        before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Vec<Place>, Unavailable> {
        self.memory.due_holds(before, from, limit).await
    }

    async fn postpone_hold(&self, met: &Place, until: Timestamp) -> Result<(), Unavailable> {
        self.memory.postpone_hold(met, until).await
    }

    async fn settle_event(&self, event: &EventId, verdict: &Verdict) -> Result<(), Unavailable> {
        self.write(self.memory.settle_event(event, verdict)).await
    }
}

pub(super) fn ending_ports(stand: &Stand, ending: Arc<Ending>) -> Dispatching {
    Dispatching {
        deployed: stand.ports.deployed.clone(),
        journal: ending.clone(),
        marks: stand.memory.clone(),
        runs: stand.memory.clone(),
        holds: ending,
        events: stand.memory.clone(),
        clock: stand.ports.clock.clone(),
    }
}

/// Two events come and their hold is due, while the process that works on it ends at its n-th write and its
/// message comes again; false: there were not so many writes.
fn check_ending(source: &str, at: usize, after: bool) -> bool {
    let stand = stand(source);
    let ending = Arc::new(Ending { memory: stand.memory.clone(), left: Mutex::new(at), after });
    let ports = ending_ports(&stand, ending);
    let (mut key, mut has_ended) = (None, false);
    for (id, number) in [("evt_1", 1), ("evt_2", 2)] {
        let event = stand.numbered(id, "a", number);
        let body = serde_json::to_string(&event).unwrap();
        if dispatch(&ports, &Receipt("m".to_owned()), &body).now_or_never().is_none() {
            has_ended = true;
            stand.dispatch(&event).unwrap();
        }
        key = stand.memory.all_holds().pop().map(|hold| hold.key).or(key);
        stand.pass(Duration::from_secs(1));
    }
    stand.pass(MINUTE * 2);
    let (key, receipt) = (key.unwrap(), Receipt("f".to_owned()));
    if look_after_hold(&ports, &*stand.memory, &receipt, &key).now_or_never().is_none() {
        has_ended = true;
        // An event comes while the hold is being started.
        stand.dispatch(&stand.numbered("evt_3", "a", 3)).unwrap();
        done(look_after_hold(&stand.ports, &*stand.memory, &receipt, &key));
    }
    stand.pass(MINUTE * 2);
    done(look_after_hold(&stand.ports, &*stand.memory, &receipt, &key));
    let what = format!("{at} {after}");
    assert_eq!(stand.memory.all_holds(), [], "{what}");
    let taken = |event: &str| stand.inputs().iter().filter(|(by, _)| by == event).count();
    assert!(stand.inputs().len() <= 2, "{what}");
    let mut numbers = Vec::new();
    for (_, input) in stand.inputs() {
        match input["events"].as_array() {
            Some(events) => numbers.extend(events.iter().map(|one| one["order"]["number"].clone())),
            None => numbers.push(input["order"]["number"].clone()),
        }
    }
    numbers.sort_by_key(|number| number.as_u64());
    let is_batch = source == BATCHED;
    let came_later = done(Events::read(&*stand.memory, &"evt_3".into())).is_some();
    match (is_batch, came_later) {
        (true, false) => assert_eq!(numbers, [1, 2], "{what}"),
        (true, true) => assert_eq!(numbers, [1, 2, 3], "{what}"),
        // It may have come before the hold was closed.
        (false, true) => assert!(numbers == [2, 3] || numbers == [3], "{what} {numbers:?}"),
        (false, false) => assert_eq!(numbers, [2], "{what}"),
    }
    for event in ["evt_1", "evt_2"] {
        let said = stand.said(event);
        assert!(said.len() == 1 && said[0] != "held", "{what} {event} {said:?}");
        assert_eq!(said[0] == "run", is_batch || taken(event) == 1, "{what} {event} {said:?}");
    }
    has_ended
}

#[test]
fn whatever_write_a_process_ends_at_no_event_is_lost_and_none_is_in_two_runs() {
    for source in [DEBOUNCED, BATCHED] {
        for after in [false, true] {
            let ends = (0..100).take_while(|at| check_ending(source, *at, after)).count();
            assert!(ends >= 12, "{ends}");
        }
    }
}
