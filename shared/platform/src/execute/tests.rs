//! What becomes of a message whose claim, or whose outcome, is not answered.

mod afresh;
mod still;

use super::*;
use crate::doers::doers;
use crate::given::{PROVIDER, Stop, Stopping, clock, executing, memory, ready};
use futures::FutureExt;
use serde_json::{Value, json};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tradewind_connectors::action::{Action, Implementation};
use tradewind_connectors::provider::{BuiltIn, Provider};
use tradewind_engine::definitions::{
    DEFINITIONS_VERSION, DefinitionsChange, StoredConnection, StoredProject, WorkflowHead,
    WorkflowVersion,
};
use tradewind_engine::effects::{Asked, EffectClass, OnUnknown};
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Clock as _, Definitions, Journal as _, Runs};
use tradewind_engine::protocol::{Change, Command, Times, WakeUp, Write, claim, start};
use tradewind_engine::runs::{Run, RunState, StepState};
use tradewind_engine::time::{Timestamp, after};
use tradewind_memory::{Memory, VirtualClock};

const SOURCE: &str = "
trigger: { event: order.placed, from: shop }
steps:
  - { id: do, uses: thing.do, via: shop, with: {} }
";

struct Given {
    clock: VirtualClock,
    memory: Arc<Memory>,
    /// How often the provider was called.
    called: Arc<AtomicU32>,
    ports: Executing,
}

fn thing_do(called: &Arc<AtomicU32>) -> Action {
    let by = |provider| {
        let called = called.clone();
        Implementation::new(provider, EffectClass::Neither, move |_, _: Value| {
            let number = called.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move { Ok(json!({ "number": number })) })
        })
    };
    let happened = Asked::Happened(json!("found"));
    let asked = by(&PROVIDER).ask(Duration::ZERO, move |_, _: Value| {
        let happened = happened.clone();
        Box::pin(async move { Ok(happened) })
    });
    let action = Action::of_schemas("thing.do", "", json!({}), json!({}), OnUnknown::Hold);
    action.by(asked).by(by(&OTHER))
}

fn at(provider: &Provider) -> StoredConnection {
    let settings = serde_json::Map::new();
    StoredConnection { provider: provider.id.as_str().into(), settings, former: None }
}

fn apply(memory: &Memory, now: Timestamp, shop: StoredConnection, source: &str) {
    let (v, id, steps) = (DEFINITIONS_VERSION, "w".into(), Vec::new());
    let source = source.to_owned();
    let project = StoredProject {
        v,
        connections: [("shop".into(), shop)].into(),
        providers: Default::default(),
        alerts: None,
        public_url: None,
        timezone: None,
        keep_days: 90,
        redact_after_days: 30,
        allowed_hosts: None,
    };
    let version = WorkflowVersion { v, id, version: 1, source, steps, applied_at: now };
    let (project, versions) = (Some(project), vec![version]);
    let change = DefinitionsChange { project, versions, ..DefinitionsChange::default() };
    assert_eq!(memory.change(&change).now_or_never(), Some(Ok(true)));
}

/// A run whose step must not be done twice, and a journal that stops so.
fn given(stops: &[Stop]) -> Given {
    given_with(stops, "neither", at(&PROVIDER))
}

fn given_with(stops: &[Stop], class: &str, shop: StoredConnection) -> Given {
    let run = ready(clock().now(), class, "hold");
    given_run(stops, &run, shop, SOURCE)
}

fn given_run(stops: &[Stop], run: &Run, shop: StoredConnection, source: &str) -> Given {
    let clock = clock();
    let memory = memory(&clock);
    apply(&memory, clock.now(), shop, source);
    memory.commit(None, &start(run.clone())).now_or_never().unwrap().unwrap();
    let called = Arc::default();
    let journal = Arc::new(Stopping::new(memory.clone(), stops));
    let ports = executing(&clock, &memory, vec![thing_do(&called)]);
    Given { clock, memory, called, ports: Executing { journal, ..ports } }
}

/// The provider that connections move to.
static OTHER: BuiltIn =
    BuiltIn::new(|| Arc::new(Provider::plain("other", "Other", "https://other.example")));

impl Given {
    /// Handles the message that waits, and lets the time pass that this takes; returns its seconds.
    fn handle(&self) -> (Result<Handled, Unavailable>, u64) {
        let begin = self.clock.now();
        let messages = self.memory.receive("thing.do", 1, self.ports.times.visibility, begin);
        let message = messages.first().expect("a message waits");
        let mut handled = pin!(execute(&self.ports, &message.receipt, &message.body));
        let handled = loop {
            match handled.as_mut().now_or_never() {
                Some(handled) => break handled,
                None => self.clock.advance_to(self.clock.next_timer().expect("it waits")),
            }
        };
        let took = self.clock.now().duration_since(begin).as_secs().unsigned_abs();
        (handled, took)
    }

