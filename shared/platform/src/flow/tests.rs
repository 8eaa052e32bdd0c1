//! Runs that wait for each other, on one store.

use super::{Flowing, OneByOne, work_flow_step};
use crate::claiming::{Claiming, Deadline};
use crate::deployed::{CURRENT_FOR, Deployed};
use crate::dispatch::{Dispatching, SeenEvent, new_run};
use crate::given::{clock, memory};
use async_trait::async_trait;
use futures::FutureExt;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::definitions::{DefinitionsChange, WorkflowVersion, version_form};
use tradewind_engine::effects::{EffectClass, OnUnknown};
use tradewind_engine::events::{EVENT_VERSION_PLAIN, Event};
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::ports::{Clock, Definitions, Journal, Receipt, Runs, Slots, Unavailable};
use tradewind_engine::protocol::{BranchWake, Command, Times, WakeUp, cancel, claim, start, sweep};
use tradewind_engine::queues::FLOW_QUEUE;
use tradewind_engine::runs::{
    ActionWork, FlowKind, Run, RunState, StepPlan, StepRecord, StepState, StepWork,
};
use tradewind_engine::slots::{
    Asked, Asking, AtWork, InLine, LineRoom, SLOT_VERSION, Slot, SlotKey,
};
use tradewind_engine::time::{Timestamp, after};
use tradewind_engine::workflows::{Step, StepKind, Workflow};
use tradewind_memory::{Memory, SeededIds, VirtualClock};

const SOURCE: &str = "
trigger: { event: order.placed, from: shop }
concurrency: { key: trigger.order.customer, max: 1 }
steps:
  - { id: do, uses: thing.do, via: shop, with: { text: it } }
";

const LOOP: &str = "
trigger: { event: order.placed, from: shop }
concurrency: { key: trigger.order.customer, max: 1 }
steps:
  - id: each
    for_each: { items: '${{ trigger.order.lines }}' }
    steps:
      - { id: do, uses: thing.do, via: shop, with: { text: it } }
";

/// A flow worker and what it keeps.
struct Stand {
    clock: VirtualClock,
    memory: Arc<Memory>,
    flowing: Flowing,
}

impl Stand {
    fn new() -> Self {
        Self::of(SOURCE)
    }

    fn of(source: &str) -> Self {
        let clock = clock();
        let memory = memory(&clock);
        let deployed =
            Arc::new(Deployed::new(memory.clone(), Arc::new(clock.clone()), CURRENT_FOR));
        let id = "w".into();
        let workflow = Workflow::parse(&id, source).unwrap();
        let slot = StepPlan { path: StepPath::slot(), work: StepWork::flow(FlowKind::Slot) };
        let steps = [slot].into_iter().chain(workflow.all_steps().map(plan)).collect::<Vec<_>>();
        let v = version_form(&workflow, &steps);
        let source = source.to_owned();
        let version = WorkflowVersion { v, id, version: 1, source, steps, applied_at: clock.now() };
        let change = DefinitionsChange { versions: vec![version], ..DefinitionsChange::default() };
        assert_eq!(memory.change(&change).now_or_never(), Some(Ok(true)));
        let claiming = Claiming {
            deployed: deployed.clone(),
            journal: memory.clone(),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(SeededIds::new(1)),
            times: Times::STANDARD,
            deadline: Deadline::default(),
        };
        let dispatching = Dispatching {
            deployed,
            journal: memory.clone(),
            marks: memory.clone(),
            holds: memory.clone(),
            events: memory.clone(),
            runs: memory.clone(),
            clock: Arc::new(clock.clone()),
        };
        let flowing = Flowing {
            claiming,
            runs: memory.clone(),
            dead_letters: memory.clone(),
            marks: memory.clone(),
            events: memory.clone(),
            slots: memory.clone(),
            loops: OneByOne::default(),
            room: LineRoom::STANDARD,
            dispatching: Arc::new(dispatching),
        };
        Self { clock, memory, flowing }
    }

    /// Starts a run on an order of the one customer, a second after the one before, and works on it.
    fn start(&self, order: &str) -> RunId {
        let id = self.start_unseen(order);
        self.work();
        id
    }

