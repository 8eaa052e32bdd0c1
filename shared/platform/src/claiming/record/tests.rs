//! How long a store that does not answer is asked to record an outcome.

use super::*;
use crate::claiming::Claiming;
use crate::given::{claimed, clock, executing, memory};
use async_trait::async_trait;
use futures::FutureExt;
use serde_json::json;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use tradewind_engine::definitions::{DEFINITIONS_VERSION, WorkflowVersion};
use tradewind_engine::ports::{Clock, Journal, Receipt, Unavailable};
use tradewind_engine::time::{after, until};
use tradewind_engine::workflows::Workflow;
use tradewind_memory::VirtualClock;

const SOURCE: &str = "
trigger: { event: order.placed, from: shop }
steps:
  - { id: do, uses: thing.do, via: shop, with: {} }
";

/// Refuses to answer so often, each time after a while.
struct Busy {
    clock: VirtualClock,
    takes: Duration,
    refusals: usize,
    asked_at: Mutex<Vec<Timestamp>>,
}

#[async_trait]
impl Journal for Busy {
    async fn commit(&self, _: Option<&Receipt>, _: &[Command]) -> Result<Committed, Interrupted> {
        let now = self.clock.now();
        self.asked_at.lock().unwrap().push(now);
        if self.asked_at.lock().unwrap().len() > self.refusals {
            return Ok(Committed::Applied(None));
        }
        self.clock.advance_to(after(now, self.takes));
        Err(Unavailable::new("journal", "busy").into())
    }
}

fn compiled(clock: &VirtualClock) -> Compiled {
    let (id, source) = ("w".into(), SOURCE.to_owned());
    let workflow = Workflow::parse(&id, &source).unwrap();
    let (v, steps, applied_at) = (DEFINITIONS_VERSION, Vec::new(), clock.now());
    Compiled { version: WorkflowVersion { v, id, version: 1, source, steps, applied_at }, workflow }
}

/// How a call ends that came back `called_s` after the claim, to a journal that answers only after so
/// many `refusals`, each of which `takes_s`; and when, in seconds after the claim, it was asked.
fn check(called_s: u64, refusals: usize, takes_s: u64) -> (Handled, Vec<u64>) {
    let clock = clock();
    let (takes, asked_at) = (Duration::from_secs(takes_s), Mutex::default());
    let busy = Arc::new(Busy { clock: clock.clone(), takes, refusals, asked_at });
    let ports = executing(&clock, &memory(&clock), Vec::new()).claiming();
    let ports = Claiming { journal: busy.clone(), ..ports };
    let (begin, compiled) = (clock.now(), compiled(&clock));
    let run = claimed(begin, ports.times.lease, "neither", "hold");
    clock.advance_to(after(begin, Duration::from_secs(called_s)));
    let (receipt, path) = (Receipt("m".to_owned()), StepPath::from("do"));
    let outcome = Outcome::Done(json!("sent"));
    let claimed = Claimed { ports: &ports, receipt: &receipt, run: Box::new(run), path };
    let mut recorded = pin!(claimed.record(&compiled, outcome, Circumstances::default()));
    let handled = loop {
        match recorded.as_mut().now_or_never() {
            Some(handled) => break handled,
            None => clock.advance_to(clock.next_timer().expect("it waits for the time")),
        }
    };
    let asked_at = busy.asked_at.lock().unwrap();
    (handled, asked_at.iter().map(|at| until(begin, *at).as_secs()).collect())
}

#[test]
fn an_outcome_is_recorded_as_soon_as_the_store_answers() {
    assert_eq!(check(2, 0, 0), (Handled::Settled, vec![2]));
    assert_eq!(check(2, 3, 0), (Handled::Settled, vec![2, 3, 4, 5]));
    assert_eq!(check(2, 30, 0).0, Handled::Settled);
}

#[test]
fn recording_is_given_up_before_the_process_is_ended() {
    let left = |handled: &Handled| {
        let Handled::Left(reason) = handled else { panic!("{handled:?}") };
        // Where it came from follows.
        reason.starts_with("the outcome could not be recorded: journal is unavailable: busy (")
    };
    let (handled, asked_at) = check(50, usize::MAX, 0);
    assert_eq!((left(&handled), asked_at), (true, (50..59).collect()));
    // What a service that hangs costs.
    let (handled, asked_at) = check(2, usize::MAX, 10);
    assert_eq!((left(&handled), asked_at), (true, vec![2, 13, 24, 35, 46, 57]));
}

#[test]
fn recording_is_tried_once_however_late_it_is() {
    assert_eq!(check(75, 0, 0), (Handled::Settled, vec![75]));
    assert_eq!(check(75, usize::MAX, 10).1, [75]);
}
