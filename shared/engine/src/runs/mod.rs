//! A workflow working on one event.
//!
//! Invariant: one record per run is the truth; queue messages only say where to look.

mod branch;
mod identity;
mod question;
mod run;
mod step;
mod stored;
mod turn;

pub use branch::{
    BRANCH_ITEMS_MAX, Branch, ITEM_FAILURES_MAX, ITEMS_MAX, ItemEnd, ItemFailure, Items,
    StoppedBranch,
};
pub use identity::{KEY_BYTES_MAX, idempotency_key, run_id};
pub(crate) use identity::{kept_key, key_digest};
pub use question::{Decision, QUESTION_CHARACTERS_MAX, Question};
pub use run::{
    Failure, FailureKind, RUN_VERSION, RUN_VERSION_BRANCH, RUN_VERSION_PLAIN, Run, RunState,
};
pub use step::{
    ActionWork, FlowKind, FlowWork, StepPlan, StepRecord, StepState, StepWork, TRIED_MAX, Tried,
    WhenUnknown,
};
pub use turn::{Stands, Turn};
