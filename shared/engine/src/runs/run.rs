//! The record of a run.

use super::branch::{Branch, Items};
use super::step::{StepRecord, StepState};
use super::turn::Turn;
use crate::ids::{ConnectionName, EventId, RunId, StepPath, WorkflowId};
use crate::stored::StoredForm;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The version of the stored form of a run.
pub const RUN_VERSION: u32 = 7;
/// The version of one that holds no step but actions: whoever does not know of others goes on with it.
pub const RUN_VERSION_PLAIN: u32 = 1;
/// The version of a branch, and of a record with a loop that was given up: before it, every branch was `quiet`,
/// and whoever reads one that is not would announce its end.
pub const RUN_VERSION_BRANCH: u32 = 5;

/// A workflow working on one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Version of this form: at most [`RUN_VERSION`].
    pub v: u32,
    /// Made of workflow, connection, key and generation; of a branch, [`Branch::id`].
    pub id: RunId,
    /// The workflow.
    pub workflow: WorkflowId,
    /// The version of the workflow that the run started with and ends with.
    pub version: u32,
    /// The event that started it.
    pub event: EventId,
    /// The connection that the event came through.
    pub connection: Option<ConnectionName>,
    /// The business key: what `once_per` gave, or the event's id.
    pub key: String,
    /// Raised only when somebody asks for the same work again.
    pub generation: u32,
    /// The provider's test mode.
    pub test: bool,
    /// Where it stands.
    pub state: RunState,
    /// How often it was taken up again by a person.
    #[serde(rename = "gen")]
    pub resumed: u32,
    /// The fields of `trigger` that the workflow refers to; null once redacted.
    pub input: Value,
    /// What became of the steps that were reached.
    pub steps: BTreeMap<StepPath, StepRecord>,
    /// What FAILING, FAILED and PARKED are about.
    pub failure: Option<Failure>,
    /// The dead letter of this FAILED or PARKED has been sent.
    pub dead_lettered: bool,
    /// It announces and emits nothing: a run that was started by the end of another run.
    pub quiet: bool,
    /// How many times it moved on.
    pub hops: u32,
    /// When the sweeper looks at it; `None` when nothing is left to do.
    pub check_at: Option<Timestamp>,
    /// When it was started.
    pub created_at: Timestamp,
    /// The revision of what was applied that the receiver of its event knew of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Of how many emitted events, each leading to the next, its own is the last; 0: nobody emitted it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub chain: u32,
    /// The event that cancelled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<EventId>,
    /// When it reached its present end.
    pub ended_at: Option<Timestamp>,
    /// When its data was removed.
    pub redacted_at: Option<Timestamp>,
    /// Which part of which loop it works on; nothing in a run itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Branch>,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Its steps are being worked on.
    Active,
    /// A step has failed; the steps below `on_failure` are being worked on.
    Failing,
    /// All is done.
    Succeeded,
    /// A permanent answer, bad data, or no tries left.
    Failed,
    /// Only a person can know or repair.
    Parked,
    /// A person or an event stopped it.
    Cancelled,
}

/// What went wrong, for people and for `on_failure` steps.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Failure {
    /// The step.
    pub step: StepPath,
    /// What was said, without secrets.
    pub reason: String,
    /// How many times it was tried.
    pub attempts: u32,
    /// What a person can do about it.
    pub kind: FailureKind,
}

/// What a person can do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// Refused for good, or no tries left: repair the cause and replay.
    Failed,
    /// It may have happened: find out and resolve.
    UnknownOutcome,
    /// Credentials, a connection or a secret: repair and replay.
    NeedsRepair,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl RunState {
    /// Nothing more happens unless somebody asks for it.
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Active | Self::Failing)
    }

    /// Ends that a person has to see.
    pub fn needs_a_person(self) -> bool {
        matches!(self, Self::Failed | Self::Parked)
    }

    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Failing => "failing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Parked => "parked",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Run {
    /// The run itself, or the one that the branch belongs to.
    pub fn root(&self) -> &RunId {
        self.branch.as_ref().map_or(&self.id, |branch| &branch.root)
    }

    /// Whether it is a branch whose end the record above has yet to learn.
    pub fn owes_report(&self) -> bool {
        self.branch.as_ref().is_some_and(|branch| branch.reported != Some(self.resumed))
    }

    /// Where it stands in its slot, where it has one.
    pub fn turn(&self) -> Option<&Turn> {
        self.steps.get(&StepPath::slot()).and_then(|step| step.work.turn())
    }

    /// Whether those behind it in its slot have yet to learn of its end.
    pub fn owes_turn(&self) -> bool {
        self.steps.get(&StepPath::slot()).is_some_and(StepRecord::may_stand_in_slot)
    }

    /// Whether others have yet to learn of its end: the record above it, or those behind it in its slot.
    pub fn owes_news(&self) -> bool {
        self.owes_report() || self.owes_turn()
    }

    /// Its loops that have begun and not ended, with their items.
    pub fn open_loops(&self) -> impl Iterator<Item = (&StepPath, &Items)> {
        let open = self.steps.iter().filter(|(_, step)| step.state.is_open());
        open.filter_map(|(path, step)| Some((path, step.work.items()?)))
    }

    /// Whether branches of its loops were begun and have not been heard to have ended, as those that stopped have
    /// to once the record is cancelled.
    pub fn has_open_branches(&self) -> bool {
        self.awaited_branches().next().is_some()
    }

    /// Those branches, by loop and number.
    pub fn awaited_branches(&self) -> impl Iterator<Item = (&StepPath, u32)> {
        let is_cancelled = self.state == RunState::Cancelled;
        let loops = self.steps.iter().filter(move |(_, step)| is_cancelled || step.state.is_open());
        let loops = loops.filter_map(|(path, step)| Some((path, step.work.items()?)));
        loops.flat_map(move |(path, items)| {
            let stopped = items.stopped.keys().filter(move |_| is_cancelled);
            items.open.keys().chain(stopped).map(move |number| (path, *number))
        })
    }

    /// The step at which it waits for a time, an event, people or its turn, where it does. Of a loop, its branches wait.
    pub fn waiting_step(&self) -> Option<(&StepPath, &StepRecord)> {
        let mut steps = self.steps.iter();
        steps.find(|(path, step)| step.state == StepState::Waiting && self.works_on(path))
    }

    /// Whether the step may be worked on while the run stands as it does.
    pub fn works_on(&self, path: &StepPath) -> bool {
        match self.state {
            RunState::Active => !path.is_on_failure(),
            RunState::Failing => path.is_on_failure(),
            _ => false,
        }
    }
}

