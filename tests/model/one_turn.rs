//! The smallest workflow with a slot: its run asks for its turn, and works.

use crate::placed::placed;
use crate::times::NOW;
use serde_json::Value;
use std::time::Duration;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::protocol::{Advance, Ended, Flow, NewRun, Next, RetryCurve, new_run};
use tradewind_engine::runs::{FlowKind, Run, StepPlan, StepWork};
use tradewind_engine::time::{Timestamp, after};

/// The step by which it works.
pub(crate) const WORK: &str = "work";

/// A workflow of one step behind a slot.
pub(crate) struct OneTurn;

impl OneTurn {
    /// A run of that version. A higher number was started later.
    pub(crate) fn run(number: usize, version: u32) -> Run {
        let event = placed(NOW);
        let (key, input) = (number.to_string(), Value::Null);
        let workflow = &"w".into();
        let new = NewRun { workflow, version, event: &event, key, generation: 0, input };
        let run = new_run(new, &Self, after(NOW, Duration::from_millis(number as u64)));
        Run { id: RunId(format!("run_{number}")), ..run }
    }
}

fn plan(path: StepPath, kind: FlowKind) -> StepPlan {
    StepPlan { path, work: StepWork::flow(kind) }
}

impl Flow for OneTurn {
    fn beginning(&self, _: &Run, _: Timestamp) -> Advance {
        Advance::to(Next::Step(plan(StepPath::slot(), FlowKind::Slot)))
    }

    fn advance(&self, _: &Run, path: &StepPath, _: Ended<'_>, _: Timestamp) -> Advance {
        Advance::to(match path.is_slot() {
            true => Next::Step(plan(WORK.into(), FlowKind::Wait)),
            false => Next::End,
        })
    }

    fn continues_on_error(&self, _: &StepPath) -> bool {
        false
    }

    fn first_on_failure(&self) -> Option<StepPlan> {
        None
    }

    fn retry_curve(&self, _: &StepPath) -> RetryCurve {
        RetryCurve::standard()
    }
}
