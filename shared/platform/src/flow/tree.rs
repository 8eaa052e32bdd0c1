//! A compiled workflow as the protocol sees it: what comes next.

use super::decisions::{Decided, decide, holds, route_taken, taken_in};
use crate::deployed::Compiled;
use serde_json::{Map, Value, json};
use std::slice;
use tradewind_engine::expressions::Scope;
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{Advance, Ended, Flow, Next, Passed, RetryCurve};
use tradewind_engine::runs::{Run, StepPlan, StepRecord, StepState};
use tradewind_engine::time::Timestamp;
use tradewind_engine::workflows::{OnError, Step};

/// How often a step below `on_failure` is tried where it does not say: for about three minutes.
const TRIES_ON_FAILURE: u32 = 4;
/// Why a step whose `if` does not hold is skipped.
pub(crate) const CONDITION_FALSE: &str = "its `if` does not hold";

impl Flow for Compiled {
    fn beginning(&self, run: &Run, now: Timestamp) -> Advance {
        self.first_of(vec![self.workflow.steps.iter()], run, self.steps_seen(run), now)
    }

    fn advance(&self, run: &Run, path: &StepPath, ended: Ended<'_>, now: Timestamp) -> Advance {
        let mut seen = self.steps_seen(run);
        if let Some(id) = self.workflow.step(path).and_then(Step::id) {
            seen.insert(id.to_owned(), ended_seen(ended));
        }
        let mut coming = Vec::new();
        following(self.steps_around(path), path, &mut coming);
        if let (Some(step), Ended::Done(output)) = (self.workflow.step(path), ended) {
            coming.extend(route_taken(step, output).map(|route| route.steps.iter()));
        }
        self.first_of(coming, run, seen, now)
    }

    fn continues_on_error(&self, path: &StepPath) -> bool {
        self.workflow.step(path).is_some_and(|step| step.on_error == OnError::Continue)
    }

    fn first_on_failure(&self) -> Option<StepPlan> {
        self.workflow.on_failure.first().and_then(|step| self.plan(&step.path)).cloned()
    }

    fn retry_curve(&self, path: &StepPath) -> RetryCurve {
        let step = self.workflow.step(path);
        let retry = step.and_then(Step::action).and_then(|action| action.retry.as_ref());
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

    /// Why the run passes a step by that stands on a route: its route was not taken. Nothing where it was, or
    /// may be.
    pub fn passed_by(&self, run: &Run, path: &StepPath) -> Option<&'static str> {
        let around = self.workflow.all_steps().filter(|step| {
            !step.routes().is_empty() && path.as_str().starts_with(&format!("{}[", step.path))
        });
        around.filter_map(|choose| why_passed_by(run, choose, path)).next()
    }

    /// The first step that somebody has to work on, or that waits. `coming`: the steps that are still to
    /// come, those within others last.
    fn first_of<'a>(
        &self,
        mut coming: Vec<slice::Iter<'a, Step>>,
        run: &Run,
        mut seen: Map<String, Value>,
        now: Timestamp,
    ) -> Advance {
        let mut passed = Vec::new();
        while let Some(steps) = coming.last_mut() {
            let Some(step) = steps.next() else {
                coming.pop();
                continue;
            };
            let Some(plan) = self.plan(&step.path) else { continue };
            let scope = scope_with(run, &seen);
            // What cannot be evaluated fails its step, where a person sees it.
            let decided = match holds(step, &scope) {
                Ok(true) => decide(step, &scope, now).unwrap_or(Decided::Work),
                Ok(false) => {
                    see(&mut seen, step, Ended::Skipped);
                    passed.push(Passed::Skipped(plan.clone(), CONDITION_FALSE.to_owned()));
                    continue;
                }
                Err(_) => Decided::Work,
            };
            let next = match decided {
                Decided::Passed(output) => {
                    see(&mut seen, step, Ended::Done(&output));
                    coming.extend(route_taken(step, &output).map(|route| route.steps.iter()));
                    passed.push(Passed::Decided(plan.clone(), output));
                    continue;
                }
                Decided::Waits(until) => Next::Wait(plan.clone(), until),
                Decided::Work => Next::Step(plan.clone()),
            };
            return Advance { passed, next };
        }
        Advance { passed, next: Next::End }
    }

    /// What expressions of a step may refer to.
    pub(crate) fn scope(&self, run: &Run) -> Scope {
        scope_with(run, &self.steps_seen(run))
    }

    /// Every step of the workflow: one that was not reached counts as skipped, so that a default for
    /// its output has a meaning.
    fn steps_seen(&self, run: &Run) -> Map<String, Value> {
        let seen = self.workflow.all_steps().filter_map(|step| {
            let record = run.steps.get(&step.path).filter(|record| !record.state.is_open());
            let seen = record.map_or_else(|| with_status(None, "skipped"), step_seen);
            Some((step.id()?.to_owned(), seen))
        });
        seen.collect()
    }

    fn steps_around(&self, path: &StepPath) -> &[Step] {
        if path.is_on_failure() { &self.workflow.on_failure } else { &self.workflow.steps }
    }
}

/// The steps that come after this one: those around it first, those next to it last. Whether it is there.
fn following<'a>(
    steps: &'a [Step],
    path: &StepPath,
    coming: &mut Vec<slice::Iter<'a, Step>>,
) -> bool {
    for (index, step) in steps.iter().enumerate() {
        coming.push(steps[index + 1..].iter());
        let mut routes = step.routes().iter();
        if step.path == *path || routes.any(|route| following(&route.steps, path, coming)) {
            return true;
        }
        coming.pop();
    }
    false
}

fn why_passed_by(run: &Run, choose: &Step, path: &StepPath) -> Option<&'static str> {
    let record = run.steps.get(&choose.path)?;
    match (record.state, record.output.as_ref().and_then(taken_in)) {
        (StepState::Skipped, _) => Some("its `choose` was skipped"),
        (StepState::Done, None) => Some("no route was taken"),
        (StepState::Done, Some(taken)) => {
            let is_taken = path.as_str().starts_with(&format!("{}[{taken}].", choose.path));
            (!is_taken).then_some("another route was taken")
        }
        _ => None,
    }
}

fn see(seen: &mut Map<String, Value>, step: &Step, ended: Ended<'_>) {
    if let Some(id) = step.id() {
        seen.insert(id.to_owned(), ended_seen(ended));
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
