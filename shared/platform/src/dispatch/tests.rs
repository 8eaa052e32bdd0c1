//! What was applied just before an event came in.

mod awaiting;
mod cancelling;
mod holding;
mod holding_trouble;

use super::*;
use crate::deployed::CURRENT_FOR;
use crate::given::{clock, memory};
use crate::people::again::{NotStarted, again};
use async_trait::async_trait;
use futures::FutureExt;
use serde_json::Map;
use std::sync::atomic::{AtomicBool, Ordering};
use tradewind_engine::definitions::ProviderFile;
use tradewind_engine::definitions::{
    Current, DEFINITIONS_VERSION, DefinitionsChange, WorkflowHead, WorkflowVersion,
};
use tradewind_engine::events::EVENT_VERSION_PLAIN;
use tradewind_engine::ids::ProviderId;
use tradewind_engine::ids::{EventId, WorkflowId};
use tradewind_engine::ports::Definitions;
use tradewind_engine::time::{Timestamp, before};
use tradewind_memory::{Memory, VirtualClock};

const SOURCE: &str = "
trigger: { event: order.placed, from: shop }
steps:
  - { id: do, uses: thing.do, via: shop, with: { text: it } }
";

/// Applies one workflow more: revision `from` becomes the next.
fn apply(memory: &Memory, id: &str, from: u64, now: Timestamp) {
    let id: WorkflowId = id.into();
    let (v, source, steps) = (DEFINITIONS_VERSION, SOURCE.to_owned(), Vec::new());
    let version = WorkflowVersion { v, id: id.clone(), version: 1, source, steps, applied_at: now };
    let head = WorkflowHead {
        id,
        version: 1,
        event: "order.placed".to_owned(),
        from: None,
        schedule: None,
        enabled: true,
        enabled_at: now,
        enabled_in: Some(from + 1),
        paused: false,
        deleted: false,
        v: DEFINITIONS_VERSION,
        listens: Vec::new(),
        holds: false,
    };
    let (heads, versions) = (vec![head], vec![version]);
    let change =
        DefinitionsChange { from_revision: from, heads, versions, ..DefinitionsChange::default() };
    assert_eq!(memory.change(&change).now_or_never(), Some(Ok(true)));
}

fn event(id: &str, accepted_at: Timestamp, revision: Option<u64>) -> Event {
    Event {
        v: EVENT_VERSION_PLAIN,
        id: EventId::from(id),
        name: "order.placed".to_owned(),
        connection: None,
        provider: None,
        topic: None,
        accepted_at,
        revision,
        test: false,
        data: Map::new(),
        raw: None,
        run: None,
        emitted: None,
        notes: Vec::new(),
    }
}

/// A dispatcher and what it keeps.
struct Stand {
    clock: VirtualClock,
    memory: Arc<Memory>,
    ports: Dispatching,
}

impl Stand {
    fn new() -> Self {
        let clock = clock();
        let memory = memory(&clock);
        let deployed = Deployed::new(memory.clone(), Arc::new(clock.clone()), CURRENT_FOR);
        let ports = Dispatching {
            deployed: Arc::new(deployed),
            journal: memory.clone(),
            marks: memory.clone(),
            holds: memory.clone(),
            events: memory.clone(),
            runs: memory.clone(),
            clock: Arc::new(clock.clone()),
        };
        Self { clock, memory, ports }
    }

    fn dispatch(&self, event: &Event) -> Result<Handled, Unavailable> {
        let body = serde_json::to_string(event).unwrap();
        let receipt = Receipt("m".to_owned());
        let handled = dispatch(&self.ports, &receipt, &body).now_or_never();
        handled.expect("nothing waits in here")
    }

    /// What the workflows made of it.
    fn decisions(&self, event: &Event) -> Vec<Decision> {
        assert_eq!(self.dispatch(event), Ok(Handled::Settled));
        let read = tradewind_engine::ports::Events::read(&*self.memory, &event.id).now_or_never();
        let record = read.expect("nothing waits in here").unwrap().unwrap();
        record.verdicts.into_iter().map(|verdict| verdict.decision).collect()
    }

