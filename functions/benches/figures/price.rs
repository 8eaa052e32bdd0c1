//! From what was asked to dollars, at the prices and with the assumptions of the plan.

use crate::runs::Runs;
use tradewind_stack::cost::{Cost, MEMORY_GB, QUICK_MS, SQS_REQUESTS_PER_MESSAGE, STEP_MS};
use tradewind_stack::prices as p;

/// What one run asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PerRun {
    /// Requests to DynamoDB about this run alone.
    pub(crate) dynamodb: f64,
    /// Those that runs share: what was applied, leases of calls, tokens.
    pub(crate) shared: f64,
    /// The write units of all of them.
    pub(crate) write_units: f64,
    /// Those of the indexes.
    pub(crate) index_units: f64,
    /// Their read units.
    pub(crate) read_units: f64,
    /// Messages that passed a queue.
    pub(crate) sqs_messages: f64,
    /// Events on the bus.
    pub(crate) eventbridge: f64,
    /// Schedules that are made, each to call once.
    pub(crate) scheduler: f64,
    /// Calls of functions.
    pub(crate) lambda: f64,
    /// Requests to all other services.
    pub(crate) other: f64,
}

impl PerRun {
    /// The mean of those runs.
    pub(crate) fn of(runs: &Runs) -> Self {
        let count = f64::from(runs.count);
        let mut sum = Self { lambda: runs.calls as f64, ..Self::default() };
        // Every call is of a message, but for those that took the webhooks.
        sum.sqs_messages = sum.lambda - f64::from(runs.webhooks);
        for (asked, units) in &runs.asked {
            let requests = units.requests as f64;
            match asked.service.as_str() {
                "DynamoDB" if asked.is_of_a_run() => sum.dynamodb += requests,
                "DynamoDB" => sum.shared += requests,
                "EventBridge" => sum.eventbridge += requests,
                "Scheduler" => sum.scheduler += requests,
                // A message is counted where it arrives.
                "SQS" if asked.operation == "SendMessage" => {}
                _ => sum.other += requests,
            }
            sum.write_units += units.write_units as f64;
            sum.index_units += units.index_units as f64;
            sum.read_units += units.half_read_units as f64 / 2.0;
        }
        Self {
            dynamodb: sum.dynamodb / count,
            shared: sum.shared / count,
            write_units: sum.write_units / count,
            index_units: sum.index_units / count,
            read_units: sum.read_units / count,
            sqs_messages: sum.sqs_messages / count,
            eventbridge: sum.eventbridge / count,
            scheduler: sum.scheduler / count,
            lambda: sum.lambda / count,
            other: sum.other / count,
        }
    }

    /// A million of them, in dollars. How long a call takes is assumed, because this machine is not
    /// Lambda's.
    pub(crate) fn per_million(&self, steps: u64) -> Cost {
        let steps = steps as f64;
        let milliseconds = (self.lambda - steps) * QUICK_MS as f64 + steps * STEP_MS as f64;
        let gigabyte_seconds = milliseconds * 1_000.0 * MEMORY_GB;
        let writes = self.write_units + self.index_units;
        Cost {
            dynamodb: writes * p::DYNAMODB_WRITES + self.read_units * p::DYNAMODB_READS,
            sqs: self.sqs_messages * SQS_REQUESTS_PER_MESSAGE as f64 * p::SQS_REQUESTS,
            eventbridge: self.eventbridge * p::EVENTBRIDGE_EVENTS,
            lambda: self.lambda * p::LAMBDA_CALLS + gigabyte_seconds * p::LAMBDA_GB_SECOND,
            api_gateway: p::API_GATEWAY_REQUESTS,
            scheduler: self.scheduler * p::SCHEDULER_CALLS,
        }
    }
}
