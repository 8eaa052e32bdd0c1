//! A compiled workflow as the protocol sees it: what comes next.

use crate::deployed::Compiled;
use serde_json::{Map, Value, json};
use tradewind_engine::expressions::Scope;
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{Advance, Ended, Flow, Next, RetryCurve};
use tradewind_engine::runs::{Run, StepPlan, StepRecord};
use tradewind_engine::workflows::{OnError, Step, StepKind};

/// How often a step below `on_failure` is tried where it does not say: for about three minutes.
const TRIES_ON_FAILURE: u32 = 4;
/// Why a step whose `if` does not hold is skipped.
pub(crate) const CONDITION_FALSE: &str = "its `if` does not hold";

impl Flow for Compiled {
    fn beginning(&self, run: &Run) -> Advance {
        self.first_of(self.workflow.steps.iter(), run, self.steps_seen(run))
    }

    fn advance(&self, run: &Run, path: &StepPath, ended: Ended<'_>) -> Advance {
        let mut seen = self.steps_seen(run);
        seen.insert(path.0.clone(), ended_seen(ended));
        let following = self.steps_around(path).iter().skip_while(|step| step.path != *path);
        self.first_of(following.skip(1), run, seen)
    }

    fn continues_on_error(&self, path: &StepPath) -> bool {
        self.workflow.step(path).is_some_and(|step| step.on_error == OnError::Continue)
    }

    fn first_on_failure(&self) -> Option<StepPlan> {
        self.workflow.on_failure.first().and_then(|step| self.plan(&step.path)).cloned()
    }

    fn retry_curve(&self, path: &StepPath) -> RetryCurve {
        let step = self.workflow.step(path);
        let retry = step.and_then(|step| match &step.kind {
            StepKind::Action(action) => action.retry.as_ref(),
        });
        match retry {
            Some(retry) => RetryCurve::scaled(retry.attempts, retry.over),
            // The alarm about the failure waits for these steps: minutes, not days.
            None if path.is_on_failure() => RetryCurve::scaled(TRIES_ON_FAILURE, None),
            None => RetryCurve::standard(),
        }
    }
}

impl Compiled {
    /// What was fixed about a step when this version was applied.
    pub fn plan(&self, path: &StepPath) -> Option<&StepPlan> {
        self.version.steps.iter().find(|plan| plan.path == *path)
    }

    /// The first of the steps that is needed.
    fn first_of<'a>(
        &self,
        steps: impl Iterator<Item = &'a Step>,
        run: &Run,
        mut seen: Map<String, Value>,
    ) -> Advance {
        let mut skipped = Vec::new();
        for step in steps {
            let Some(plan) = self.plan(&step.path) else { continue };
            // An `if` that cannot be evaluated fails its step, where a person sees it.
            match holds(step, run, &seen) {
                Some(false) => {
                    seen.insert(step.path.0.clone(), ended_seen(Ended::Skipped));
                    skipped.push((plan.clone(), CONDITION_FALSE.to_owned()));
                }
                Some(true) | None => return Advance { skipped, next: Next::Step(plan.clone()) },
            }
        }
        Advance { skipped, next: Next::End }
    }

    /// What expressions of a step may refer to.
    pub(crate) fn scope(&self, run: &Run) -> Scope {
        scope_with(run, &self.steps_seen(run))
    }

    /// Every step of the workflow: one that was not reached counts as skipped, so that a default for
    /// its output has a meaning.
    fn steps_seen(&self, run: &Run) -> Map<String, Value> {
        let seen = self.workflow.all_steps().map(|step| {
            let record = run.steps.get(&step.path).filter(|record| !record.state.is_open());
            let seen = record.map_or_else(|| with_status(None, "skipped"), step_seen);
            (step.path.0.clone(), seen)
        });
        seen.collect()
    }

    fn steps_around(&self, path: &StepPath) -> &[Step] {
        if path.is_on_failure() { &self.workflow.on_failure } else { &self.workflow.steps }
    }
}

fn scope_with(run: &Run, seen: &Map<String, Value>) -> Scope {
    let scope = Scope::new(&run.input, &Value::Object(seen.clone()));
    match &run.failure {
        Some(failure) => scope.with_failure(&json!({
            "step": failure.step,
            "reason": failure.reason,
            "attempts": failure.attempts,
            "run": run.id,
        })),
        None => scope,
    }
}

fn holds(step: &Step, run: &Run, seen: &Map<String, Value>) -> Option<bool> {
    match &step.condition {
        None => Some(true),
        Some(condition) => condition.holds(&scope_with(run, seen)).ok(),
    }
}

fn step_seen(step: &StepRecord) -> Value {
    with_status(step.output.as_ref(), step.status())
}

fn ended_seen(ended: Ended<'_>) -> Value {
    match ended {
        Ended::Done(output) => with_status(Some(output), "succeeded"),
        Ended::Skipped => with_status(None, "skipped"),
        Ended::Failed => with_status(None, "failed"),
    }
}

fn with_status(output: Option<&Value>, status: &str) -> Value {
    let mut seen = match output {
        Some(Value::Object(fields)) => fields.clone(),
        _ => Map::new(),
    };
    seen.insert("status".to_owned(), Value::String(status.to_owned()));
    Value::Object(seen)
}
