//! Conditional changes of a run. Each names its condition; [`Write::apply`] is its meaning, which
//! every adapter keeps to.

use super::flow::Advance;
use super::reports::{AfterBranch, Report};
use crate::effects::{EffectClass, EffectIdentity};
use crate::ids::{ClaimId, EventId, ProviderId, RunId, StepPath};
use crate::runs::{Decision, FailureKind, Items, Question, Run, StepPlan};
use crate::slots::SlotKey;
use crate::time::Timestamp;
use serde_json::Value;

/// A change of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// The run.
    pub run: RunId,
    /// The change.
    pub change: Change,
}

/// The changes there are. "Held under the fence" means: the step is RUNNING or UNKNOWN and its fence
/// is the given one.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The run begins. Condition: there is no such run.
    Start(Box<Run>),
    /// A worker takes the step. Condition: the run works on it, and the step is READY, or due in
    /// RETRY or WAITING, or RUNNING under an ended lease with an effect that may be repeated. A claim
    /// that holds is made again without a change.
    Claim {
        /// The claim.
        id: ClaimId,
        /// The step.
        path: StepPath,
        /// The worker's time.
        now: Timestamp,
        /// Until when the claim holds.
        lease_until: Timestamp,
    },
    /// A worker takes the question whether the step's effect happened. Condition: the run works on
    /// the step, and the step is due in UNKNOWN and nobody is asking. A claim that holds is made again
    /// without a change.
    ClaimQuestion {
        /// The claim.
        id: ClaimId,
        /// The step.
        path: StepPath,
        /// The worker's time.
        now: Timestamp,
        /// Until when the claim holds.
        lease_until: Timestamp,
    },
    /// The step is done (or not needed) and the run moves on. Condition: the run works on it; held
    /// under the fence.
    Complete {
        /// The step.
        path: StepPath,
        /// The claim's fence.
        fence: u32,
        /// When.
        now: Timestamp,
        /// What it gave; `None`: it was not needed.
        output: Option<Value>,
        /// Why it was not needed.
        skipped: Option<String>,
        /// What follows.
        advance: Advance,
    },
    /// The outcome of a step whose run was cancelled meanwhile. Condition: the run is CANCELLED; held
    /// under the fence.
    RecordOnly {
        /// The step.
        path: StepPath,
        /// The claim's fence.
        fence: u32,
        /// When.
        now: Timestamp,
        /// What it gave.
        output: Value,
    },
    /// The attempt did not succeed and another follows. Condition: the run works on it; held under
    /// the fence.
    Retry {
        /// The step.
        path: StepPath,
        /// The claim's fence.
        fence: u32,
        /// When.
        now: Timestamp,
        /// When the next attempt is due.
        next_at: Timestamp,
        /// Why.
        reason: String,
        /// What is known of the attempts so far.
        arrived: Arrived,
        /// Whether it counts among the tries that there are: while the connection is down, one that
        /// came before its time on the curve does not.
        spent: bool,
    },
    /// A limit, an open breaker or a pause held the call back: no attempt is spent, and no question.
    /// Condition: the run works on it; held under the fence.
    Postpone {
        /// The step.
        path: StepPath,
        /// The claim's fence.
        fence: u32,
        /// When.
        now: Timestamp,
        /// When it may be tried; `None`: when somebody wakes it.
        next_at: Option<Timestamp>,
        /// Why, for people.
        reason: String,
    },
    /// The step's time comes later. Condition: the run works on it; held under the fence; no event came for it.
    Wait {
        /// The step.
        path: StepPath,
        /// The claim's fence.
        fence: u32,
        /// When it comes.
        until: Timestamp,
    },
    /// An event comes for the step: with what it keeps of it, it is due. Condition: the run works on it, and it
    /// waits for an event, or has yet to begin to; none came before; and it was accepted in its time.
    Hear {
        /// The step.
        path: StepPath,
        /// The event.
        event: EventId,
        /// When that was accepted.
        accepted_at: Timestamp,
        /// What the step gives; where that could not be told, why: then it goes on waiting.
        output: Result<Value, String>,
        /// When.
        now: Timestamp,
    },
    /// The step asks people. Condition: the run works on it; held under the fence.
    Ask {
        /// The step.
        path: StepPath,
        /// The claim's fence.
        fence: u32,
        /// Until when they may decide.
        until: Timestamp,
        /// What they are asked.
        question: Question,
    },
    /// The run's turn in its slot has come at once. Condition: the run works on it; held under the fence.
    TakeTurn {
        /// The step.
        path: StepPath,
        /// The claim's fence.
        fence: u32,
        /// When.
        now: Timestamp,
        /// The slot.
        slot: SlotKey,
        /// What follows.
        advance: Advance,
    },
    /// The run waits for its turn. Condition: the run works on it; held under the fence; nobody has let it in.
    AwaitTurn {
        /// The step.
        path: StepPath,
        /// The claim's fence.
        fence: u32,
        /// The slot.
        slot: SlotKey,
        /// When it looks by itself whether those before it still work.
        look_at: Timestamp,
    },
    /// The run's turn has come: whoever left the slot says so. Condition: the run works on the step that asks for
    /// it, and was not let in before.
    LetIn {
        /// The slot.
        slot: SlotKey,
        /// When.
        now: Timestamp,
    },
    /// Those behind it in its slot know that the run has gone. Condition: it has ended or stopped.
    LeaveSlot {
        /// The slot.
        slot: SlotKey,
    },
    /// Somebody decided what the step asks. Condition: the run works on it, it asks, nobody holds it or has
    /// decided before, and the decision comes before its deadline.
    Decide {
        /// The step.
        path: StepPath,
        /// What was decided.
        decision: Decision,
    },
    /// The step is a loop, and its branches begin. Condition: the run works on it; held under the fence.
    Loop {
        /// The step.
        path: StepPath,
        /// The claim's fence.
        fence: u32,
        /// When.
        now: Timestamp,
        /// Its items.
        items: Items,
    },
    /// What became of a branch of a loop. Condition: the loop is open and the report newer than what is
    /// known of the branch; or the run stopped because of this branch, which was taken up again since, and
    /// so is the run; or the run is CANCELLED and has not heard of it. What follows must be what the report
    /// leads to.
    RecordBranch {
        /// The loop.
        path: StepPath,
        /// The branch.
        number: u32,
        /// What became of it.
        report: Report,
        /// When.
        now: Timestamp,
        /// What follows.
        then: AfterBranch,
    },
    /// The record above has learned of the end of this branch. Condition: it is a branch that has ended, or
    /// stopped, in this `resumed`.
    Reported {
        /// The branch's `resumed`.
        resumed: u32,
    },
    /// The connection is at another provider than when the workflow was applied, or the provider's file says another
    /// effect. Condition: the run
    /// works on it; held under the fence.
    Reassign {
        /// The step.
        path: StepPath,
        /// The claim's fence.
        fence: u32,
        /// Who does it now.
        provider: ProviderId,
        /// What a second call would do there.
        class: EffectClass,
        /// What its file says of the effect, where it is described by one.
        identity: Option<EffectIdentity>,
    },
    /// It may have happened and the provider is to be asked. Condition: the run works on it; held
    /// under the fence.
    Doubt {
        /// The step.
        path: StepPath,
        /// The claim's fence.
        fence: u32,
        /// When.
        now: Timestamp,
        /// When to ask.
        next_at: Timestamp,
        /// Why.
        reason: String,
        /// Whether a question that was asked in vain counts among those that there are.
        spent: bool,
    },
    /// The step failed for good. Condition: the run works on it; held under the fence.
    Fail {
        /// The step.
        path: StepPath,
        /// The claim's fence.
        fence: u32,
        /// When.
        now: Timestamp,
        /// Why.
        reason: String,
        /// What is known of the attempts so far.
        arrived: Arrived,
        /// What follows.
        then: AfterFailure,
    },
    /// Only a person can know or repair. Condition: the run works on it; held under the fence.
    Park {
        /// The step.
        path: StepPath,
        /// The claim's fence.
        fence: u32,
        /// When.
        now: Timestamp,
        /// Why.
        reason: String,
        /// What is known of the attempts so far.
        arrived: Arrived,
        /// What a person can do.
        kind: FailureKind,
    },
    /// The dead letter is sent. Condition: the run is FAILED or PARKED in this `resumed`.
    DeadLettered {
        /// The run's `resumed`.
        resumed: u32,
    },
    /// A FAILED or PARKED run is taken up again at the step that stopped it. Condition: it is one of
    /// these in this `resumed`.
    Replay {
        /// The run's `resumed`.
        resumed: u32,
        /// When.
        now: Timestamp,
        /// Only ask whether it happened; never send again before the answer was no.
        ask: bool,
        /// The provider's memory of the key has ended and a person accepts a second effect.
        forget_key: bool,
    },
    /// A person says what became of the step that stopped the run. Condition: it is FAILED or PARKED in
    /// this `resumed`.
    Resolve {
        /// The run's `resumed`.
        resumed: u32,
        /// When.
        now: Timestamp,
        /// What it gave; `None`: it did not happen and is not needed.
        output: Option<Value>,
        /// What follows.
        advance: Advance,
    },
    /// A person stops the run. Condition: it is ACTIVE or FAILING; or a branch that has not ended.
    Cancel {
        /// When.
        now: Timestamp,
    },
    /// An event stops the run. Condition: it is ACTIVE or FAILING, and the given event started it.
    CancelBy {
        /// The event that stops it.
        event: EventId,
        /// The one that started it.
        started_by: EventId,
        /// When.
        now: Timestamp,
    },
    /// The sweeper has seen to the run. Condition: nobody has changed it since.
    CheckLater {
        /// The time that the sweeper saw.
        seen: Timestamp,
        /// When it looks again; `None`: never.
        check_at: Option<Timestamp>,
    },
    /// The run's data is removed. Condition: it has ended.
    Redact {
        /// When.
        now: Timestamp,
    },
}

/// What is known of whether a step's attempts arrived at the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// The present one may have.
    Maybe,
    /// The present one certainly did not.
    NotThisTime,
    /// None did: the provider said so when asked.
    Never,
}

/// What follows a step that failed for good.
#[derive(Clone, Debug, PartialEq)]
pub enum AfterFailure {
    /// `on_error: continue`, or a step below `on_failure`.
    Advance(Advance),
    /// The run fails; the first step below `on_failure`, if there is one, comes next.
    FailRun(Option<StepPlan>),
}
