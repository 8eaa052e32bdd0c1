//! What a row of the table says: which workflow, which faults, which rule is broken.

use crate::harms::Harm;
use crate::world::Faults;
use tradewind_engine::effects::{EffectClass, OnUnknown};

/// One row.
#[derive(Clone, Copy)]
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    pub(crate) steps: usize,
    /// Whether the run waits before the last of them.
    pub(crate) waits: bool,
    /// Whether there is a step below `on_failure`.
    pub(crate) on_failure: bool,
    /// What the workflow says of its steps.
    pub(crate) class: EffectClass,
    pub(crate) on_unknown: OnUnknown,
    /// What is true of them.
    pub(crate) other_side: OtherSide,
    pub(crate) faults: Faults,
    pub(crate) sweeper: bool,
    /// Lists of commands are carried out in one commit each.
    pub(crate) at_once: bool,
    pub(crate) misdeed: Option<Misdeed>,
    /// Exactly the harms that must be found, and what the shortest trace to each shows, in this order.
    pub(crate) harms: &'static [(Harm, &'static [&'static str])],
}

/// What the other side does with a call that comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OtherSide {
    /// It knows our keys for a while.
    KnowsKeys,
    /// It does it again.
    KnowsNothing,
    /// It does it again, and its search shows what happened only after a while.
    AnswersLate,
}

/// A rule that the worker breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misdeed {
    /// It acknowledges a message for a step that somebody else is busy with.
    AcksBusy,
    /// It acknowledges before it sends what follows.
    AcksBeforeSending,
    /// It acknowledges a message for a step that is done without sending the next.
    ForgetsNext,
    /// It takes a run that exists for one that has been woken.
    DedupesByRun,
    /// It claims without an end.
    LeasesForever,
    /// It calls before it claims.
    SkipsTheClaim,
    /// It calls after its lease has ended.
    SendsLate,
    /// It records its outcome under whatever fence the step has.
    TakesAnyFence,
    /// It sends what follows before it records its outcome.
    SendsBeforeWriting,
    /// It notes that the dead letter is sent before it sends it.
    NotesTheLetterFirst,
    /// It replays a run for a letter about an earlier failure.
    TakesAnyLetter,
    /// Without an answer it claims again as if it were another worker.
    ClaimsAsAnother,
    /// It repeats a list that the journal stopped in from its start, and does not know its own write.
    RepeatsAll,
    /// It takes the provider to remember keys for ever.
    TrustsOldKeys,
}
