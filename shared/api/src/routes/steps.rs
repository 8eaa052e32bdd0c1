//! The steps of a run, in the order of its workflow.

use crate::types::{LoopItems, Question, RunStep, StepState, Try, word_of};
use tradewind_engine::ids::StepPath;
use tradewind_engine::runs::{self, Run, StepPlan, StepRecord};
use tradewind_platform::deployed::Compiled;

/// All steps, those of `on_failure` where they were reached. Without the workflow's version, those
/// that were reached. Of loops, the steps of the `shown` branches; `known` are all that count.
pub(super) fn steps(
    run: &Run,
    (shown, known): (&[Run], &[Run]),
    compiled: Option<&Compiled>,
) -> Vec<RunStep> {
    let Some(compiled) = compiled else {
        return run.steps.keys().filter_map(|path| of_record(run, path, known)).collect();
    };
    let plans = compiled.version.steps.iter();
    let steps = plans.flat_map(|plan| {
        let of_loop = shown.iter().filter(|branch| is_of(branch, &plan.path));
        let own = of_plan(run, plan, known, compiled).into_iter();
        own.chain(of_loop.flat_map(|branch| in_sight(branch, known))).collect::<Vec<_>>()
    });
    steps.map(|step| named(step, compiled)).collect()
}

fn is_of(branch: &Run, path: &StepPath) -> bool {
    branch.branch.as_ref().is_some_and(|of| path.is_pattern_of(&of.step) || of.step == *path)
}

/// The steps of a branch that say where it is: what stopped it, or what is worked on.
fn in_sight(branch: &Run, known: &[Run]) -> Vec<RunStep> {
    let stopped =
        |step: &StepRecord| matches!(step.state, runs::StepState::Failed | runs::StepState::Parked);
    let shown = branch.steps.iter().filter(|(_, step)| step.state.is_open() || stopped(step));
    shown.filter_map(|(path, _)| of_record(branch, path, known)).collect()
}

/// A step that the record has reached; how far a loop is, is told by its branches as well.
fn of_record(run: &Run, path: &StepPath, known: &[Run]) -> Option<RunStep> {
    let record = run.steps.get(path)?;
    let mut step = reached(path, record);
    if let Some(items) = record.work.items() {
        let branches = known.iter().filter(|branch| {
            branch.branch.as_ref().is_some_and(|of| of.parent == run.id && of.step == *path)
        });
        step.items = Some(LoopItems::of(items, branches));
        let is_over = run.state == runs::RunState::Cancelled && !run.has_open_branches();
        if is_over && record.state == runs::StepState::Looping {
            step.state = StepState::Cancelled;
        }
    }
    // What was on its way when the run was cancelled shows how it stood; what waited waits no more.
    let waits = matches!(record.state, runs::StepState::Waiting | runs::StepState::Retry);
    let asks_in_vain = record.work.question().is_some() && record.state.is_open();
    if run.state == runs::RunState::Cancelled && (waits || asks_in_vain) {
        step.state = StepState::Cancelled;
        step.next_at = None;
    }
    Some(step)
}

fn of_plan(run: &Run, plan: &StepPlan, known: &[Run], compiled: &Compiled) -> Option<RunStep> {
    match of_record(run, &plan.path, known) {
        Some(step) => Some(step),
        None if plan.path.is_on_failure() => None,
        // Of a loop that has begun, the branches tell.
        None if has_begun(run, &plan.path) => None,
        None => Some(match compiled.passed_by(run, &plan.path) {
            Some(why) => {
                RunStep { state: StepState::Skipped, reason: Some(why.to_owned()), ..pending(plan) }
            }
            None => pending(plan),
        }),
    }
}

fn has_begun(run: &Run, path: &StepPath) -> bool {
    let around = path.as_str().split_once("[]").map(|(around, _)| StepPath::from(around));
    around.is_some_and(|around| run.steps.contains_key(&around))
}

fn named(step: RunStep, compiled: &Compiled) -> RunStep {
    let Some(written) = compiled.workflow.step(&StepPath(step.path.clone())) else { return step };
    let connection = written.action().map(|action| action.via.0.clone());
    let waits_for = written.event_wait().map(|wait| wait.awaited.event.clone());
    let still = written.action().and_then(|action| action.still.as_ref());
    let only_if_still = still.map(|still| still.source().to_owned());
    RunStep { name: written.name.clone(), connection, waits_for, only_if_still, ..step }
}

fn reached(path: &StepPath, step: &StepRecord) -> RunStep {
    let (tried, work) = (step.tried.iter(), step.work.action());
    RunStep {
        path: path.0.clone(),
        name: None,
        action: word_of(&step.work),
        connection: None,
        provider: work.map(|work| work.provider.0.clone()),
        class: work.map(|work| work.class.into()),
        state: step.state.into(),
        attempts: step.attempts,
        asked: step.asked,
        claimed_at: step.claimed_at,
        // When a run in line looks after those before it is nobody's business.
        next_at: step.next_at.filter(|_| step.state.is_open() && !step.waits_in_line()),
        waits_for: None,
        only_if_still: None,
        heard: step.work.heard().map(|event| event.0.clone()),
        ended_at: step.ended_at,
        reason: step.reason.clone(),
        tried: tried.map(|one| Try { at: one.at, reason: one.reason.clone() }).collect(),
        // What a flow step gives says nothing that its state and the steps after it do not.
        output: work.and_then(|_| step.output.clone()),
        items: None,
        question: step.work.question().map(Question::from),
    }
}

fn pending(plan: &StepPlan) -> RunStep {
    let step = reached(&plan.path, &StepRecord::ready(plan));
    RunStep { state: StepState::Pending, ..step }
}
