//! A wake-up arrives for a flow step.

use super::approval::{answered, ask};
use super::branch::work_branch;
use super::decisions::{Decided, decide, holds, waited};
use super::emit::emitted;
use super::event_wait::{begin_to_wait, end_wait, ended_wait};
use super::leaving::leave;
use super::one_by_one::OneByOne;
use super::slot::take_turn;
use super::tree::CONDITION_FALSE;
use crate::Handled;
use crate::claiming::{Answered, Circumstances, Claimed, Claiming, answer};
use crate::deployed::Compiled;
use crate::dispatch::{Dispatching, look_after_hold};
use std::sync::Arc;
use tradewind_engine::definitions::Current;
use tradewind_engine::effects::ActionError;
use tradewind_engine::holds::HoldKey;
use tradewind_engine::marks::MarkKey;
use tradewind_engine::ports::{DeadLetters, Events, Marks, Receipt, Runs, Slots, Unavailable};
use tradewind_engine::protocol::{BranchWake, Flow as _, Outcome, WakeUp, Work, decide_call};
use tradewind_engine::runs::FlowKind;
use tradewind_engine::slots::LineRoom;
use tradewind_engine::stored::read_stored;
use tradewind_engine::time::{Timestamp, after};
use tradewind_engine::workflows::StepKind;

/// What working on flow steps needs.
pub struct Flowing {
    /// What claiming needs.
    pub claiming: Claiming,
    /// The runs: a loop's record and those of its branches.
    pub runs: Arc<dyn Runs>,
    /// The letters of branches that nobody is to see to any more.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// The marks of steps and of the events that they wait for.
    pub marks: Arc<dyn Marks>,
    /// The events that came before a step began to wait for one.
    pub events: Arc<dyn Events>,
    /// Which runs wait for each other.
    pub slots: Arc<dyn Slots>,
    /// How many may.
    pub room: LineRoom,
    /// Who is at work on the record of which loop.
    pub loops: OneByOne,
    /// What starting the runs of held events needs.
    pub dispatching: Arc<Dispatching>,
}

/// What is to be done about a claimed step.
enum Judged {
    /// Recording this.
    Ends(Outcome),
    /// Beginning to wait for an event until then, with marks at that place.
    Begins(MarkKey, Timestamp),
}

/// Handles one message of the flow queue.
pub async fn work_flow_step(
    ports: &Flowing,
    receipt: &Receipt,
    body: &str,
) -> Result<Handled, Unavailable> {
    if let Ok(wake) = read_stored::<WakeUp>(body.as_bytes()) {
        if let Some(hold) = HoldKey::in_wake(&wake) {
            let (dispatching, dead_letters) = (&ports.dispatching, &*ports.dead_letters);
            return look_after_hold(dispatching, dead_letters, receipt, &hold).await;
        }
        if let Some(branch) = BranchWake::of(&wake.path) {
            return work_branch(ports, receipt, &wake, branch).await;
        }
    }
    match answer(&ports.claiming, &[], receipt, body).await? {
        Answered::Claimed(claimed) => work(ports, claimed).await,
        Answered::Left(run) => leave(ports, receipt, &run).await,
        Answered::Handled(handled) => Ok(handled),
    }
}

async fn work(flowing: &Flowing, claimed: Claimed<'_>) -> Result<Handled, Unavailable> {
    let (ports, run) = (claimed.ports, &claimed.run);
    let found = async {
        let compiled = ports.deployed.version(&run.workflow, run.version).await?;
        Ok((compiled, claimed.current().await?))
    };
    let (compiled, current) = match found.await {
        Ok((Some(compiled), current)) => (compiled, current),
        Ok((None, _)) => return claimed.park_unreadable().await,
        Err(unavailable) => return claimed.give_back(&unavailable).await,
    };
    if claimed.is_paused(&current) {
        let nothing = Circumstances::default();
        return Ok(claimed.record(&compiled, Outcome::Paused, nothing).await);
    }
    if claimed.path.is_slot() {
        return take_turn(flowing, claimed, &compiled).await;
    }
    match judge(&claimed, &compiled, &current, ports.clock.now()) {
        Judged::Begins(key, until) => begin_to_wait(flowing, claimed, &compiled, key, until).await,
        Judged::Ends(Outcome::Done(output)) if is_event_wait(&claimed) => {
            end_wait(flowing, claimed, &compiled, output).await
        }
        Judged::Ends(outcome) => {
            Ok(claimed.record(&compiled, outcome, Circumstances::default()).await)
        }
    }
}

fn is_event_wait(claimed: &Claimed<'_>) -> bool {
    let work = claimed.step().and_then(|step| step.work.flow_work());
    work.is_some_and(|work| work.flow == FlowKind::WaitForEvent)
}

fn judge(claimed: &Claimed<'_>, compiled: &Compiled, current: &Current, now: Timestamp) -> Judged {
    let key = compiled.mark_key(&claimed.run, &claimed.path);
    match (outcome(claimed, compiled, current, now), key) {
        (Outcome::Waits(until), Some(Ok(key))) => Judged::Begins(key, until),
        (Outcome::Waits(_), Some(Err(reason))) => {
            Judged::Ends(Outcome::Error(ActionError::refused(reason)))
        }
        (outcome, _) => Judged::Ends(outcome),
    }
}

/// What is decided about the step.
fn outcome(
    claimed: &Claimed<'_>,
    compiled: &Compiled,
    current: &Current,
    now: Timestamp,
) -> Outcome {
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
    if let Some(output) = ended_wait(record) {
        return Outcome::Done(output);
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
        return match emitted(emit, at, &scope, current.revision, now) {
            Ok(event) => Outcome::Emits(Box::new(event)),
            Err(reason) => refused(reason),
        };
    }
    if let Some(wait) = step.event_wait() {
        return Outcome::Waits(after(now, wait.length));
    }
    if let StepKind::Approval(approval) = &step.kind {
        let timezone = current.project.as_ref().and_then(|project| project.timezone.as_deref());
        return ask(approval, &scope, timezone, now).unwrap_or_else(refused);
    }
    match decide(step, &scope, now) {
        Ok(Decided::Passed(output)) => Outcome::Done(output),
        Ok(Decided::Waits(until)) => Outcome::Waits(until),
        Ok(Decided::Loops(items)) => Outcome::Loops(items),
        Ok(Decided::Work) => refused("the step needs a provider".to_owned()),
        Err(reason) => refused(reason),
    }
}
