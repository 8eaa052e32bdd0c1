//! Public list prices in us-east-1 for x86_64, in dollars, without free tiers and discounts. Look them
//! up again before a decision hangs on them: the pages are named.

/// On-demand writes of 1 KB, per million. <https://aws.amazon.com/dynamodb/pricing/on-demand/>
pub const DYNAMODB_WRITES: f64 = 0.625;
/// On-demand reads of 4 KB, per million; eventually consistent ones are half.
pub const DYNAMODB_READS: f64 = 0.125;
/// A gigabyte that is stored for a month, the first 25 GB free.
pub const DYNAMODB_STORAGE_GB: f64 = 0.25;
/// Requests to standard queues, per million, each up to 64 KB. <https://aws.amazon.com/sqs/pricing/>
pub const SQS_REQUESTS: f64 = 0.40;
/// Custom events, per million, each up to 64 KB. <https://aws.amazon.com/eventbridge/pricing/>
pub const EVENTBRIDGE_EVENTS: f64 = 1.00;
/// Calls of schedules, per million. <https://aws.amazon.com/eventbridge/pricing/>
pub const SCHEDULER_CALLS: f64 = 1.00;
/// Requests to HTTP APIs, per million. <https://aws.amazon.com/api-gateway/pricing/>
pub const API_GATEWAY_REQUESTS: f64 = 1.00;
/// Calls of functions, per million. <https://aws.amazon.com/lambda/pricing/>
pub const LAMBDA_CALLS: f64 = 0.20;
/// A gigabyte of memory for a second, on x86_64.
pub const LAMBDA_GB_SECOND: f64 = 0.000_016_666_7;
/// State transitions of standard workflows, per million. <https://aws.amazon.com/step-functions/pricing/>
pub const STEP_FUNCTIONS_TRANSITIONS: f64 = 25.00;
/// An alarm on one metric, a month. <https://aws.amazon.com/cloudwatch/pricing/>
pub const ALARM: f64 = 0.10;
/// A metric of one's own, a month.
pub const METRIC: f64 = 0.30;
/// A dashboard, a month.
pub const DASHBOARD: f64 = 3.00;
/// A gigabyte that is logged.
pub const LOG_GB: f64 = 0.50;
/// A secret, a month. <https://aws.amazon.com/secrets-manager/pricing/>
pub const SECRET: f64 = 0.40;
