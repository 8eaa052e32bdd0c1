//! From requests to dollars.
//!
//! Invariant: every assumption is a constant here, and prices are in [`crate::prices`].

use crate::prices as p;
use crate::requests::{Requests, STEP, of_steps};
use serde::Serialize;

/// Kilobytes of a run's item when it starts.
pub const START_KB: u64 = 1;
/// Kilobytes of a run's item while its steps are done: each write of it costs so many write units.
pub const RUN_KB: u64 = 2;
/// Kilobytes of an event's item, compressed, with the body as it came.
pub const EVENT_KB: u64 = 2;
/// Write units of the index entries of an event: its list, and when its data is due to be removed.
pub const EVENT_INDEX_WRITES: u64 = 2;
/// Write units of the index entries of a run: the list, its event and its first check, then its state
/// in the list and the end of its data in place of the check. Steps move none of them.
pub const RUN_INDEX_WRITES: u64 = 6;
/// Sending, receiving and deleting; batches make receiving and deleting cheaper.
pub const SQS_REQUESTS_PER_MESSAGE: u64 = 3;
/// The memory of a function, as in the template.
pub const MEMORY_GB: f64 = 0.25;
/// Milliseconds that a call takes where nobody else is asked.
pub const QUICK_MS: u64 = 20;
/// Milliseconds that a step takes, most of them waiting for the provider.
pub const STEP_MS: u64 = 120;
/// A standard workflow of Step Functions enters each step, its start and its end.
pub const STEP_FUNCTIONS_EXTRA_TRANSITIONS: u64 = 2;

/// What so many runs cost, in dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// Writes and reads.
    pub dynamodb: f64,
    /// Requests to queues.
    pub sqs: f64,
    /// Events.
    pub eventbridge: f64,
    /// Calls, and the time they take.
    pub lambda: f64,
    /// Requests.
    pub api_gateway: f64,
    /// Schedules.
    pub scheduler: f64,
}

/// A line of the comparison with Step Functions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Steps of a run.
    pub steps: u64,
    /// What it asks for.
    pub requests: Requests,
    /// A million runs here.
    pub per_million: Cost,
    /// All of it.
    pub per_million_total: f64,
    /// The state transitions of a million runs of Step Functions Standard, without the functions and
    /// the way in, which it needs as well.
    pub step_functions_standard: f64,
}

/// Runs of one step and of five, beside Step Functions Standard.
pub fn comparison() -> [Comparison; 2] {
    [1, 5].map(|steps| {
        let requests = of_steps(steps);
        let per_million = cost(Runs { events: 1, runs: 1, steps, requests }, 1_000_000);
        Comparison {
            steps,
            requests,
            per_million,
            per_million_total: per_million.total(),
            step_functions_standard: per_million_transitions(steps),
        }
    })
}

fn per_million_transitions(steps: u64) -> f64 {
    number(steps + STEP_FUNCTIONS_EXTRA_TRANSITIONS) * p::STEP_FUNCTIONS_TRANSITIONS
}

/// What is paid for together: an event, the runs it starts, and their steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Runs {
    /// Events.
    pub events: u64,
    /// Runs.
    pub runs: u64,
    /// Steps of all these runs.
    pub steps: u64,
    /// What all of it asks for.
    pub requests: Requests,
}

/// What that costs so many times.
pub fn cost(runs: Runs, times: u64) -> Cost {
    let requests = runs.requests;
    let millions = number(times) / 1_000_000.0;
    let per_call = |count: u64, price: f64| number(count) * price * millions;
    Cost {
        dynamodb: per_call(write_units(runs), p::DYNAMODB_WRITES),
        sqs: per_call(requests.sqs_messages * SQS_REQUESTS_PER_MESSAGE, p::SQS_REQUESTS),
        eventbridge: per_call(requests.eventbridge, p::EVENTBRIDGE_EVENTS),
        lambda: per_call(requests.lambda, p::LAMBDA_CALLS)
            + number(milliseconds(runs)) / 1_000.0
                * MEMORY_GB
                * p::LAMBDA_GB_SECOND
                * number(times),
        api_gateway: per_call(requests.api_gateway, p::API_GATEWAY_REQUESTS),
        scheduler: per_call(requests.scheduler, p::SCHEDULER_CALLS),
    }
}

/// The write units of a run of so many steps, with its event.
pub fn write_units_of_steps(steps: u64) -> u64 {
    write_units(Runs { events: 1, runs: 1, steps, requests: of_steps(steps) })
}

/// Every request of the happy path is a write.
fn write_units(runs: Runs) -> u64 {
    let events = runs.events * (EVENT_KB + EVENT_INDEX_WRITES);
    let starts = runs.runs * (START_KB + RUN_INDEX_WRITES);
    events + starts + runs.steps * STEP.dynamodb * RUN_KB
}

fn milliseconds(runs: Runs) -> u64 {
    (runs.requests.lambda - runs.steps) * QUICK_MS + runs.steps * STEP_MS
}

impl Cost {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.dynamodb
            + self.sqs
            + self.eventbridge
            + self.lambda
            + self.api_gateway
            + self.scheduler
    }
}

#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}