impl Run {
    /// Since when a step could have been worked on and nobody has: its turn or its time came, or the claim
    /// of a worker that did not come back ended. Nothing where all waits for a later time. Of a run that a
    /// person took up again, the time before that counts too.
    pub fn waits_since(&self, now: Timestamp) -> Option<Timestamp> {
        let open = self.steps.iter().filter(|(path, _)| self.works_on(path));
        let since = open.filter_map(|(_, step)| match step.state {
            StepState::Running => step.lease_until,
            StepState::Ready => step.next_at.max(self.came_to(step)),
            StepState::Retry | StepState::Waiting | StepState::Unknown => step.next_at,
            StepState::Looping
            | StepState::Done
            | StepState::Skipped
            | StepState::Failed
            | StepState::Parked => None,
        });
        since.filter(|since| *since <= now).min()
    }

    /// When the step's turn came: with the start of the run, or the end of the step before it.
    fn came_to(&self, step: &StepRecord) -> Option<Timestamp> {
        let ended = self.steps.values().filter_map(|step| step.ended_at).max();
        step.claimed_at.max(ended).max(Some(self.created_at))
    }
}

impl StoredForm for Run {
    const KIND: &'static str = "run";
    const VERSION: u32 = RUN_VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A run of two steps: the first ended at minute 10, the second stands as `step` says.
    fn run(state: &str, step: Value) -> Run {
        let mut log = json!({
            "state": state, "action": "sheet.append_row", "provider": "google_sheets",
            "class": "natural", "on_unknown": "retry", "fence": 0, "attempts": 0, "asked": 0,
            "tried": [],
        });
        log.as_object_mut().unwrap().extend(step.as_object().unwrap().clone());
        let mut mail = log.clone();
        mail["state"] = json!("done");
        mail["ended_at"] = json!("2026-03-01T08:10:00Z");
        serde_json::from_value(json!({
            "v": 1, "id": "run_1", "workflow": "w", "version": 1, "event": "e", "key": "1",
            "generation": 0, "test": false, "state": "active", "gen": 0, "input": null,
            "steps": { "mail": mail, "log": log }, "dead_lettered": false, "quiet": false, "hops": 1,
            "created_at": "2026-03-01T08:00:00Z",
        }))
        .unwrap()
    }

    #[track_caller]
    fn check(run: &Run, since: Option<&str>) {
        let now = "2026-03-01T09:00:00Z".parse().unwrap();
        let since = since.map(|minute| format!("2026-03-01T{minute}:00Z").parse().unwrap());
        assert_eq!(run.waits_since(now), since);
    }

    #[test]
    fn a_step_waits_since_its_turn_or_its_time_came() {
        check(&run("ready", json!({})), Some("08:10"));
        check(&run("ready", json!({ "next_at": "2026-03-01T08:20:00Z" })), Some("08:20"));
        check(&run("retry", json!({ "next_at": "2026-03-01T08:30:00Z" })), Some("08:30"));
        check(&run("unknown", json!({ "next_at": "2026-03-01T08:30:00Z" })), Some("08:30"));
        check(&run("running", json!({ "lease_until": "2026-03-01T08:40:00Z" })), Some("08:40"));
    }

    #[test]
    fn what_is_not_due_or_needs_a_person_does_not_wait() {
        check(&run("retry", json!({ "next_at": "2026-03-01T09:30:00Z" })), None);
        check(&run("running", json!({ "lease_until": "2026-03-01T09:00:30Z" })), None);
        check(&run("waiting", json!({})), None);
        check(&Run { state: RunState::Parked, ..run("ready", json!({})) }, None);
    }
}
