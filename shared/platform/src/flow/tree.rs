//! A compiled workflow as the protocol sees it: what comes next.

use super::decisions::{Decided, decide, holds, route_taken, taken_in};
use super::ground::Ground;
use crate::deployed::Compiled;
use serde_json::{Map, Value};
use std::slice;
use tradewind_engine::expressions::Scope;
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{Advance, Ended, Flow, Next, Passed, RetryCurve};
use tradewind_engine::runs::{FlowKind, ItemEnd, Run, StepPlan, StepRecord, StepState};
use tradewind_engine::time::Timestamp;
use tradewind_engine::workflows::{OnError, Step};

/// How often a step below `on_failure` is tried where it does not say: for about three minutes.
const TRIES_ON_FAILURE: u32 = 4;
/// Why a step whose `if` does not hold is skipped.
pub(crate) const CONDITION_FALSE: &str = "its `if` does not hold";

impl Flow for Compiled {
    fn beginning(&self, run: &Run, now: Timestamp) -> Advance {
        match self.plan(&StepPath::slot()).filter(|_| run.branch.is_none()) {
            Some(slot) => Advance::to(Next::Step(slot.clone())),
            None => self.first(run, now),
        }
    }

    fn advance(&self, run: &Run, path: &StepPath, ended: Ended<'_>, now: Timestamp) -> Advance {
        if path.is_slot() {
            return self.first(run, now);
        }
        let (Some(ground), Some(step)) = (Ground::of(self, run), self.workflow.step(path)) else {
            return Advance::to(Next::End);
        };
        let steps = ground.steps(path.is_on_failure());
        let mut walk = Walk::new(self, run, ground, Some(path));
        if ended == Ended::Failed && !step.passes_its_failure() && run.branch.is_some() {
            walk.item_end = ItemEnd::Failed;
            return walk.go(Vec::new(), now);
        }
        walk.see(step, ended);
        let mut coming = Vec::new();
        following(steps, &step.path, &mut coming);
        if let Ended::Done(output) = ended {
            coming.extend(route_taken(step, output).map(|route| route.steps.iter()));
        }
        walk.go(coming, now)
    }

    fn continues_on_error(&self, path: &StepPath) -> bool {
        let around = self.workflow.all_steps().filter(|step| step.loops().is_some());
        let around = around.filter(|one| one.within().any(|step| step.path.is_pattern_of(path)));
        // The innermost of them says what becomes of its item.
        let innermost = around.max_by_key(|one| one.path.as_str().len());
        self.workflow.step(path).is_some_and(Step::passes_its_failure)
            || innermost.is_some_and(|one| one.on_error == OnError::Continue)
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
    /// To the first of the steps that is needed.
    fn first(&self, run: &Run, now: Timestamp) -> Advance {
        let Some(ground) = Ground::of(self, run) else { return Advance::to(Next::End) };
        let coming = vec![ground.steps(false).iter()];
        Walk::new(self, run, ground, None).go(coming, now)
    }

    /// What was fixed about a step when this version was applied. Within a loop it goes by its place in the
    /// file.
    pub fn plan(&self, path: &StepPath) -> Option<&StepPlan> {
        self.version.steps.iter().find(|plan| plan.path.is_pattern_of(path) || plan.path == *path)
    }

    /// Why the run passes a step by that stands on a route: its route was not taken. Nothing where it was, or
    /// may be.
    pub fn passed_by(&self, run: &Run, path: &StepPath) -> Option<&'static str> {
        let around = self.workflow.all_steps().filter(|step| {
            !step.routes().is_empty() && path.as_str().starts_with(&format!("{}[", step.path))
        });
        around.filter_map(|choose| why_passed_by(run, choose, path)).next()
    }

    /// What expressions of a step may refer to.
    pub(crate) fn scope(&self, run: &Run) -> Scope {
        match Ground::of(self, run) {
            Some(ground) => ground.scope(run, ground.item(run), &ground.steps_seen(run)),
            None => Scope::new(&Value::Null, &Value::Null),
        }
    }
}

