//! A step that waits for an event, and the event, in every order.

use super::*;
use crate::claiming::{Claiming, Deadline};
use crate::flow::{Flowing, OneByOne, work_flow_step};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::Duration;
use tradewind_engine::definitions::{Listening, version_form, version_of_head};
use tradewind_engine::marks::{MarkKey, Marked};
use tradewind_engine::ports::{Events, Interrupted, Journal, Runs};
use tradewind_engine::protocol::{Command, Committed, Times, sweep};
use tradewind_engine::queues::FLOW_QUEUE;
use tradewind_engine::runs::{FlowKind, Run, RunState, StepPlan, StepWork};
use tradewind_engine::slots::LineRoom;
use tradewind_engine::workflows::Workflow;
use tradewind_memory::SeededIds;

const WAITS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: paid
    wait: { event: order.paid, key: trigger.order.id, if: event.order.total >= trigger.order.total, for: 1h }
on_failure:
  - { id: note, if: steps.paid.event.order.number is defined, wait: { for: 1s } }
";

/// Both sides, on one store.
struct Sides {
    stand: Stand,
}

impl Sides {
    /// A run of order 7 has started, and has yet to begin to wait.
    fn new() -> Self {
        let stand = Stand::new();
        let (id, now): (WorkflowId, _) = ("w".into(), stand.clock.now());
        let workflow = Workflow::parse(&id, WAITS).unwrap();
        let waits = workflow.all_steps().filter_map(|step| step.event_wait());
        let listens: Vec<Listening> =
            waits.map(|wait| wait.awaited.listening(Some(&"shop".into()), true)).collect();
        let head = WorkflowHead {
            schedule: None,
            id: id.clone(),
            version: 1,
            event: "order.placed".to_owned(),
            from: None,
            enabled: true,
            enabled_at: now,
            enabled_in: Some(1),
            paused: false,
            deleted: false,
            v: version_of_head(&listens, false),
            listens,
            holds: false,
        };
        let work = StepWork::flow(FlowKind::WaitForEvent);
        let steps = vec![StepPlan { path: "paid".into(), work }];
        let (v, source) = (version_form(&workflow, &steps), WAITS.to_owned());
        let version = WorkflowVersion { v, id, version: 1, source, steps, applied_at: now };
        let change = DefinitionsChange {
            heads: vec![head],
            versions: vec![version],
            ..DefinitionsChange::default()
        };
        assert_eq!(stand.memory.change(&change).now_or_never(), Some(Ok(true)));
        stand.pass(Duration::from_secs(10));
        Self { stand }
    }

    /// An event of order 7 that is accepted now.
    fn of_order(&self, id: &str, name: &str, total: Value) -> Event {
        let order =
            json!({ "order": { "id": "7", "number": "70", "total": total, "more": "much" } });
        let event = event(id, self.stand.clock.now(), None);
        self.stand.pass(Duration::from_secs(1));
        let data = order.as_object().unwrap().clone();
        Event { name: name.to_owned(), connection: Some("shop".into()), data, ..event }
    }

    fn dispatching(&self, journal: Arc<dyn Journal>) -> Dispatching {
        Dispatching {
            deployed: self.stand.ports.deployed.clone(),
            journal,
            marks: self.stand.memory.clone(),
            runs: self.stand.memory.clone(),
            holds: self.stand.memory.clone(),
            events: self.stand.memory.clone(),
            clock: self.stand.ports.clock.clone(),
        }
    }

    fn flowing(&self, journal: Arc<dyn Journal>) -> Flowing {
        let claiming = Claiming {
            deployed: self.stand.ports.deployed.clone(),
            journal: journal.clone(),
            clock: self.stand.ports.clock.clone(),
            ids: Arc::new(SeededIds::new(1)),
            times: Times::STANDARD,
            deadline: Deadline::default(),
        };
        let memory = || self.stand.memory.clone();
        Flowing {
            claiming,
            runs: memory(),
            dead_letters: memory(),
            marks: memory(),
            events: memory(),
            slots: memory(),
            loops: OneByOne::default(),
            room: LineRoom::STANDARD,
            dispatching: Arc::new(self.dispatching(journal)),
        }
    }

    /// Dispatches the event; whether it came to an end.
    fn dispatches(&self, event: &Event, journal: Arc<dyn Journal>) -> bool {
        let (ports, body) = (self.dispatching(journal), serde_json::to_string(event).unwrap());
        dispatch(&ports, &Receipt("event".to_owned()), &body).now_or_never().is_some()
    }

    /// Works on the next message of the flow queue; whether there was one, and came to an end.
    fn works(&self, journal: Arc<dyn Journal>) -> Option<bool> {
        let (memory, now) = (&self.stand.memory, self.stand.clock.now());
        let messages = memory.receive(FLOW_QUEUE, 1, Times::STANDARD.visibility, now);
        let message = messages.first()?;
        let ports = self.flowing(journal);
        Some(work_flow_step(&ports, &message.receipt, &message.body).now_or_never().is_some())
    }