    /// The same, and nobody has worked on it yet.
    fn start_unseen(&self, order: &str) -> RunId {
        self.pass(Duration::from_secs(1));
        let now = self.clock.now();
        let data = json!({ "order": { "id": order, "customer": "c7", "lines": [1] } });
        let event = Event {
            v: EVENT_VERSION_PLAIN,
            id: format!("evt_{order}").as_str().into(),
            name: "order.placed".to_owned(),
            connection: Some("shop".into()),
            provider: None,
            topic: None,
            accepted_at: now,
            revision: None,
            test: false,
            data: data.as_object().unwrap().clone(),
            raw: None,
            run: None,
            emitted: None,
            notes: Vec::new(),
        };
        let deployed = &self.flowing.claiming.deployed;
        let compiled = deployed.version(&"w".into(), 1).now_or_never().unwrap().unwrap().unwrap();
        let run = new_run(&compiled, &SeenEvent::new(&event), order.to_owned(), 0, now);
        let id = run.id.clone();
        self.commit(&start(run));
        id
    }

    fn commit(&self, commands: &[Command]) {
        self.memory.commit(None, commands).now_or_never().unwrap().unwrap();
    }

    fn pass(&self, time: Duration) {
        self.clock.advance_to(after(self.clock.now(), time));
    }

    /// Works on what shows in the flow queue; how many messages there were.
    fn work(&self) -> usize {
        let mut count = 0;
        loop {
            let now = self.clock.now();
            let messages = self.memory.receive(FLOW_QUEUE, 10, Times::STANDARD.visibility, now);
            if messages.is_empty() {
                return count;
            }
            for message in messages {
                let handled = work_flow_step(&self.flowing, &message.receipt, &message.body);
                handled.now_or_never().expect("nothing waits in here").unwrap();
                count += 1;
            }
        }
    }

    /// The messages that show are lost.
    fn lose_messages(&self) {
        let now = self.clock.now();
        for message in self.memory.receive(FLOW_QUEUE, 10, Times::STANDARD.visibility, now) {
            let lost = self.memory.commit(Some(&message.receipt), &[Command::Ack]);
            lost.now_or_never().unwrap().unwrap();
        }
    }

    /// What the sweeper does.
    fn sweep(&self) {
        for run in self.memory.all_runs() {
            self.commit(&sweep(&run, self.clock.now()));
        }
        self.work();
    }

    fn run(&self, run: &RunId) -> Run {
        Runs::read(&*self.memory, run).now_or_never().unwrap().unwrap().unwrap()
    }

    fn asks(&self, run: &RunId) -> StepState {
        self.run(run).steps[&StepPath::slot()].state
    }

    fn cancel(&self, run: &RunId) {
        self.commit(&cancel(&self.run(run), self.clock.now()).unwrap());
        self.work();
    }

    fn slot(&self) -> Option<Slot> {
        self.memory.slot(&key()).now_or_never().unwrap().unwrap()
    }

    /// As somebody else left it.
    fn given(&self, at_work: &[&str], in_line: usize) {
        let now = self.clock.now();
        let at_work = at_work.iter().map(|run| (*run).into());
        let in_line = (0..in_line).map(|number| format!("run_{number}").as_str().into());
        let slot = Slot {
            v: SLOT_VERSION,
            key: key(),
            workflow: "w".into(),
            max: 1,
            version: 1,
            begun: ("run_first".into(), now),
            at_work: at_work.map(|run: RunId| AtWork { let_in_by: run.clone(), run }).collect(),
            in_line: in_line.map(|run| InLine { started_at: Timestamp::UNIX_EPOCH, run }).collect(),
            fence: 1,
        };
        assert_eq!(self.memory.save_slot(&slot, None).now_or_never(), Some(Ok(true)));
    }
}

fn plan(step: &Step) -> StepPlan {
    let work = match step.kind {
        StepKind::ForEach(_) => StepWork::flow(FlowKind::ForEach),
        _ => StepWork::Action(ActionWork {
            action: "thing.do".into(),
            provider: "thing".into(),
            class: EffectClass::Neither,
            on_unknown: OnUnknown::Retry,
            via: None,
            identity: None,
        }),
    };
    StepPlan { path: step.path.clone(), work }
}

fn key() -> SlotKey {
    SlotKey::of(&"w".into(), Some("c7"))
}

