//! The steps of a run, in the order of its workflow.

use crate::types::{RunStep, StepState, Try};
use tradewind_engine::ids::StepPath;
use tradewind_engine::runs::{Run, StepPlan, StepRecord};
use tradewind_engine::workflows::StepKind;
use tradewind_platform::deployed::Compiled;

/// All steps, those of `on_failure` where they were reached. Without the workflow's version, those
/// that were reached.
pub(super) fn steps(run: &Run, compiled: Option<&Compiled>) -> Vec<RunStep> {
    let Some(compiled) = compiled else {
        return run.steps.iter().map(|(path, step)| reached(path, step)).collect();
    };
    let plans = compiled.version.steps.iter();
    let shown = plans.filter_map(|plan| match run.steps.get(&plan.path) {
        Some(step) => Some(reached(&plan.path, step)),
        None if plan.path.is_on_failure() => None,
        None => Some(pending(plan)),
    });
    shown.map(|step| named(step, compiled)).collect()
}

fn named(step: RunStep, compiled: &Compiled) -> RunStep {
    let Some(written) = compiled.workflow.step(&StepPath(step.path.clone())) else { return step };
    let StepKind::Action(action) = &written.kind;
    RunStep { name: written.name.clone(), connection: Some(action.via.0.clone()), ..step }
}

fn reached(path: &StepPath, step: &StepRecord) -> RunStep {
    let tried = step.tried.iter();
    RunStep {
        path: path.0.clone(),
        name: None,
        action: step.action.0.clone(),
        connection: None,
        provider: step.provider.0.clone(),
        class: step.class.into(),
        state: step.state.into(),
        attempts: step.attempts,
        asked: step.asked,
        claimed_at: step.claimed_at,
        next_at: step.next_at.filter(|_| step.state.is_open()),
        ended_at: step.ended_at,
        reason: step.reason.clone(),
        tried: tried.map(|one| Try { at: one.at, reason: one.reason.clone() }).collect(),
        output: step.output.clone(),
    }
}

fn pending(plan: &StepPlan) -> RunStep {
    let step = reached(&plan.path, &StepRecord::ready(plan));
    RunStep { state: StepState::Pending, ..step }
}
