//! The workflow that is checked: steps in a line.

use serde_json::Value;
use std::time::Duration;
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{Advance, Ended, Flow, Next, RetryCurve};
use tradewind_engine::runs::{RUN_VERSION, Run, RunState, StepPlan, StepRecord};
use tradewind_engine::time::after;

use crate::times::NOW;

/// Steps one after the other, and one below `on_failure`.
pub(crate) struct Line {
    pub(crate) steps: Vec<StepPlan>,
    pub(crate) on_failure: Option<StepPlan>,
}

impl Line {
    /// The run as the dispatcher starts it.
    pub(crate) fn run(&self) -> Run {
        Run {
            v: RUN_VERSION,
            id: "r".into(),
            workflow: "w".into(),
            version: 1,
            event: "e".into(),
            connection: None,
            key: "e".to_owned(),
            generation: 0,
            test: false,
            state: RunState::Active,
            resumed: 0,
            input: Value::Null,
            steps: self
                .steps
                .iter()
                .take(1)
                .map(|plan| (plan.path.clone(), StepRecord::ready(plan)))
                .collect(),
            failure: None,
            dead_lettered: false,
            quiet: false,
            hops: 0,
            check_at: Some(after(NOW, Duration::from_secs(900))),
            created_at: NOW,
            revision: None,
            ended_at: None,
            redacted_at: None,
        }
    }
}

impl Flow for Line {
    fn advance(&self, _run: &Run, path: &StepPath, _ended: Ended<'_>) -> Advance {
        let mut later = self.steps.iter().skip_while(|plan| plan.path != *path).skip(1);
        let next = later.next().map_or(Next::End, |plan| Next::Step(plan.clone()));
        Advance { skipped: Vec::new(), next }
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