    fn run(&self) -> Run {
        let id = tradewind_engine::runs::run_id(&"w".into(), Some(&"shop".into()), "7", 0);
        Runs::read(&*self.stand.memory, &id).now_or_never().unwrap().unwrap().unwrap()
    }

    /// Everything is worked off, and the sweeper comes by where nothing is.
    fn rest(&self) {
        let memory = self.stand.memory.clone();
        for _ in 0..100 {
            while self.works(memory.clone()).is_some() {}
            let run = self.run();
            if run.state.is_terminal() {
                return;
            }
            let now = self.stand.clock.now();
            let next = memory.next_visible(FLOW_QUEUE).or(run.check_at).unwrap();
            self.stand.clock.advance_to(next.max(now));
            let swept = sweep(&run, self.stand.clock.now());
            let committed = memory.commit(None, &swept).now_or_never().unwrap();
            assert!(committed.is_ok());
        }
        panic!("it does not end: {:#?}", self.run());
    }

    /// How it ended, and by what; what the event says must fit.
    #[track_caller]
    fn ended(&self, event: &Event) -> Value {
        self.rest();
        let run = self.run();
        let step = &run.steps[&"paid".into()];
        assert_eq!((run.state, run.hops), (RunState::Succeeded, 1));
        let key = MarkKey::went_on(&event.id);
        let marks = Marks::marks(&*self.stand.memory, &key).now_or_never().unwrap().unwrap();
        let named = marks
            .iter()
            .any(|mark| matches!(&mark.of, Marked::Step { run: id, .. } if *id == run.id));
        assert_eq!(named, step.work.heard() == Some(&event.id));
        step.output.clone().unwrap()
    }
}

fn heard() -> Value {
    json!({ "event": { "order": { "number": "70" } } })
}

fn not_heard() -> Value {
    json!({ "event": null })
}

#[test]
fn an_event_is_heard_before_and_after_the_step_begins_to_wait_and_leaves_what_is_referred_to() {
    for comes_first in [true, false] {
        let sides = Sides::new();
        sides.stand.decisions(&sides.of_order("placed", "order.placed", json!(5)));
        let paid = sides.of_order("paid", "order.paid", json!(5));
        let memory = sides.stand.memory.clone();
        if !comes_first {
            assert_eq!(sides.works(memory.clone()), Some(true));
        }
        for _ in 0..2 {
            assert_eq!(sides.stand.decisions(&paid), [Decision::Awaited]);
        }
        assert_eq!(sides.ended(&paid), heard());
        // The step's own mark is of no use any more.
        let left = sides.stand.decisions(&sides.of_order("again", "order.paid", json!(5)));
        assert_eq!(left, [Decision::Awaited]);
    }
}

#[test]
fn what_does_not_fit_and_what_came_before_the_runs_own_event_is_not_heard() {
    for comes_first in [true, false] {
        let sides = Sides::new();
        let older = sides.of_order("older", "order.paid", json!(5));
        let placed = sides.of_order("placed", "order.placed", json!(5));
        let little = sides.of_order("little", "order.paid", json!(4));
        let memory = sides.stand.memory.clone();
        sides.stand.decisions(&placed);
        if !comes_first {
            assert_eq!(sides.works(memory.clone()), Some(true));
        }
        for event in [&older, &little] {
            sides.stand.decisions(event);
        }
        // Its delivery comes again, and it is no newer for that.
        sides.stand.decisions(&Event { accepted_at: sides.stand.clock.now(), ..older });
        assert_eq!(sides.ended(&little), not_heard());
        assert!(sides.run().steps[&"paid".into()].tried.is_empty());
    }
}

#[test]
fn an_event_that_cannot_be_judged_is_noted_once_and_the_next_is_heard() {
    for comes_first in [true, false] {
        let sides = Sides::new();
        sides.stand.decisions(&sides.of_order("placed", "order.placed", json!(5)));
        let memory = sides.stand.memory.clone();
        if !comes_first {
            assert_eq!(sides.works(memory.clone()), Some(true));
        }
        let odd = sides.of_order("odd", "order.paid", json!("much"));
        sides.stand.decisions(&odd);
        sides.stand.decisions(&odd);
        let paid = sides.of_order("paid", "order.paid", json!(5));
        sides.stand.decisions(&paid);
        assert_eq!(sides.ended(&paid), heard());
        let tried = sides.run().steps[&"paid".into()].tried.clone();
        let [noted] = &tried[..] else { panic!("{tried:?}") };
        assert!(noted.reason.starts_with("event odd came, and was not counted: if: "), "{noted:?}");
    }
}

#[test]
fn an_event_whose_data_was_removed_before_the_step_came_to_wait_is_noted() {
    let sides = Sides::new();
    sides.stand.decisions(&sides.of_order("placed", "order.placed", json!(5)));
    let paid = sides.of_order("paid", "order.paid", json!(5));
    sides.stand.decisions(&paid);
    let (memory, now) = (sides.stand.memory.clone(), sides.stand.clock.now());
    Events::redact(&*memory, &paid.id, now).now_or_never().unwrap().unwrap();
    assert_eq!(sides.ended(&paid), not_heard());
    let tried = &sides.run().steps[&"paid".into()].tried;
    assert_eq!(tried[0].reason, "event paid came, and was not counted: its data has been removed");
}

