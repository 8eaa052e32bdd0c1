//! A wake-up arrives for a flow step.

use super::approval::{answered, ask};
use super::branch::work_branch;
use super::decisions::{Decided, decide, holds, waited};
use super::emit::emitted;
use super::tree::CONDITION_FALSE;
use crate::Handled;
use crate::claiming::{Answered, Circumstances, Claimed, Claiming, answer};
use crate::deployed::Compiled;
use crate::dispatch::{Dispatching, look_after_hold};
use std::sync::Arc;
use tradewind_engine::effects::ActionError;
use tradewind_engine::holds::HoldKey;
use tradewind_engine::ports::{DeadLetters, Receipt, Runs, Unavailable};
use tradewind_engine::protocol::{BranchWake, Flow as _, Outcome, WakeUp, Work, decide_call};
use tradewind_engine::stored::read_stored;
use tradewind_engine::time::Timestamp;
use tradewind_engine::workflows::StepKind;

/// What working on flow steps needs.
pub struct Flowing {
    /// What claiming needs.
    pub claiming: Claiming,
    /// The runs: a loop's record and those of its branches.
    pub runs: Arc<dyn Runs>,
    /// The letters of branches that nobody is to see to any more.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// What starting the runs of held events needs.
    pub dispatching: Arc<Dispatching>,
}

/// Handles one message of the flow queue.
pub async fn work_flow_step(
    ports: &Flowing,
    receipt: &Receipt,
    body: &str,
) -> Result<Handled, Unavailable> {
    if let Ok(wake) = read_stored::<WakeUp>(body.as_bytes()) {
        if let Some(hold) = HoldKey::in_wake(&wake) {
            return look_after_hold(&ports.dispatching, receipt, &hold).await;
        }
        if let Some(branch) = BranchWake::of(&wake.path) {
            return work_branch(ports, receipt, &wake, branch).await;
        }
    }
    match answer(&ports.claiming, &[], receipt, body).await? {
        Answered::Claimed(claimed) => work(&claimed).await,
        Answered::Handled(handled) => Ok(handled),
    }
}

async fn work(claimed: &Claimed<'_>) -> Result<Handled, Unavailable> {
    let (ports, run) = (claimed.ports, &claimed.run);
    let found = async {
        let compiled = ports.deployed.version(&run.workflow, run.version).await?;
        Ok((compiled, claimed.current().await?))
    };
    match found.await {
        Ok((None, _)) => claimed.park_unreadable().await,
        Ok((Some(compiled), current)) => {
            let outcome = match claimed.is_paused(&current) {
                true => Outcome::Paused,
                false => outcome(claimed, &compiled, current.revision, ports.clock.now()),
            };
            Ok(claimed.record(&compiled, outcome, Circumstances::default()).await)
        }
        Err(unavailable) => claimed.give_back(&unavailable).await,
    }
}

/// What is decided about the step.
fn outcome(claimed: &Claimed<'_>, compiled: &Compiled, revision: u64, now: Timestamp) -> Outcome {
    let refused = |reason: String| Outcome::Error(ActionError::refused(reason));
    let Some(record) = claimed.step() else { return refused("the step has no record".to_owned()) };
    let Some(step) = compiled.workflow.step(&claimed.path) else {
        // Of a branch without items it is said already why.
        let reason = record.reason.clone();
        return refused(reason.unwrap_or_else(|| "the step is not in the workflow".to_owned()));
    };
    let tries = compiled.retry_curve(&claimed.path).attempts();
    if let Work::Conclude(outcome) = decide_call(&claimed.run, record, tries, None, now) {
        return outcome;
    }
    if let (StepKind::Approval(approval), Some(question)) = (&step.kind, record.work.question()) {
        let until = record.work.flow_work().and_then(|work| work.until);
        return match until.filter(|until| question.decision.is_none() && *until > now) {
            Some(until) => Outcome::Waits(until),
            None => answered(approval, question),
        };
    }
    // That was decided before.
    if let Some(until) = record.work.flow_work().and_then(|work| work.until) {
        return if until > now { Outcome::Waits(until) } else { Outcome::Done(waited()) };
    }
    let scope = compiled.scope(&claimed.run);
    match holds(step, &scope) {
        Ok(true) => {}
        Ok(false) => return Outcome::NotNeeded(CONDITION_FALSE.to_owned()),
        Err(reason) => return refused(reason),
    }
    if let StepKind::Emit(emit) = &step.kind {
        let at = (&*claimed.run, &claimed.path);
        return match emitted(emit, at, &scope, revision, now) {
            Ok(event) => Outcome::Emits(Box::new(event)),
            Err(reason) => refused(reason),
        };
    }
    if let StepKind::Approval(approval) = &step.kind {
        return ask(approval, &scope, now).unwrap_or_else(refused);
    }
    match decide(step, &scope, now) {
        Ok(Decided::Passed(output)) => Outcome::Done(output),
        Ok(Decided::Waits(until)) => Outcome::Waits(until),
        Ok(Decided::Loops(items)) => Outcome::Loops(items),
        Ok(Decided::Work) => refused("the step needs a provider".to_owned()),
        Err(reason) => refused(reason),
    }
}