    fn run(&self) -> Run {
        let read = Runs::read(&*self.memory, &RunId::from("run_1")).now_or_never();
        read.unwrap().unwrap().unwrap()
    }
}

#[test]
fn a_worker_goes_on_with_its_claim_although_the_answer_was_lost() {
    for stop in [Stop::After(0), Stop::Before(0)] {
        let given = given(&[stop]);
        assert_eq!(given.handle(), (Ok(Handled::Settled), 1), "{stop:?}");
        let run = given.run();
        let step = &run.steps[&"do".into()];
        assert_eq!((run.state, step.attempts, step.fence), (RunState::Succeeded, 1, 1));
        assert_eq!(given.called.load(Ordering::Relaxed), 1);
        assert!(step.claim.is_none(), "nobody holds it any more");
    }
}

#[test]
fn a_claim_that_is_answered_too_late_for_a_call_is_given_back() {
    let given = given(&[Stop::After(0); 57]);
    let (handled, took) = given.handle();
    assert_eq!((handled, took), (Ok(Handled::Settled), 57));
    let run = given.run();
    let step = &run.steps[&"do".into()];
    assert_eq!((run.state, step.state, step.attempts), (RunState::Active, StepState::Retry, 0));
    assert_eq!(given.called.load(Ordering::Relaxed), 0);
}

#[test]
fn a_claim_is_given_up_before_the_process_is_ended() {
    let given = given(&[Stop::Before(0); 100]);
    let (handled, took) = given.handle();
    assert!(handled.is_err(), "{handled:?}");
    assert_eq!(took, 58);
    assert_eq!(given.run().steps[&"do".into()].state, StepState::Ready);
}

fn set_paused(memory: &Memory, paused: bool) {
    let current = Definitions::current(memory).now_or_never().unwrap().unwrap();
    let head = WorkflowHead {
        id: "w".into(),
        version: 1,
        event: "order.placed".to_owned(),
        from: Some("shop".into()),
        schedule: None,
        enabled: true,
        enabled_at: Timestamp::UNIX_EPOCH,
        enabled_in: None,
        paused,
        deleted: false,
        v: tradewind_engine::definitions::DEFINITIONS_VERSION,
        listens: Vec::new(),
        holds: false,
    };
    let (from_revision, heads) = (current.revision, vec![head]);
    let change = DefinitionsChange { from_revision, heads, ..DefinitionsChange::default() };
    assert_eq!(memory.change(&change).now_or_never(), Some(Ok(true)));
}

#[test]
fn a_step_that_is_woken_goes_on_although_the_function_remembers_a_pause() {
    let given = given(&[]);
    set_paused(&given.memory, true);
    given.ports.deployed.current().now_or_never().unwrap().unwrap();
    given.clock.advance_to(after(given.clock.now(), Duration::from_secs(1)));
    set_paused(&given.memory, false);
    assert_eq!(given.handle().0, Ok(Handled::Settled));
    assert_eq!(given.run().state, RunState::Succeeded);
}

/// What becomes of a step whose answer at one provider was lost when its connection is at another now.
fn after_a_move(shop: StoredConnection) -> (Given, Run) {
    let given = given_with(&[], "queryable", shop);
    let (now, path) = (given.clock.now(), "do".into());
    let wake = WakeUp::new(&"run_1".into(), &path);
    let claim = claim(&wake, &"lost".into(), now, Times::STANDARD);
    let reason = "no answer".to_owned();
    let lost = Change::Doubt { path, fence: 1, now, next_at: now, reason, spent: true };
    let lost = Write { run: "run_1".into(), change: lost };
    let commands = [Command::Write(claim), Command::Write(lost)];
    given.memory.commit(None, &commands).now_or_never().unwrap().unwrap();
    assert_eq!(given.handle().0, Ok(Handled::Settled));
    let run = given.run();
    (given, run)
}

#[test]
fn the_provider_that_a_connection_has_left_is_asked_what_became_of_a_step() {
    let (given, run) = after_a_move(at(&OTHER).following(&at(&PROVIDER)));
    let step = &run.steps[&"do".into()];
    assert_eq!((run.state, &step.output), (RunState::Succeeded, &Some(json!("found"))));
    assert_eq!(given.called.load(Ordering::Relaxed), 0);
}

#[test]
fn where_that_provider_is_not_known_any_more_a_person_is_told_what_to_say() {
    let (given, run) = after_a_move(at(&OTHER));
    assert_eq!(run.state, RunState::Parked);
    let reason = &run.failure.as_ref().unwrap().reason;
    assert!(reason.contains("acme") && reason.contains("other"), "{reason}");
    assert!(reason.contains("tradewind resolve run_1 do"), "{reason}");
    let doers = doers(&given.ports.actions, &given.ports.deployed, &run).now_or_never();
    let doers = doers.unwrap().unwrap();
    assert!(doers.has_moved && !doers.can_be_asked);
}