    /// How many runs start with an event that comes in now.
    fn starts(&self, id: &str) -> usize {
        let decisions = self.decisions(&event(id, self.clock.now(), None));
        decisions.iter().filter(|decision| matches!(decision, Decision::Run(_))).count()
    }

    fn pass(&self, time: std::time::Duration) {
        self.clock.advance_to(after(self.clock.now(), time));
    }
}

#[test]
fn an_event_starts_all_that_was_applied_before_it_came_in_however_old_the_memory_here() {
    let stand = Stand::new();
    assert_eq!(stand.starts("evt_0"), 0);
    for applied in 1..4 {
        stand.pass(CURRENT_FOR / 8);
        apply(&stand.memory, &format!("workflow_{applied}"), applied - 1, stand.clock.now());
        stand.pass(CURRENT_FOR / 8);
        assert_eq!(stand.starts(&format!("evt_{applied}")) as u64, applied);
    }
}

#[test]
fn an_event_waits_while_what_was_applied_before_it_cannot_be_read() {
    let Stand { clock, memory, ports } = Stand::new();
    apply(&memory, "workflow", 0, clock.now());
    let definitions = Arc::new(Failing { memory: memory.clone(), fails: AtomicBool::new(false) });
    let deployed = Deployed::new(definitions.clone(), Arc::new(clock.clone()), CURRENT_FOR);
    let stand =
        Stand { ports: Dispatching { deployed: Arc::new(deployed), ..ports }, clock, memory };
    assert_eq!(stand.starts("evt_1"), 1);
    definitions.fails.store(true, Ordering::Relaxed);
    stand.pass(CURRENT_FOR / 8);
    let second = event("evt_2", stand.clock.now(), None);
    assert!(stand.dispatch(&second).is_err(), "it was judged by older things");
    definitions.fails.store(false, Ordering::Relaxed);
    assert!(matches!(stand.decisions(&second)[..], [Decision::Run(_)]));
}

#[test]
fn a_clock_that_steps_back_hides_no_event_from_a_workflow_that_was_applied_before_it() {
    let stand = Stand::new();
    let applied_at = stand.clock.now();
    for from in 0..6 {
        assert_eq!(
            stand
                .memory
                .change(&DefinitionsChange { from_revision: from, ..DefinitionsChange::default() })
                .now_or_never(),
            Some(Ok(true))
        );
    }
    apply(&stand.memory, "workflow", 6, applied_at);
    let an_hour_before = before(applied_at, std::time::Duration::from_secs(3_600));
    let starts = |id: &str, revision| {
        let decisions = stand.decisions(&event(id, an_hour_before, revision));
        matches!(decisions[..], [Decision::Run(_)])
    };
    assert!(starts("evt_7", Some(7)) && starts("evt_8", Some(8)));
    assert!(!starts("evt_6", Some(6)), "it came in before the workflow was applied");
    assert!(!starts("evt_old", None), "nothing but the clock says when it came in");
}

/// Definitions that can be away.
struct Failing {
    memory: Arc<Memory>,
    fails: AtomicBool,
}

#[async_trait]
impl Definitions for Failing {
    async fn current(&self) -> Result<Current, Unavailable> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(Unavailable::new("definitions", "no answer"));
        }
        self.memory.current().await
    }

    async fn version(
        &self,
        workflow: &WorkflowId,
        version: u32,
    ) -> Result<Option<WorkflowVersion>, Unavailable> {
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

/// Two people ask for the same again, and both have looked before either began.
#[test]
fn a_run_that_somebody_else_has_just_started_again_is_not_said_to_be_started() {
    let stand = Stand::new();
    let looked = memory(&stand.clock);
    apply(&stand.memory, "workflow", 0, stand.clock.now());
    let current = stand.ports.deployed.current().now_or_never().unwrap().unwrap();
    let event = event("event", stand.clock.now(), None);
    let ask = || {
        let again = again(&stand.ports, &*looked, &event, &current.workflows[0]);
        again.now_or_never().unwrap()
    };
    let first = ask().unwrap();
    assert_eq!(ask(), Err(NotStarted::StillRunning(first.run)));
}
