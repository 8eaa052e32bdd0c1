//! A run and the event that cancels it, in every order.

use super::*;
use serde_json::json;
use std::sync::Mutex;
use std::time::Duration;
use tradewind_engine::definitions::{Listening, version_of_head};
use tradewind_engine::effects::{EffectClass, OnUnknown};
use tradewind_engine::ports::{Interrupted, Journal, Runs};
use tradewind_engine::protocol::{Command, Committed};
use tradewind_engine::runs::{ActionWork, Run, RunState, StepPlan, StepWork};
use tradewind_engine::workflows::Workflow;

const CANCELLABLE: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
cancel_on:
  - { event: order.cancelled, key: trigger.order.id }
steps:
  - { id: do, uses: thing.do, via: shop, with: { text: it } }
";

pub(super) fn plan() -> StepPlan {
    let work = StepWork::Action(ActionWork {
        action: "thing.do".into(),
        provider: "sandbox".into(),
        class: EffectClass::Neither,
        on_unknown: OnUnknown::Hold,
        via: Some("shop".into()),
        identity: None,
    });
    StepPlan { path: "do".into(), work }
}

/// A dispatcher of a workflow whose runs can be cancelled.
fn stand() -> Stand {
    let stand = Stand::new();
    let (id, now): (WorkflowId, _) = ("w".into(), stand.clock.now());
    let workflow = Workflow::parse(&id, CANCELLABLE).unwrap();
    let listens: Vec<Listening> =
        workflow.cancel_on.iter().map(|one| one.listening(Some(&"shop".into()), false)).collect();
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
    let (v, source, steps) = (DEFINITIONS_VERSION, CANCELLABLE.to_owned(), vec![plan()]);
    let version = WorkflowVersion { v, id, version: 1, source, steps, applied_at: now };
    let change = DefinitionsChange {
        heads: vec![head],
        versions: vec![version],
        ..DefinitionsChange::default()
    };
    assert_eq!(stand.memory.change(&change).now_or_never(), Some(Ok(true)));
    stand.pass(Duration::from_secs(10));
    stand
}

impl Stand {
    /// An event of order 7 that is accepted now.
    fn of_order(&self, id: &str, name: &str) -> Event {
        let data = json!({ "order": { "id": "7" } }).as_object().unwrap().clone();
        let event = event(id, self.clock.now(), None);
        self.pass(Duration::from_secs(1));
        Event { name: name.to_owned(), connection: Some("shop".into()), data, ..event }
    }

    fn run(&self) -> Run {
        self.find().expect("there is a run")
    }

    fn find(&self) -> Option<Run> {
        let id = tradewind_engine::runs::run_id(&"w".into(), Some(&"shop".into()), "7", 0);
        Runs::read(&*self.memory, &id).now_or_never().unwrap().unwrap()
    }

    fn stands(&self) -> (RunState, Option<String>) {
        let run = self.run();
        (run.state, run.cancelled_by.map(|event| event.0))
    }
}

fn cancelled_by(event: &str) -> (RunState, Option<String>) {
    (RunState::Cancelled, Some(event.to_owned()))
}

#[test]
fn an_event_that_comes_after_the_start_cancels_the_run_and_says_so() {
    let stand = stand();
    let placed = stand.of_order("placed", "order.placed");
    let cancelled = stand.of_order("cancelled", "order.cancelled");
    stand.decisions(&placed);
    let id = stand.run().id;
    for _ in 0..2 {
        assert_eq!(stand.decisions(&cancelled), [Decision::Cancelled(vec![id.clone()])]);
        assert_eq!(stand.stands(), cancelled_by("cancelled"));
    }
    // Nothing of it comes again with the run's own event.
    stand.decisions(&placed);
    assert_eq!(stand.stands(), cancelled_by("cancelled"));
}

#[test]
fn an_event_that_is_dispatched_before_the_start_and_is_younger_cancels_the_run() {
    let stand = stand();
    let placed = stand.of_order("placed", "order.placed");
    let cancelled = stand.of_order("cancelled", "order.cancelled");
    assert_eq!(stand.decisions(&cancelled), []);
    stand.decisions(&placed);
    assert_eq!(stand.stands(), cancelled_by("cancelled"));
}

