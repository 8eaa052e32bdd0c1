//! What is seen of every run while it is written: conditions that only hold in passing are checked
//! here, the others at the end.

use super::ledger::Ledger;
use super::truth;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use tradewind_engine::effects::OnUnknown;
use tradewind_engine::ids::{EventId, RunId, StepPath, WorkflowId};
use tradewind_engine::protocol::{Change, Write};
use tradewind_engine::runs::{Failure, FailureKind, FlowKind, Run, StepRecord, StepState};
use tradewind_engine::time::Timestamp;

/// The first recorded success of a step.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) at: Timestamp,
    pub(crate) output: Option<Value>,
}

#[derive(Default)]
pub(crate) struct Watch {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    done: BTreeMap<(RunId, StepPath), Done>,
    unspent: BTreeMap<(RunId, StepPath), usize>,
    claims: BTreeMap<(RunId, StepPath), u32>,
    /// When a wait for an event was first claimed because its time was over.
    timed_out: BTreeMap<(RunId, StepPath), Timestamp>,
    /// The event that was noted on such a step.
    heard: BTreeMap<(RunId, StepPath), EventId>,
    /// Steps whose workflow chose to repeat what may have happened.
    repeating: BTreeSet<(RunId, StepPath)>,
    /// The runs that were started of each event, by workflow.
    started: BTreeMap<(WorkflowId, EventId), BTreeSet<RunId>>,
    /// What stopped each run that has stopped.
    stopped: BTreeMap<RunId, Failure>,
    /// What had stopped each run that was taken up again while all was well.
    taken_up: BTreeMap<RunId, Failure>,
    broken: Vec<String>,
}

impl Watch {
    /// A write was carried out by `site` and left the run like this.
    pub(crate) fn wrote(
        &self,
        site: &str,
        write: &Write,
        run: &Run,
        ledger: &Ledger,
        at: Timestamp,
    ) {
        if let Change::Retry { path, spent: false, .. } = &write.change {
            let mut state = self.state.lock().unwrap();
            *state.unspent.entry((run.root().clone(), path.clone())).or_default() += 1;
        }
        let broken = match &write.change {
            Change::Claim { path, .. } | Change::ClaimQuestion { path, .. } => {
                let mut state = self.state.lock().unwrap();
                *state.claims.entry((run.root().clone(), path.clone())).or_default() += 1;
                let step = run.steps.get(path);
                if step.is_some_and(|step| step.work.on_unknown() == OnUnknown::Retry) {
                    state.repeating.insert((run.root().clone(), path.clone()));
                }
                if step.is_some_and(is_timed_out) {
                    state.timed_out.entry((run.id.clone(), path.clone())).or_insert(at);
                }
                claimed_early(run, path)
            }
            Change::Start(_) if run.branch.is_none() => {
                self.started(run);
                None
            }
            Change::Hear { path, event, output: Ok(_), .. } => {
                let step = (run.id.clone(), path.clone());
                let before = self.state.lock().unwrap().heard.insert(step, event.clone());
                before.map(|before| {
                    format!("I14: {} {path} heard of {before} before {event}", run.id)
                })
            }
            Change::Complete { path, fence, output: Some(output), .. } => {
                not_held(run, path, *fence)
                    .or_else(|| not_by_its_caller(site, run, path, *fence, output, ledger))
            }
            Change::Complete { path, fence, .. }
            | Change::Retry { path, fence, .. }
            | Change::Fail { path, fence, .. }
            | Change::Park { path, fence, .. }
            | Change::Doubt { path, fence, .. } => not_held(run, path, *fence),
            _ => None,
        };
        self.overwritten(run, at);
        broken.into_iter().for_each(|broken| self.broken(broken));
    }

    /// A run was started, or is there.
    pub(crate) fn started(&self, run: &Run) {
        let batch = run.input["events"].as_array();
        let of = |one: &Value| one.pointer("/event/id").and_then(Value::as_str).map(EventId::from);
        let events: Vec<EventId> = match batch {
            Some(events) => events.iter().filter_map(of).collect(),
            None => vec![run.event.clone()],
        };
        let mut state = self.state.lock().unwrap();
        for event in events {
            let runs = state.started.entry((run.workflow.clone(), event)).or_default();
            runs.insert(run.id.clone());
        }
    }

    /// The runs of a workflow that were started of an event.
    pub(crate) fn runs_of(&self, workflow: &str, event: &EventId) -> BTreeSet<RunId> {
        let state = self.state.lock().unwrap();
        state.started.get(&(workflow.into(), event.clone())).cloned().unwrap_or_default()
    }

    /// When the time of a wait for an event was over.
    pub(crate) fn timed_out(&self, run: &RunId, path: &StepPath) -> Option<Timestamp> {
        self.state.lock().unwrap().timed_out.get(&(run.clone(), path.clone())).copied()
    }

