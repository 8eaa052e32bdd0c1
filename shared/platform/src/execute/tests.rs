//! What becomes of a message whose claim, or whose outcome, is not answered.

use super::*;
use crate::given::{PROVIDER, Stop, Stopping, clock, executing, memory, ready};
use futures::FutureExt;
use serde_json::{Value, json};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use tradewind_connectors::action::Implementation;
use tradewind_engine::effects::{EffectClass, OnUnknown};
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{
    DEFINITIONS_VERSION, Definitions, DefinitionsChange, Runs, StoredConnection, StoredProject,
    WorkflowVersion,
};
use tradewind_engine::protocol::start;
use tradewind_engine::runs::{RunState, StepState};
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
    let called = called.clone();
    let implementation =
        Implementation::new(&PROVIDER, EffectClass::Neither, move |_, _: Value| {
            let number = called.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move { Ok(json!({ "number": number })) })
        });
    let action = Action::new::<(), ()>("thing.do", "", OnUnknown::Hold);
    Action { input: json!({}), output: json!({}), ..action.by(implementation) }
}

fn apply(memory: &Memory, now: Timestamp) {
    let (v, id, steps) = (DEFINITIONS_VERSION, "w".into(), Vec::new());
    let source = SOURCE.to_owned();
    let settings = serde_json::Map::new();
    let shop = StoredConnection { provider: PROVIDER.id.into(), settings, former: None };
    let project = StoredProject {
        v,
        connections: [("shop".into(), shop)].into(),
        alerts: None,
        public_url: None,
        keep_days: 90,
        redact_after_days: 30,
    };
    let version = WorkflowVersion { v, id, version: 1, source, steps, applied_at: now };
    let (project, versions) = (Some(project), vec![version]);
    let change = DefinitionsChange { project, versions, ..DefinitionsChange::default() };
    assert_eq!(memory.change(&change).now_or_never(), Some(Ok(true)));
}

/// A run whose step must not be done twice, and a journal that stops so.
fn given(stops: &[Stop]) -> Given {
    let clock = clock();
    let memory = memory(&clock);
    apply(&memory, clock.now());
    let run = ready(clock.now(), "neither", "hold");
    memory.commit(None, &start(run)).now_or_never().unwrap().unwrap();
    let called = Arc::default();
    let journal = Arc::new(Stopping::new(memory.clone(), stops));
    let ports = executing(&clock, &memory, vec![thing_do(&called)]);
    Given { clock, memory, called, ports: Executing { journal, ..ports } }
}

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
