use super::*;
use crate::Handled;
use crate::deployed::CURRENT_FOR;
use crate::dispatch::{Dispatching, dispatch};
use crate::given::{clock, memory};
use futures::FutureExt;
use serde_json::{Map, Value};
use std::time::Duration;
use tradewind_engine::definitions::{
    DEFINITIONS_VERSION, DefinitionsChange, FLOW_VERSION, WorkflowVersion,
};
use tradewind_engine::ids::WorkflowId;
use tradewind_engine::ports::{Definitions, RunFilter, Runs};
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_engine::runs::{FlowKind, StepPlan, StepWork};
use tradewind_engine::schedules::{Schedule, Times};
use tradewind_engine::time::{after, before};
use tradewind_memory::{Memory, VirtualClock};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const SOURCE: &str = "
trigger: { schedule: { every: 15m } }
steps:
  - { id: do, wait: { for: 1m } }
";

/// Schedules, and a dispatcher of what they publish.
struct Stand {
    clock: VirtualClock,
    memory: Arc<Memory>,
    scheduling: Scheduling,
    dispatching: Dispatching,
}

impl Stand {
    /// It is noon, and these workflows are due each quarter of an hour.
    fn new(workflows: &[&str]) -> Self {
        let clock = clock();
        let memory = memory(&clock);
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let deployed = Arc::new(Deployed::new(memory.clone(), shared.clone(), CURRENT_FOR));
        let dispatching = Dispatching {
            deployed: deployed.clone(),
            journal: memory.clone(),
            marks: memory.clone(),
            holds: memory.clone(),
            events: memory.clone(),
            runs: memory.clone(),
            clock: shared,
        };
        let scheduling = Scheduling {
            deployed,
            schedules: memory.clone(),
            events: memory.clone(),
            bus: memory.clone(),
            clock: dispatching.clock.clone(),
        };
        let stand = Self { clock, memory, scheduling, dispatching };
        for workflow in workflows {
            stand.hold(workflow, |_| {});
        }
        stand
    }

    /// The workflow holds as it did, or as a new one, but for this.
    fn hold(&self, workflow: &str, change: impl Fn(&mut WorkflowHead)) {
        let now = self.clock.now();
        let current = done(self.memory.current());
        let known = current.workflows.iter().find(|head| head.id.as_str() == workflow);
        let schedule = Schedule { times: Times::Every(900), tz: "UTC".to_owned(), since: now };
        let mut head = known.cloned().unwrap_or_else(|| WorkflowHead {
            v: DEFINITIONS_VERSION,
            listens: Vec::new(),
            holds: false,
            id: workflow.into(),
            version: 1,
            event: SCHEDULE_FIRED.to_owned(),
            from: None,
            schedule: Some(schedule),
            enabled: true,
            enabled_at: now,
            enabled_in: Some(current.revision + 1),
            paused: false,
            deleted: false,
        });
        change(&mut head);
        let version = WorkflowVersion {
            v: FLOW_VERSION,
            id: workflow.into(),
            version: 1,
            source: SOURCE.to_owned(),
            steps: vec![StepPlan { path: "do".into(), work: StepWork::flow(FlowKind::Wait) }],
            applied_at: now,
        };
        let change = DefinitionsChange {
            from_revision: current.revision,
            heads: vec![head],
            versions: vec![version],
            ..DefinitionsChange::default()
        };
        assert!(done(self.memory.change(&change)));
        self.scheduling.deployed.refresh();
    }

    fn pass(&self, time: Duration) {
        self.clock.advance_to(after(self.clock.now(), time));
    }

    fn fire(&self) -> usize {
        done(fire(&self.scheduling)).published
    }

    /// The due times that are on the bus, each with its workflow; they leave it as runs.
    fn dispatched(&self) -> Vec<String> {
        let mut told = Vec::new();
        let receive = || self.memory.receive(DISPATCH_QUEUE, 1, HOUR, self.clock.now()).pop();
        while let Some(message) = receive() {
            let event: Event = serde_json::from_str(&message.body).unwrap();
            let text = |name: &str| event.data["schedule"][name].as_str().unwrap().to_owned();
            told.push(format!("{} {}", text("workflow"), text("due_at")));
            let dispatched = dispatch(&self.dispatching, &message.receipt, &message.body);
            assert_eq!(done(dispatched), Handled::Settled);
        }
        told.sort();
        told
    }

    /// The workflows of all runs.
    fn runs(&self) -> Vec<String> {
        let filter = RunFilter { limit: 100, ..RunFilter::default() };
        let mut runs: Vec<String> = done(Runs::list(&*self.memory, &filter))
            .iter()
            .map(|run| run.workflow.0.clone())
            .collect();
        runs.sort();
        runs
    }
}

fn done<T>(work: impl Future<Output = Result<T, Unavailable>>) -> T {
    work.now_or_never().expect("nothing waits in here").unwrap()
}

#[test]
fn what_is_due_is_a_run_of_the_workflow_that_has_the_schedule_and_of_no_other() {
    let stand = Stand::new(&["one"]);
    stand.pass(MINUTE * 14);
    assert_eq!(stand.fire(), 0);
    // It is a little younger, and begins with the next time.
    stand.hold("two", |_| {});
    stand.pass(MINUTE * 16);
    assert_eq!(stand.fire(), 2);
    let expected = ["one 2026-11-23T12:30:00Z", "two 2026-11-23T12:30:00Z"];
    assert_eq!(stand.dispatched(), expected);
    assert_eq!(stand.runs(), ["one", "two"]);
    assert_eq!(stand.fire(), 0);
}