    /// I4: what is taken up again while all is well does not stop at the same step for the same reason.
    /// No try is left only to what was tried.
    pub(crate) fn took_up(&self, write: &Write, run: &Run, is_well: bool) {
        let mut state = self.state.lock().unwrap();
        if matches!(write.change, Change::Replay { .. } | Change::Resolve { .. }) {
            let stopped = state.stopped.remove(&run.id).filter(|_| is_well);
            match stopped {
                Some(before) => state.taken_up.insert(run.id.clone(), before),
                None => state.taken_up.remove(&run.id),
            };
        }
        let has_stopped =
            run.state.needs_a_person() && !truth::has_skipped(run) && !truth::was_declined(run);
        let Some(failure) = run.failure.as_ref().filter(|_| has_stopped) else {
            return;
        };
        if truth::is_in_doubt(failure) {
            state.taken_up.remove(&run.id);
        }
        if matches!(
            write.change,
            Change::Fail { .. } | Change::Park { .. } | Change::Complete { .. }
        ) {
            let before = state.taken_up.remove(&run.id).filter(|_| is_well);
            if let Some(before) = before.filter(|before| !is_new(before, failure)) {
                let what = format!("I4: {} was taken up again after {before:?}", run.id);
                state.broken.push(format!("{what} and stopped again: {failure:?}"));
            }
            state.stopped.insert(run.id.clone(), failure.clone());
        }
    }

    /// All is not well any more: whatever was taken up may stop for any reason.
    pub(crate) fn clear_taken_up(&self) {
        self.state.lock().unwrap().taken_up.clear();
    }

    /// What waits for a person to say what happened has called somebody, where every worker learns what
    /// became of what it asked for.
    pub(crate) fn parked(&self, write: &Write, run: &Run, ledger: &Ledger) {
        let Change::Park { path, kind: FailureKind::UnknownOutcome, .. } = &write.change else {
            return;
        };
        if !ledger.has_called(run.root(), path) {
            self.broken(format!("I4: {} {path} is parked, and nobody was called", run.id));
        }
    }

    pub(crate) fn broken(&self, what: String) {
        self.state.lock().unwrap().broken.push(what);
    }

    pub(crate) fn all_broken(&self) -> Vec<String> {
        self.state.lock().unwrap().broken.clone()
    }

    pub(crate) fn done(&self) -> BTreeMap<(RunId, StepPath), Done> {
        self.state.lock().unwrap().done.clone()
    }

    /// How many of its tries did not count, because its connection was down.
    pub(crate) fn unspent(&self, run: &RunId, path: &StepPath) -> usize {
        let state = self.state.lock().unwrap();
        state.unspent.get(&(run.clone(), path.clone())).copied().unwrap_or_default()
    }

    /// Whether its workflow chose to repeat what may have happened.
    pub(crate) fn repeats(&self, run: &RunId, path: &StepPath) -> bool {
        self.state.lock().unwrap().repeating.contains(&(run.clone(), path.clone()))
    }

    /// How many times a step was claimed.
    pub(crate) fn claims(&self, run: &RunId, path: &StepPath) -> u32 {
        let state = self.state.lock().unwrap();
        state.claims.get(&(run.clone(), path.clone())).copied().unwrap_or_default()
    }

    /// I10: what was recorded once stays. Snapshots may arrive out of order, so a step that is not
    /// yet done in one says nothing.
    fn overwritten(&self, run: &Run, at: Timestamp) {
        let mut state = self.state.lock().unwrap();
        for (path, step) in &run.steps {
            if step.state != StepState::Done || path.is_on_failure() {
                continue;
            }
            let key = (run.root().clone(), path.clone());
            match state.done.get(&key) {
                Some(done) if done.output != step.output && run.redacted_at.is_none() => {
                    let (before, now) = (done.output.clone(), step.output.clone());
                    let id = &run.id;
                    state.broken.push(format!(
                        "I10: {id} {path}: the recorded outcome {before:?} became {now:?}"
                    ));
                }
                Some(_) => {}
                None => {
                    state.done.insert(key, Done { at, output: step.output.clone() });
                }
            }
        }
    }
}

/// Whether a run stopped for another reason than before, at the same step or elsewhere.
fn is_timed_out(step: &StepRecord) -> bool {
    step.work.flow_work().is_some_and(|work| {
        work.flow == FlowKind::WaitForEvent && work.until.is_some() && work.heard.is_none()
    })
}

fn is_new(before: &Failure, now: &Failure) -> bool {
    let is_same = before.reason == now.reason || now.reason.starts_with("no tries left");
    before.step != now.step || !is_same
}

/// I6: in a line of steps, nothing is claimed while another step is open, and nothing after the end.
fn claimed_early(run: &Run, path: &StepPath) -> Option<String> {
    if run.state.is_terminal() {
        return Some(format!("I3: {} {path} was claimed in a run that is {:?}", run.id, run.state));
    }
    let side = |other: &StepPath| other.is_on_failure() == path.is_on_failure();
    let mut others = run.steps.iter().filter(|(other, _)| *other != path && side(other));
    let (other, _) = others.find(|(_, step)| step.state.is_open())?;
    Some(format!("I6: {} {path} was claimed while {other} was open", run.id))
}

/// I10: an outcome is that of the newest claim.
fn not_held(run: &Run, path: &StepPath, fence: u32) -> Option<String> {
    let newest = run.steps.get(path)?.fence;
    (newest != fence).then(|| {
        format!("I10: {} {path}: fence {fence} recorded an outcome under fence {newest}", run.id)
    })
}

/// I10: an outcome is recorded by the process that made the call, under the fence it made it with.
fn not_by_its_caller(
    site: &str,
    run: &Run,
    path: &StepPath,
    fence: u32,
    output: &Value,
    ledger: &Ledger,
) -> Option<String> {
    let call = ledger.call(output.get("call")?.as_u64()?)?;
    let fits =
        call.site == site && call.fence == fence && call.run == *run.root() && call.path == *path;
    (!fits).then(|| {
        format!("I10: {} {path}: {site} recorded under fence {fence} what came of {call:?}", run.id)
    })
}