#[test]
fn who_waits_is_let_in_without_a_message_before_and_nothing_is_left_of_the_slot() {
    let stand = Stand::new();
    let (first, second) = (stand.start("1"), stand.start("2"));
    assert_eq!((stand.asks(&first), stand.asks(&second)), (StepState::Done, StepState::Waiting));
    assert_eq!(stand.memory.next_visible(FLOW_QUEUE), None);
    stand.cancel(&first);
    assert_eq!(stand.asks(&second), StepState::Done);
    assert_eq!(stand.run(&first).check_at, None);
    stand.cancel(&second);
    assert_eq!(stand.slot(), None);
    assert_eq!(stand.run(&second).check_at, None);
}

#[test]
fn a_run_that_was_cancelled_leaves_once_its_last_call_has_ended() {
    let stand = Stand::new();
    let (first, second) = (stand.start("1"), stand.start("2"));
    let wake = WakeUp::new(&first, &"do".into());
    let claimed = claim(&wake, &"claim".into(), stand.clock.now(), Times::STANDARD);
    stand.commit(&[Command::Write(claimed)]);
    stand.cancel(&first);
    assert_eq!(stand.asks(&second), StepState::Waiting);
    stand.pass(Times::STANDARD.lease + Duration::from_secs(11));
    stand.work();
    assert_eq!(stand.asks(&second), StepState::Done);
}

#[test]
fn a_loop_that_was_cancelled_makes_room_once_the_last_call_of_its_items_has_ended() {
    let stand = Stand::of(LOOP);
    let (first, second) = (stand.start("1"), stand.start("2"));
    let branch = RunId(format!("{first}/each/0"));
    let wake = WakeUp::new(&branch, &"each[0].do".into());
    let claimed = claim(&wake, &"claim".into(), stand.clock.now(), Times::STANDARD);
    stand.commit(&[Command::Write(claimed)]);
    stand.cancel(&first);
    assert_eq!(stand.run(&branch).state, RunState::Cancelled);
    assert_eq!(stand.asks(&second), StepState::Waiting);
    stand.pass(Times::STANDARD.lease + Duration::from_secs(11));
    stand.work();
    assert_eq!(stand.asks(&second), StepState::Done);
}

#[test]
fn who_does_not_fit_into_the_line_asks_again_later() {
    let stand = Stand::new();
    stand.given(&["run_at_work"], LineRoom::STANDARD.all);
    let run = stand.start("1");
    let step = stand.run(&run).steps[&StepPath::slot()].clone();
    assert_eq!((step.state, step.attempts), (StepState::Retry, 0));
    let reason = "1000 runs wait for their turn already; it asks again then";
    assert_eq!(step.reason.as_deref(), Some(reason));
    let pause =
        |step: &StepRecord| step.next_at.unwrap().duration_since(stand.clock.now()).as_secs();
    assert!((300..=600).contains(&pause(&step)), "{} s", pause(&step));
    stand.pass(Duration::from_secs(10 * 3_600));
    stand.work();
    let step = stand.run(&run).steps[&StepPath::slot()].clone();
    assert!((300..=5 * 3_600).contains(&pause(&step)), "{} s", pause(&step));
    let slot = stand.slot().unwrap();
    assert_eq!(stand.memory.remove_slot(&slot).now_or_never(), Some(Ok(true)));
    stand.pass(Duration::from_secs(6 * 3_600));
    stand.work();
    assert_eq!(stand.asks(&run), StepState::Done);
}

