//! How long a burst of events takes until its last step is done.
//!
//! Invariant: every connection is worked for at the same time, so the slowest one decides.

use serde::Serialize;
use std::collections::BTreeMap;
use tradewind_connectors::connection::Connection;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::workflows::Workflow;

/// How many instances of a function its queue may start, as in the template.
pub const INSTANCES: u32 = 10;
/// How many messages an instance works on at the same time, as in the template.
pub const BATCH: u32 = 10;
/// How long a provider takes for an answer, assumed.
const CALL_SECONDS: f64 = 0.5;

/// What a burst asks of one connection.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drain {
    /// The connection.
    pub connection: ConnectionName,
    /// Its provider.
    pub provider: String,
    /// How many calls of one event's steps go through it.
    pub calls_per_event: u64,
    /// How many calls it takes in a second.
    pub calls_per_second: f64,
    /// What that follows from.
    pub because: String,
    /// Minutes until the last step is done.
    pub minutes: f64,
}

/// What so many events at once ask of each connection, the slowest first.
pub fn drains(
    workflows: &[&Workflow],
    connections: &BTreeMap<ConnectionName, Connection>,
    events: u64,
) -> Vec<Drain> {
    let mut calls: BTreeMap<&ConnectionName, u64> = BTreeMap::new();
    let steps = workflows.iter().flat_map(|workflow| {
        workflow.all_steps().map(|step| (step, workflow.trigger.from.as_ref()))
    });
    // After a failure there are few.
    for (step, from) in steps.filter(|(step, _)| !step.path.is_on_failure()) {
        let Some(action) = step.action() else { continue };
        // What is asked afresh is read where the event came from.
        let read = from.filter(|_| action.still.is_some());
        for connection in read.into_iter().chain([&action.via]) {
            *calls.entry(connection).or_default() += 1;
        }
    }
    let known = calls.into_iter().filter_map(|(name, calls)| Some((connections.get(name)?, calls)));
    let mut drains: Vec<Drain> =
        known.map(|(connection, calls)| drain(connection, calls, events)).collect();
    drains.sort_by(|one, other| other.minutes.total_cmp(&one.minutes));
    drains
}

fn drain(connection: &Connection, calls_per_event: u64, events: u64) -> Drain {
    let (calls_per_second, because) = speed(connection);
    let calls = count(calls_per_event.saturating_mul(events));
    Drain {
        connection: connection.name.clone(),
        provider: connection.provider.id.clone(),
        calls_per_event,
        calls_per_second,
        because,
        minutes: calls / calls_per_second / 60.0,
    }
}

/// The lowest of what the limit, the provider and the functions allow.
fn speed(connection: &Connection) -> (f64, String) {
    let functions = f64::from(INSTANCES * BATCH) / CALL_SECONDS;
    let mut speed = (functions, format!("{INSTANCES} instances of {BATCH} steps each"));
    if let Some(calls) = connection.provider.concurrency {
        let allowed = f64::from(calls) / CALL_SECONDS;
        if allowed < speed.0 {
            speed = (allowed, format!("{calls} call at a time"));
        }
    }
    if let Some(limit) = connection.rate_limit() {
        let allowed = f64::from(limit.calls) / limit.per.as_secs_f64();
        if allowed < speed.0 {
            let per = limit.per.as_secs_f64();
            speed = (allowed, format!("rate limit of {} calls in {per} s", limit.calls));
        }
    }
    speed
}

#[expect(clippy::cast_precision_loss, reason = "no burst comes near 2^53 calls")]
fn count(calls: u64) -> f64 {
    calls as f64
}
