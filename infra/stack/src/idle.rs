//! What a stack costs in a month in which nothing happens.
//!
//! Invariant: what there is, is counted in the template itself. What is paid by what is stored (tables with
//! their point-in-time recovery, bucket, archive, log) is left out: an idle stage stores next to nothing.

use crate::cost::MEMORY_GB;
use crate::prices as p;
use serde::Serialize;

/// Hours of a month.
const HOURS: f64 = 730.0;
/// Rounds of the sweeper in it, one a minute.
const ROUNDS: f64 = HOURS * 60.0;
/// Lambda asks each queue from so many sides, also one that is empty; each waits for twenty seconds.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>
const POLLERS: f64 = 5.0;
const POLL_SECONDS: f64 = 20.0;
/// Metrics of ours that every round of the sweeper tells; the others begin with what they tell of.
const METRICS: f64 = 4.0;
/// Milliseconds that a round takes: looks at dead letters wait for a second each, several together.
const ROUND_MS: f64 = 3_000.0;
/// Read units of a round: sixteen shards of what is due, twice, and some lists, none of them strongly
/// consistent.
const ROUND_READS: f64 = 24.0;
/// How many queues of dead letters a round looks at, as in `tradewind_aws::letters`.
const LOOKS_MAX: f64 = 12.0;
/// Kilobytes that a round logs.
const ROUND_LOG_KB: f64 = 1.5;

/// The cost of a month, in dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Idle {
    /// How many alarms there are.
    pub alarm_count: usize,
    /// What they cost.
    pub alarms: f64,
    /// Metrics of ours.
    pub metrics: f64,
    /// The dashboard.
    pub dashboards: f64,
    /// The secret of the API.
    pub secrets: f64,
    /// Lambda asks empty queues.
    pub polling: f64,
    /// The sweeper makes its rounds.
    pub sweeper: f64,
    /// All of it.
    pub total: f64,
}

/// What the stack of that template costs in a month.
pub fn idle(template: &str) -> Idle {
    let of_type = |kind: &str| {
        let line = format!("    Type: {kind}");
        template.lines().filter(|one| *one == line).count()
    };
    let alarm_count = of_type("AWS::CloudWatch::Alarm");
    let sources = number(template.lines().filter(|line| line.trim() == "Type: SQS").count());
    let alarms = number(alarm_count) * p::ALARM;
    let metrics = METRICS * p::METRIC;
    let dashboards = number(of_type("AWS::CloudWatch::Dashboard")) * p::DASHBOARD;
    let secrets = number(of_type("AWS::SecretsManager::Secret")) * p::SECRET;
    let polls = POLLERS * HOURS * 3_600.0 / POLL_SECONDS;
    let polling = sources * polls * p::SQS_REQUESTS / MILLION;
    let sweeper = ROUNDS * round(sources);
    let total = alarms + metrics + dashboards + secrets + polling + sweeper;
    Idle { alarm_count, alarms, metrics, dashboards, secrets, polling, sweeper, total }
}

const MILLION: f64 = 1_000_000.0;
const KB_PER_GB: f64 = 1_048_576.0;

/// A round of the sweeper, with a look at the dead letters of so many queues.
fn round(queues: f64) -> f64 {
    let calls = p::SCHEDULER_CALLS + p::LAMBDA_CALLS + ROUND_READS * p::DYNAMODB_READS;
    let looks = queues.min(LOOKS_MAX) * p::SQS_REQUESTS;
    let time = ROUND_MS / 1_000.0 * MEMORY_GB * p::LAMBDA_GB_SECOND;
    (calls + looks) / MILLION + time + ROUND_LOG_KB / KB_PER_GB * p::LOG_GB
}

#[expect(clippy::cast_precision_loss, reason = "no template has 2^53 resources")]
fn number(count: usize) -> f64 {
    count as f64
}
