//! I11: no message waits longer than its curve while its connection answers.
//!
//! How long what waits may do so can be said only where nothing else fails: in a fair world.

use super::checks::Kept;
use super::life::Ended;
use super::world::World;
use futures::FutureExt;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::effects::EffectClass;
use tradewind_engine::ports::{Clock, Limits, RunFilter, Runs};
use tradewind_engine::protocol::RetryCurve;
use tradewind_engine::runs::{Run, StepRecord, StepState};
use tradewind_engine::time::{Timestamp, after, until};
use tradewind_engine::workflows::Workflow;

/// A call takes its time, up to the longest that a step may have, and few workers make it.
const SLACK: Duration = Duration::from_secs(100);
/// More runs at the same time wait for workers as well.
const RUNS_MAX: usize = 20;
/// Within so long after the end of an outage somebody finds out.
const FOUND_OUT_WITHIN: Duration = Duration::from_secs(15);
/// A call that hangs when the outage ends keeps its worker for so long, and there may be only one.
const HANGS_FOR: Duration = Duration::from_secs(21);

pub(crate) fn i11_nothing_waits_longer_than_its_curve(
    world: &World,
    _: &Ended,
    kept: &Kept,
) -> Vec<String> {
    if !world.weather.fair || kept.runs.len() > RUNS_MAX {
        return Vec::new();
    }
    let mut broken = Vec::new();
    for run in kept.runs.iter().filter(|run| run.resumed == 0 && run.branch.is_none()) {
        let Some(source) = kept.sources.get(&(run.workflow.clone(), run.version)) else { continue };
        let workflow = Workflow::parse(&run.workflow, source).unwrap();
        for (path, step) in &run.steps {
            let Some(connection) = step.work.via().filter(|_| is_judged(step)) else { continue };
            let Some(action) = workflow.step(path).unwrap().action() else { continue };
            let curve = match &action.retry {
                Some(retry) => RetryCurve::scaled(retry.attempts, retry.over),
                None => RetryCurve::standard(),
            };
            let calls = world.ledger.calls();
            let own = calls.iter().filter(|call| call.run == run.id && call.path == *path);
            let own: Vec<Timestamp> = own.map(|call| call.at).collect();
            let Some(first) = own.first() else { continue };
            let ends = run.steps.values().filter_map(|step| step.ended_at);
            let ready = ends.filter(|at| at <= first).max().unwrap_or(run.created_at);
            for (number, (from, to)) in std::iter::once(&ready).chain(&own).zip(&own).enumerate() {
                let delay = number.checked_sub(1).map(|index| curve.delays.get(index));
                let delay = delay.map_or(Duration::ZERO, |delay| {
                    delay.or(curve.delays.last()).copied().unwrap_or_default()
                });
                let down = world.weather.down_within(&connection.0, *from, *to);
                let waited = until(*from, *to).saturating_sub(down);
                if waited > delay + SLACK {
                    broken.push(format!(
                        "I11: {} {path} waited {waited:?} for call {number} while {connection} \
                         answered; its curve says {delay:?}",
                        run.id
                    ));
                }
            }
        }
    }
    broken
}

/// What may have happened is asked about first, by another rhythm.
fn is_judged(step: &StepRecord) -> bool {
    step.work.class() != EffectClass::Queryable
}

/// Looks whether the end of each outage is found out.
pub(crate) fn watch(world: &Arc<World>) {
    if !world.weather.fair {
        return;
    }
    for outage in world.weather.connection_outages.clone() {
        let world = world.clone();
        world.clone().executor.spawn(async move {
            let connection = outage.connection.into();
            world.clock.sleep(until(world.now(), outage.to)).await;
            let is_closed = world.limits.is_closed(&connection, world.now()).await.unwrap();
            if !is_closed || !waits(&world, outage.connection) {
                return;
            }
            let hangs_for = if outage.hangs() { HANGS_FOR } else { Duration::ZERO };
            world.clock.sleep(hangs_for.max(FOUND_OUT_WITHIN)).await;
            if world.limits.is_closed(&connection, world.now()).await.unwrap() {
                world.watch.broken(format!(
                    "I11: {connection} answers since {}, and nobody has found out",
                    outage.to
                ));
            }
        });
    }
}

/// Whether a step waits for the connection whose time has come.
fn waits(world: &World, connection: &str) -> bool {
    let filter = RunFilter { limit: usize::MAX, ..RunFilter::default() };
    let runs = Runs::list(&*world.memory, &filter).now_or_never().unwrap().unwrap();
    let soon = after(world.now(), Duration::from_secs(1));
    let is_due = |step: &StepRecord| {
        let is_waiting = matches!(step.state, StepState::Ready | StepState::Retry);
        let is_via = step.work.via().is_some_and(|via| via.0 == connection);
        is_waiting && is_via && step.next_at.is_none_or(|at| at <= soon)
    };
    let is_open = |run: &&Run| !run.state.is_terminal();
    runs.iter().filter(is_open).any(|run| run.steps.values().any(is_due))
}