#[test]
fn an_event_that_is_older_than_the_runs_own_cancels_nothing_whenever_it_is_dispatched() {
    for comes_first in [true, false] {
        let stand = stand();
        let cancelled = stand.of_order("cancelled", "order.cancelled");
        let placed = stand.of_order("placed", "order.placed");
        let events = if comes_first { [&cancelled, &placed] } else { [&placed, &cancelled] };
        for event in events {
            stand.decisions(event);
        }
        assert_eq!(stand.stands(), (RunState::Active, None));
    }
}

#[test]
fn an_event_that_is_told_of_again_later_is_no_newer_one() {
    let stand = stand();
    let cancelled = stand.of_order("cancelled", "order.cancelled");
    stand.decisions(&cancelled);
    stand.decisions(&stand.of_order("placed", "order.placed"));
    let again = Event { accepted_at: stand.clock.now(), ..cancelled };
    stand.decisions(&again);
    assert_eq!(stand.stands(), (RunState::Active, None));
}

#[test]
fn an_event_of_another_order_cancels_nothing() {
    let stand = stand();
    stand.decisions(&stand.of_order("placed", "order.placed"));
    let mut other = stand.of_order("cancelled", "order.cancelled");
    other.data = json!({ "order": { "id": "8" } }).as_object().unwrap().clone();
    assert_eq!(stand.decisions(&other), []);
    let mut none = stand.of_order("none", "order.cancelled");
    none.data = json!({ "order": { "id": null } }).as_object().unwrap().clone();
    assert_eq!(stand.decisions(&none), []);
    assert_eq!(stand.stands(), (RunState::Active, None));
}

/// After so many commands another process dispatches an event; then this one goes on, or has ended.
struct Between {
    memory: Arc<Memory>,
    left: Mutex<Option<usize>>,
    other: (Dispatching, String),
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
                let (ports, body) = &self.other;
                dispatch(ports, &Receipt("other".to_owned()), body).await?;
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

/// The other event is dispatched after so many commands of this one; where its process ends there, its
/// message comes again.
fn check_interleaved(begins: &str, after: usize, ends: bool) {
    let stand = stand();
    let placed = stand.of_order("placed", "order.placed");
    let cancelled = stand.of_order("cancelled", "order.cancelled");
    let (one, other) = if begins == "placed" { (placed, cancelled) } else { (cancelled, placed) };
    let ports = |journal: Arc<dyn Journal>| Dispatching {
        deployed: stand.ports.deployed.clone(),
        journal,
        marks: stand.memory.clone(),
        holds: stand.memory.clone(),
        events: stand.memory.clone(),
        runs: stand.memory.clone(),
        clock: stand.ports.clock.clone(),
    };
    let between = Between {
        memory: stand.memory.clone(),
        left: Mutex::new(Some(after)),
        other: (ports(stand.memory.clone()), serde_json::to_string(&other).unwrap()),
        ends,
    };
    let (ports, body) = (ports(Arc::new(between)), serde_json::to_string(&one).unwrap());
    let handled = dispatch(&ports, &Receipt("m".to_owned()), &body).now_or_never();
    if handled.is_none() {
        stand.decisions(&one);
    }
    if stand.find().is_none_or(|run| run.state == RunState::Active) {
        // There were not so many writes for the other to come between.
        assert!(handled.is_some(), "{begins}, {after}, {ends}");
        stand.decisions(&other);
    }
    assert_eq!(stand.stands(), cancelled_by("cancelled"), "{begins}, {after}, {ends}");
}

#[test]
fn whichever_comes_between_the_writes_of_the_other_the_run_is_cancelled() {
    for begins in ["placed", "cancelled"] {
        for after in 0..6 {
            check_interleaved(begins, after, false);
            check_interleaved(begins, after, true);
        }
    }
}