/// After so many commands something else happens; then this process goes on, or has ended.
struct Between {
    memory: Arc<Memory>,
    left: Mutex<Option<usize>>,
    other: Box<dyn Fn() + Send + Sync>,
    ends: bool,
}

#[async_trait]
impl Journal for Between {
    async fn commit(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        let mut last = None;
        for (done, command) in commands.iter().enumerate() {
            let is_now = {
                let mut left = self.left.lock().unwrap();
                let is_now = *left == Some(0);
                *left = left.and_then(|left| left.checked_sub(1));
                is_now
            };
            if is_now {
                (self.other)();
                if self.ends {
                    std::future::pending::<()>().await;
                }
            }
            match self.memory.commit(receipt, std::slice::from_ref(command)).await {
                Ok(Committed::Applied(run)) => last = run.or(last),
                Ok(refused) => return Ok(refused),
                Err(interrupted) => return Err(Interrupted { done, ..interrupted }),
            }
        }
        Ok(Committed::Applied(last))
    }
}

/// One side's process stops after so many commands, the other side works, and the first goes on or has ended; its
/// message comes again then. How the step ended.
fn interleaved(dispatch_begins: bool, is_late: bool, left: usize, ends: bool) -> Value {
    let sides = Arc::new(Sides::new());
    let memory = sides.stand.memory.clone();
    sides.stand.decisions(&sides.of_order("placed", "order.placed", json!(5)));
    if is_late {
        assert_eq!(sides.works(memory.clone()), Some(true));
        // The message for the end of its time is there.
        sides.stand.pass(Duration::from_secs(3_600));
    }
    let paid = sides.of_order("paid", "order.paid", json!(5));
    let other: Box<dyn Fn() + Send + Sync> = {
        let (sides, memory, paid) = (sides.clone(), memory.clone(), paid.clone());
        match dispatch_begins {
            true => Box::new(move || _ = sides.works(memory.clone())),
            false => Box::new(move || _ = sides.dispatches(&paid, memory.clone())),
        }
    };
    let between = Between { memory: memory.clone(), left: Mutex::new(Some(left)), other, ends };
    let came_between = {
        let between = Arc::new(between);
        match dispatch_begins {
            true => _ = sides.dispatches(&paid, between.clone()),
            false => _ = sides.works(between.clone()),
        }
        let left = between.left.lock().unwrap();
        left.is_none()
    };
    if !came_between || (dispatch_begins && ends) {
        assert!(sides.dispatches(&paid, memory));
    }
    sides.ended(&paid)
}

#[test]
fn whichever_comes_between_the_writes_of_the_other_the_event_is_heard() {
    for dispatch_begins in [true, false] {
        for left in 0..7 {
            for ends in [true, false] {
                let ended = interleaved(dispatch_begins, false, left, ends);
                assert_eq!(ended, heard(), "{dispatch_begins}, {left}, {ends}");
            }
        }
    }
}

#[test]
fn at_the_end_of_its_time_either_the_event_or_the_time_counts() {
    let mut seen = Vec::new();
    for dispatch_begins in [true, false] {
        for left in 0..7 {
            for ends in [true, false] {
                let ended = interleaved(dispatch_begins, true, left, ends);
                assert!(
                    [heard(), not_heard()].contains(&ended),
                    "{dispatch_begins}, {left}, {ends}"
                );
                seen.push(ended);
            }
        }
    }
    assert!(seen.contains(&heard()) && seen.contains(&not_heard()));
}

#[test]
fn what_was_accepted_in_time_ends_the_wait_also_where_its_dispatcher_stopped_and_its_time_is_over()
{
    for in_time in [true, false] {
        let sides = Sides::new();
        let memory = sides.stand.memory.clone();
        sides.stand.decisions(&sides.of_order("placed", "order.placed", json!(5)));
        assert_eq!(sides.works(memory.clone()), Some(true));
        let hour = Duration::from_secs(3_600);
        if !in_time {
            sides.stand.pass(hour + Duration::from_secs(1));
        }
        let paid = sides.of_order("paid", "order.paid", json!(5));
        // Its mark is there and it is recorded; then the process is killed.
        let (left, other) = (Mutex::new(Some(2)), Box::new(|| ()));
        let between = Between { memory: memory.clone(), left, other, ends: true };
        assert!(!sides.dispatches(&paid, Arc::new(between)));
        if in_time {
            sides.stand.pass(hour);
        }
        assert_eq!(sides.works(memory.clone()), Some(true));
        assert_eq!(sides.ended(&paid), if in_time { heard() } else { not_heard() });
        // The event is given to the workflows after all.
        assert!(sides.dispatches(&paid, memory));
    }
}