/// The way of a run from one step to the next that somebody has to work on.
struct Walk<'a> {
    compiled: &'a Compiled,
    run: &'a Run,
    ground: Ground<'a>,
    /// What is known of the steps so far.
    seen: Map<String, Value>,
    /// The item of a branch.
    item: u32,
    /// How the item ends if no more steps are needed.
    item_end: ItemEnd,
}

impl<'a> Walk<'a> {
    /// `ending`: the step that ends, of which the record does not tell the end yet.
    fn new(
        compiled: &'a Compiled,
        run: &'a Run,
        ground: Ground<'a>,
        ending: Option<&StepPath>,
    ) -> Self {
        let others = run.steps.iter().filter(|(path, _)| Some(*path) != ending);
        let did_something = others.map(|(_, step)| step).any(has_done_something);
        Self {
            compiled,
            run,
            seen: ground.steps_seen(run),
            item: ground.item(run),
            item_end: if did_something { ItemEnd::Done } else { ItemEnd::Skipped },
            ground,
        }
    }

    /// A step has ended.
    fn see(&mut self, step: &Step, ended: Ended<'_>) {
        if let Some(id) = step.id() {
            self.seen.insert(id.to_owned(), super::ground::ended_seen(ended));
        }
        if ended != Ended::Skipped && step.routes().is_empty() {
            self.item_end = ItemEnd::Done;
        }
    }

    /// To the first step that somebody has to work on, or that waits. `coming`: the steps that are still to
    /// come, those within others last.
    fn go(mut self, mut coming: Vec<slice::Iter<'a, Step>>, now: Timestamp) -> Advance {
        let mut ended_items = Vec::new();
        loop {
            let (passed, next) = self.through(&mut coming, now);
            if let Some(next) = next {
                return Advance { ended_items, passed, next };
            }
            let Some(branch) = &self.run.branch else {
                return Advance { ended_items, passed, next: Next::End };
            };
            // All steps of the item are behind it.
            ended_items.push(self.item_end);
            self.item += 1;
            if self.item >= branch.first + branch.count {
                return Advance { ended_items, passed: Vec::new(), next: Next::End };
            }
            self.item_end = ItemEnd::Skipped;
            self.seen = self.ground.steps_before(self.run);
            coming = vec![self.ground.steps(false).iter()];
        }
    }

    /// As far as these steps go.
    fn through(
        &mut self,
        coming: &mut Vec<slice::Iter<'a, Step>>,
        now: Timestamp,
    ) -> (Vec<Passed>, Option<Next>) {
        let mut passed = Vec::new();
        while let Some(steps) = coming.last_mut() {
            let Some(step) = steps.next() else {
                coming.pop();
                continue;
            };
            let Some(plan) = self.compiled.plan(&step.path) else { continue };
            let plan =
                StepPlan { path: self.ground.path(step, self.run, self.item), ..plan.clone() };
            let scope = self.ground.scope(self.run, self.item, &self.seen);
            // What cannot be evaluated fails its step, where a person sees it.
            let decided = match holds(step, &scope) {
                Ok(true) => decide(step, &scope, now).unwrap_or(Decided::Work),
                Ok(false) => {
                    self.see(step, Ended::Skipped);
                    passed.push(Passed::Skipped(plan, CONDITION_FALSE.to_owned()));
                    continue;
                }
                Err(_) => Decided::Work,
            };
            let next = match decided {
                Decided::Passed(output) => {
                    self.see(step, Ended::Done(&output));
                    coming.extend(route_taken(step, &output).map(|route| route.steps.iter()));
                    passed.push(Passed::Decided(plan, output));
                    continue;
                }
                Decided::Waits(until) => Next::Wait(plan, until),
                Decided::Loops(items) => Next::Loop(plan, items),
                Decided::Work => Next::Step(plan),
            };
            return (passed, Some(next));
        }
        (passed, None)
    }
}

/// Whether the record shows more than that a step was not needed.
fn has_done_something(step: &StepRecord) -> bool {
    let is_choose = step.work.flow_work().is_some_and(|work| work.flow == FlowKind::Choose);
    matches!(step.state, StepState::Done | StepState::Failed) && !is_choose
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
