//! What is seen of every run while it is written: conditions that only hold in passing are checked
//! here, the others at the end.

use super::ledger::Ledger;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Mutex;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::protocol::{Change, Write};
use tradewind_engine::runs::{Run, StepState};
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
            *state.unspent.entry((run.id.clone(), path.clone())).or_default() += 1;
        }
        let broken = match &write.change {
            Change::Claim { path, .. } | Change::ClaimQuestion { path, .. } => {
                let mut state = self.state.lock().unwrap();
                *state.claims.entry((run.id.clone(), path.clone())).or_default() += 1;
                claimed_early(run, path)
            }
            Change::Complete { path, fence, output: Some(output), .. } => {
                not_held(run, path, *fence)
                    .or_else(|| not_by_its_caller(site, run, path, *fence, output, ledger))
            }
            Change::Complete { path, fence, .. }
            | Change::Retry { path, fence, .. }
            | Change::Fail { path, fence, .. }
            | Change::Park { path, fence, .. }
            | Change::Wonder { path, fence, .. } => not_held(run, path, *fence),
            _ => None,
        };
        self.overwritten(run, at);
        broken.into_iter().for_each(|broken| self.broken(broken));
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
            let key = (run.id.clone(), path.clone());
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
    let fits = call.site == site && call.fence == fence && call.run == run.id && call.path == *path;
    (!fits).then(|| {
        format!("I10: {} {path}: {site} recorded under fence {fence} what came of {call:?}", run.id)
    })
}