#[test]
fn after_an_outage_the_newest_missed_time_alone_is_made_up_for() {
    let stand = Stand::new(&["one"]);
    stand.pass(HOUR * 24 * 30 + MINUTE);
    let fired = done(fire(&stand.scheduling));
    assert_eq!(fired.published, 1);
    assert_eq!(fired.next_at.unwrap().to_string(), "2026-12-23T12:15:00Z");
    assert_eq!(stand.dispatched(), ["one 2026-12-23T12:00:00Z"]);
    assert_eq!(stand.fire(), 0);
    stand.pass(MINUTE * 15);
    assert_eq!(stand.fire(), 1);
}

#[test]
fn what_was_published_and_not_noted_is_one_run_however_often_it_is_published() {
    let stand = Stand::new(&["one"]);
    stand.pass(MINUTE * 15);
    let current = done(stand.memory.current());
    let event = event(&current, &current.workflows[0], stand.clock.now(), stand.clock.now());
    // Somebody stopped before it was dispatched, and before it was noted.
    done(stand.memory.publish(std::slice::from_ref(&event)));
    assert_eq!(stand.fire(), 1);
    assert_eq!(stand.dispatched().len(), 2);
    assert_eq!(stand.runs(), ["one"]);
    // And somebody after it was dispatched.
    assert_eq!(done(stand.memory.fired(&"one".into())), Some(stand.clock.now()));
    let other = Stand::new(&["one"]);
    other.pass(MINUTE * 15);
    done(other.memory.publish(&[event]));
    other.dispatched();
    assert_eq!(other.fire(), 0);
    assert_eq!(done(other.memory.fired(&"one".into())), Some(other.clock.now()));
}

#[test]
fn a_clock_that_steps_back_repeats_nothing_and_one_that_was_ahead_stops_nothing() {
    let stand = Stand::new(&["one"]);
    stand.hold("one", |head| {
        let schedule = head.schedule.as_mut().unwrap();
        schedule.since = before(schedule.since, HOUR * 48);
    });
    let noon = stand.clock.now();
    let note = |due, was| assert!(done(stand.memory.note_fired(&"one".into(), due, was)));
    assert_eq!(stand.fire(), 1);
    assert_eq!(stand.dispatched(), ["one 2026-11-23T12:00:00Z"]);
    // It was ahead by a day when it noted the last one.
    note(after(noon, HOUR * 24), Some(noon));
    assert_eq!((stand.fire(), stand.dispatched().len()), (0, 0));
    stand.pass(MINUTE * 15);
    note(after(noon, HOUR * 24), Some(noon));
    assert_eq!(stand.fire(), 1);
    assert_eq!(stand.dispatched(), ["one 2026-11-23T12:15:00Z"]);
    // What was done before the step comes up again.
    note(before(noon, MINUTE * 15), Some(after(noon, MINUTE * 15)));
    assert_eq!((stand.fire(), stand.runs().len()), (0, 2));
}

#[test]
fn what_is_disabled_or_gone_is_not_due_and_what_is_paused_is() {
    let stand = Stand::new(&["disabled", "gone", "paused"]);
    stand.hold("disabled", |head| head.enabled = false);
    stand.hold("gone", |head| (head.enabled, head.deleted) = (false, true));
    stand.hold("paused", |head| head.paused = true);
    stand.pass(MINUTE * 15);
    assert_eq!(stand.fire(), 1);
    stand.dispatched();
    assert_eq!(stand.runs(), ["paused"]);
}

#[test]
fn what_is_disabled_between_its_time_and_its_dispatch_does_not_start() {
    let stand = Stand::new(&["one"]);
    stand.pass(MINUTE * 15);
    assert_eq!(stand.fire(), 1);
    stand.hold("one", |head| head.enabled = false);
    assert_eq!(stand.dispatched().len(), 1);
    assert_eq!(stand.runs(), [""; 0]);
}

/// A bus that takes nothing of one workflow.
struct Refusing {
    memory: Arc<Memory>,
    workflow: WorkflowId,
}

#[async_trait::async_trait]
impl Bus for Refusing {
    async fn publish(&self, events: &[Event]) -> Result<(), Unavailable> {
        let is_it = |data: &Map<String, Value>| data["schedule"]["workflow"] == self.workflow.0;
        match events.iter().any(|event| is_it(&event.data)) {
            true => Err(Unavailable::new("bus", "away")),
            false => self.memory.publish(events).await,
        }
    }
}

#[test]
fn what_cannot_be_published_holds_up_no_other_and_is_published_later() {
    let mut stand = Stand::new(&["one", "two"]);
    stand.pass(MINUTE * 15);
    let memory = stand.memory.clone();
    stand.scheduling.bus = Arc::new(Refusing { memory, workflow: "one".into() });
    assert_eq!(stand.fire(), 1);
    assert_eq!(stand.dispatched(), ["two 2026-11-23T12:15:00Z"]);
    stand.scheduling.bus = stand.memory.clone();
    stand.pass(MINUTE);
    assert_eq!(stand.fire(), 1);
    assert_eq!(stand.dispatched(), ["one 2026-11-23T12:15:00Z"]);
}

#[test]
fn a_schedule_that_an_older_tradewind_dropped_is_told_of_and_stops_no_other() {
    let stand = Stand::new(&["one", "two"]);
    stand.hold("one", |head| head.schedule = None);
    stand.pass(MINUTE * 15);
    assert_eq!(stand.fire(), 1);
    assert_eq!(stand.dispatched(), ["two 2026-11-23T12:15:00Z"]);
}
