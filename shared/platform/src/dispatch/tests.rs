//! What was applied just before an event came in.

use super::*;
use crate::again::{NotStarted, again};
use crate::deployed::CURRENT_FOR;
use crate::given::{clock, memory};
use futures::FutureExt;
use tradewind_engine::events::EVENT_VERSION;
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{
    DEFINITIONS_VERSION, Definitions, DefinitionsChange, WorkflowVersion,
};
use tradewind_memory::Memory;

const SOURCE: &str = "
trigger: { event: order.placed, from: shop }
steps:
  - { id: do, uses: thing.do, via: shop, with: {} }
";

fn apply(memory: &Memory, now: Timestamp) {
    let id: tradewind_engine::ids::WorkflowId = "told".into();
    let (v, source, steps) = (DEFINITIONS_VERSION, SOURCE.to_owned(), Vec::new());
    let version = WorkflowVersion { v, id: id.clone(), version: 1, source, steps, applied_at: now };
    let head = WorkflowHead {
        id,
        version: 1,
        event: "order.placed".to_owned(),
        from: None,
        enabled: true,
        enabled_at: now,
        paused: false,
        deleted: false,
    };
    let (heads, versions) = (vec![head], vec![version]);
    let change = DefinitionsChange { heads, versions, ..DefinitionsChange::default() };
    assert_eq!(memory.change(&change).now_or_never(), Some(Ok(true)));
}

fn event(id: &str, accepted_at: Timestamp) -> Event {
    Event {
        v: EVENT_VERSION,
        id: EventId::from(id),
        name: "order.placed".to_owned(),
        connection: None,
        provider: None,
        topic: None,
        accepted_at,
        test: false,
        data: Map::new(),
        raw: None,
        run: None,
    }
}

#[test]
fn an_event_starts_what_was_applied_before_it_came_in_however_old_the_memory_here() {
    let clock = clock();
    let memory = memory(&clock);
    let ports = Dispatching {
        deployed: Arc::new(Deployed::new(memory.clone(), Arc::new(clock.clone()), CURRENT_FOR)),
        journal: memory.clone(),
        clock: Arc::new(clock.clone()),
    };
    let decisions = |id: &str| {
        let body = serde_json::to_string(&event(id, clock.now())).unwrap();
        let receipt = Receipt("m".to_owned());
        let handled = dispatch(&ports, &receipt, &body).now_or_never();
        assert_eq!(handled, Some(Ok(Handled::Settled)));
        let read = tradewind_engine::ports::Events::read(&*memory, &id.into()).now_or_never();
        read.unwrap().unwrap().unwrap().verdicts.len()
    };
    assert_eq!(decisions("first"), 0);
    clock.advance_to(after(clock.now(), CURRENT_FOR / 4));
    apply(&memory, clock.now());
    clock.advance_to(after(clock.now(), CURRENT_FOR / 4));
    assert_eq!(decisions("second"), 1);
}

/// Two people ask for the same again, and both have looked before either began.
#[test]
fn a_run_that_somebody_else_has_just_started_again_is_not_said_to_be_started() {
    let clock = clock();
    let (memory, looked) = (memory(&clock), memory(&clock));
    apply(&memory, clock.now());
    let ports = Dispatching {
        deployed: Arc::new(Deployed::new(memory.clone(), Arc::new(clock.clone()), CURRENT_FOR)),
        journal: memory,
        clock: Arc::new(clock.clone()),
    };
    let current = ports.deployed.current().now_or_never().unwrap().unwrap();
    let event = event("event", clock.now());
    let ask = || {
        let again = again(&ports, &*looked, &event, &current.workflows[0]);
        again.now_or_never().unwrap()
    };
    let first = ask().unwrap();
    assert_eq!(ask(), Err(NotStarted::StillRunning(first.run)));
}
