//! People who decide what approvals ask, sometimes two of them at the same moment.

use super::people::People;
use super::world::World;
use futures::future::join;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::runs::{Run, RunState, StepState};
use tradewind_platform::people::{Deciding, decide};

/// What somebody was told that they decided.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    run: RunId,
    step: StepPath,
    resumed: u32,
    approved: bool,
}

impl People {
    /// Somebody decides what a run asks.
    pub(crate) async fn decide_one(&self) {
        let world = &self.site.world;
        let runs = self.runs(RunState::Active).await;
        let Some((run, path)) = runs.iter().find_map(asking) else { return };
        let yes = world.chance.hits(0.6);
        let both = join(self.decide(run, path, yes), self.decide(run, path, !yes));
        if world.chance.hits(0.3) {
            let _done = self.site.alive(both).await;
        } else {
            let _done = self.site.alive(self.decide(run, path, yes)).await;
        }
    }

    async fn decide(&self, run: &Run, path: &StepPath, approved: bool) {
        let site = &self.site;
        let deciding = Deciding { runs: site.clone(), journal: site.clone(), clock: site.clone() };
        if decide(&deciding, &run.id, path, approved, "somebody").await.is_ok() {
            let (run_id, step, resumed) = (run.id.clone(), path.clone(), run.resumed);
            let decided = Decided { run: run_id, step, resumed, approved };
            site.world.facts.lock().unwrap().decided.push(decided);
        }
    }
}

/// The run, and the step that asks.
fn asking(run: &Run) -> Option<(&Run, &StepPath)> {
    let mut open = run.steps.iter().filter(|(_, step)| step.state == StepState::Waiting);
    let (path, _) = open.find(|(_, step)| step.work.question().is_some())?;
    Some((run, path))
}

/// I16: what somebody was told that they decided is what the run went on with, and nobody else decided it.
pub(crate) fn i16_a_decision_stands(world: &World, runs: &[Run]) -> Vec<String> {
    let mut broken = Vec::new();
    for decided in &world.facts.lock().unwrap().decided {
        let found = runs.iter().find(|run| run.id == decided.run && run.resumed == decided.resumed);
        let Some(step) = found.and_then(|run| run.steps.get(&decided.step)) else { continue };
        let decision = step.work.question().and_then(|question| question.decision.as_ref());
        if decision.map(|decision| decision.approved) != Some(decided.approved) {
            broken.push(format!("I16: {decided:?} is not what the step knows: {decision:?}"));
        }
        let given = step.output.as_ref().and_then(|output| output["approved"].as_bool());
        if decided.approved && step.state == StepState::Failed {
            broken.push(format!("I16: {decided:?}, and it stopped the run: {step:?}"));
        }
        if step.state == StepState::Done && given.is_some_and(|given| given != decided.approved) {
            broken.push(format!("I16: {decided:?}, and the step gave {:?}", step.output));
        }
    }
    for (run, (path, step)) in
        runs.iter().flat_map(|run| run.steps.iter().map(move |one| (run, one)))
    {
        let Some(question) = step.work.question() else { continue };
        let until = step.work.flow_work().and_then(|work| work.until);
        let is_over = question.decision.is_some() || step.ended_at >= until;
        if step.state == StepState::Done && !is_over {
            broken.push(format!("I16: {} {path} ended before anybody decided", run.id));
        }
    }
    broken
}