#[test]
fn those_that_found_the_line_full_come_back_at_different_times() {
    let stand = Stand::new();
    stand.given(&["run_at_work"], LineRoom::STANDARD.all);
    let runs: Vec<RunId> = (0..50).map(|number| stand.start(&number.to_string())).collect();
    stand.pass(Duration::from_secs(10 * 3_600));
    stand.work();
    let hours = runs.iter().map(|run| {
        let next_at = stand.run(run).steps[&StepPath::slot()].next_at.unwrap();
        next_at.duration_since(stand.clock.now()).as_hours()
    });
    assert_eq!(hours.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

/// As a worker leaves it that stops after it has written the slot and before the record says so.
#[test]
fn a_run_that_stands_in_the_slot_unknown_to_its_record_leaves_it_when_it_is_cancelled() {
    let stand = Stand::new();
    let first = stand.start("1");
    let second = stand.start_unseen("2");
    let wake = WakeUp::new(&second, &StepPath::slot());
    let claimed = claim(&wake, &"claim".into(), stand.clock.now(), Times::STANDARD);
    stand.commit(&[Command::Write(claimed)]);
    let run = stand.run(&second);
    let read = stand.slot();
    let asking = Asking {
        run: &second,
        started_at: run.created_at,
        workflow: &run.workflow,
        version: 1,
        max: 1,
    };
    let asked = Slot::ask(read.as_ref(), &key(), &asking, LineRoom::STANDARD, stand.clock.now());
    let Asked::Changes(entered) = asked else { panic!("{asked:?}") };
    let saved = stand.memory.save_slot(&entered, read.as_ref()).now_or_never();
    assert_eq!(saved, Some(Ok(true)));
    stand.lose_messages();
    stand.cancel(&second);
    stand.pass(Times::STANDARD.lease + Duration::from_secs(11));
    stand.work();
    assert_eq!(stand.slot().map(|slot| slot.in_line.len()), Some(0));
    assert_eq!(stand.run(&second).check_at, None);
    stand.cancel(&first);
    assert_eq!(stand.slot(), None);
}

#[test]
fn those_in_front_find_out_that_those_before_them_are_gone() {
    let stand = Stand::new();
    // A worker that was slower than its claim entered it after the run had left.
    stand.given(&["run_that_is_gone"], 1);
    let (second, third) = (stand.start("1"), stand.start("2"));
    stand.sweep();
    assert_eq!(stand.asks(&second), StepState::Waiting, "it has just come");
    stand.pass(Duration::from_secs(3_600));
    stand.sweep();
    assert_eq!((stand.asks(&second), stand.asks(&third)), (StepState::Done, StepState::Waiting));
    assert_eq!(stand.slot().unwrap().at_work[0].run, second);
}

#[test]
fn a_run_in_line_is_looked_at_seldom() {
    let stand = Stand::new();
    let (_, second) = (stand.start("1"), stand.start("2"));
    let mut looks = 0;
    for _ in 0..30 * 24 {
        stand.pass(Duration::from_secs(3_600));
        let fence = |stand: &Stand| stand.run(&second).steps[&StepPath::slot()].fence;
        let before = fence(&stand);
        stand.sweep();
        looks += fence(&stand) - before;
    }
    assert!((20..=40).contains(&looks), "{looks} looks in 30 days");
}

#[test]
fn messages_about_the_branches_of_one_record_wait_for_each_other() {
    let stand = Stand::new();
    let branch = |number| BranchWake { step: "each".into(), number };
    let body = |run: &str, number| {
        serde_json::to_string(&WakeUp::new(&run.into(), &branch(number).path())).unwrap()
    };
    let receipt = Receipt("branch".to_owned());
    let works = |body: &str| {
        work_flow_step(&stand.flowing, &receipt, body).now_or_never().is_some_and(|it| it.is_ok())
    };
    let at_work = stand.flowing.loops.at(&"run_1".into()).now_or_never().unwrap();
    assert!(!works(&body("run_1", 0)), "somebody is at work on its record");
    assert!(works(&body("run_2", 0)), "another record is free");
    drop(at_work);
    assert!(works(&body("run_1", 0)));
}

/// The slots of a process that stands still for so long after it has read one.
struct StandsStill(Arc<Memory>, VirtualClock, Duration);

#[async_trait]
impl Slots for StandsStill {
    async fn slot(&self, key: &SlotKey) -> Result<Option<Slot>, Unavailable> {
        let read = self.0.slot(key).await;
        self.1.advance_to(after(self.1.now(), self.2));
        read
    }

    async fn save_slot(&self, slot: &Slot, read: Option<&Slot>) -> Result<bool, Unavailable> {
        self.0.save_slot(slot, read).await
    }

    async fn remove_slot(&self, read: &Slot) -> Result<bool, Unavailable> {
        self.0.remove_slot(read).await
    }
}

#[test]
fn nobody_enters_a_slot_after_the_claim_has_ended() {
    let second = Duration::from_secs(1);
    for (pause, enters) in [(second, true), (Times::STANDARD.lease, false)] {
        let mut stand = Stand::new();
        let (memory, clock) = (stand.memory.clone(), stand.clock.clone());
        stand.flowing.slots = Arc::new(StandsStill(memory, clock, pause));
        let run = stand.start("1");
        assert_eq!(stand.slot().is_some_and(|slot| slot.has_at_work(&run)), enters);
        // Whoever takes it then goes on with it.
        stand.flowing.slots = stand.memory.clone();
        stand.pass(Times::STANDARD.visibility + second);
        stand.work();
        assert_eq!(stand.asks(&run), StepState::Done);
    }
}
