//! What requests and answers look like. Both sides of the API use these types, and the OpenAPI
//! document is made from them: a doc comment here is the help that people read there.
//!
//! Invariant: no type of this module can hold a secret.

mod errors;
mod events;
mod project;
mod records;
mod replays;
mod runs;
mod status;
mod steps;
mod tokens;
mod workflows;

use tradewind_engine::texts::cut;
use tradewind_engine::time::Timestamp;

pub use errors::{ErrorBody, ErrorDetail, Problem};
pub use events::{
    EmittedBy, EventAccepted, EventDetail, EventList, EventSummary, RepeatedEffect, StartAgain,
    StartedAgain, TriggerEvent, UnmappedDelivery, Verdict, VerdictKind, WentOn,
};
pub use project::{
    Alerts, Applied, AppliedWorkflow, Connection, HostChange, Project, ProjectFiles, SecretHost,
};
pub use records::{
    AuditLine, AuditList, DeadLetter, DeadLetterKind, DeadLetterList, Dismissed, Endpoint,
    EndpointList, OutboxEntry, OutboxList, Redriven, RefusalList, RefusedDelivery,
};
pub use replays::{Replay, ReplayRefusal, ReplayState, StartReplay, StoppedState};
pub use runs::{
    ApproveRun, Failure, FailureKind, LeftOut, Outcome, ReplayRun, ResolveRun, RunAction,
    RunDetail, RunList, RunState, RunSummary, SoughtState, Turn, Wait,
};
pub use status::{
    ConnectionStatus, EndpointRefusals, QueueStatus, ScheduleStatus, ServedFunctions, Status,
    WorkflowCounts,
};
pub(crate) use steps::word_of;
pub use steps::{
    Decision, EffectClass, ItemFailure, LoopItems, OnUnknown, Question, RunStep, StepState, Try,
};
pub use tokens::{Scope, TokenList, TokenSummary};
pub use workflows::{PlannedStep, WorkflowDetail, WorkflowList, WorkflowSource, WorkflowSummary};

/// The longest list in one answer.
pub const LIST_MAX: usize = 200;
/// How long a list is when nothing is asked for.
pub const LIST_DEFAULT: usize = 50;

/// The most characters of a text of others that stand in a list.
const SHOWN_CHARS_MAX: usize = 200;

/// The same of a sentence.
const TOLD_CHARS_MAX: usize = 1_000;

/// A time as people read it.
pub(crate) fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// A text of others as it stands in lists.
pub(crate) fn shown(text: &str) -> String {
    cut(text, SHOWN_CHARS_MAX)
}

/// A reason as it stands in lists: whom it concerns finds all of it in the log or the step.
pub(crate) fn cut_reason(reason: &str) -> String {
    cut(reason, TOLD_CHARS_MAX)
}
