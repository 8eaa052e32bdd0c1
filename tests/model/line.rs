//! The workflow that is checked: steps in a line.

use serde_json::Value;
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{Advance, Ended, Flow, NewRun, Next, RetryCurve, new_run};
use tradewind_engine::runs::{Run, StepPlan};
use tradewind_engine::time::Timestamp;

use crate::placed::placed;
use crate::times::{LATE, NOW};

/// Steps one after the other, and one below `on_failure`.
pub(crate) struct Line {
    pub(crate) steps: Vec<StepPlan>,
    pub(crate) on_failure: Option<StepPlan>,
}

impl Line {
    /// The run as the dispatcher starts it.
    pub(crate) fn run(&self) -> Run {
        let event = placed(NOW);
        let (key, input) = ("e".to_owned(), Value::Null);
        let workflow = &"w".into();
        let new = NewRun { workflow, version: 1, event: &event, key, generation: 0, input };
        new_run(new, self, NOW)
    }
}

fn next(plan: Option<&StepPlan>) -> Next {
    match plan {
        None => Next::End,
        Some(plan) if plan.work.action().is_none() => Next::Wait(plan.clone(), LATE),
        Some(plan) => Next::Step(plan.clone()),
    }
}

impl Flow for Line {
    fn beginning(&self, _run: &Run, _now: Timestamp) -> Advance {
        Advance::to(next(self.steps.first()))
    }

    fn advance(&self, _run: &Run, path: &StepPath, _ended: Ended<'_>, _now: Timestamp) -> Advance {
        let mut later = self.steps.iter().skip_while(|plan| plan.path != *path).skip(1);
        Advance::to(next(later.next()))
    }

    fn continues_on_error(&self, _path: &StepPath) -> bool {
        false
    }

    fn first_on_failure(&self) -> Option<StepPlan> {
        self.on_failure.clone()
    }

    fn retry_curve(&self, _path: &StepPath) -> RetryCurve {
        RetryCurve::standard()
    }
}
