//! Metrics as lines of the log, which CloudWatch turns into numbers (the embedded metric format): they
//! cost no request and need no permission.
//!
//! Invariant: every metric has the dimension `Stage` alone, so that one alarm watches all queues and all
//! endpoints, however many there are.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use serde_json::{Map, Value, json};
use std::io::Write as _;
use std::sync::OnceLock;
use std::time::Duration;
use tradewind_engine::ports::Clock as _;
use tradewind_stack::naming::METRICS;
use tradewind_system::SystemClock;

static STAGE: OnceLock<String> = OnceLock::new();

/// Says once, at the start, which stage the numbers are about; without it none are written.
pub(crate) fn set_stage(stage: &str) {
    // A second start in one process is a test's, about the same stage.
    let _ = STAGE.set(stage.to_owned());
}

/// Something went wrong in a function that a person should know of.
pub(crate) fn failed() {
    write(&[("Errors", "Count", 1.0)]);
}

/// A service refused a call because there were too many.
pub(crate) fn throttled() {
    write(&[("Throttles", "Count", 1.0)]);
}

/// So many deliveries were refused at trigger endpoints.
pub(crate) fn refused(count: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a metric is a float; nobody counts to 2^53")]
    let count = count as f64;
    write(&[("RefusedDeliveries", "Count", count)]);
}

/// What the sweeper has found in its round.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    /// So many runs had stood still past their time.
    pub(crate) stuck: usize,
    /// The step that has waited longest past its time has done so for this time.
    pub(crate) longest_wait: Duration,
    /// The oldest dead letter of all queues is so old. SQS tells no such age: what was received three
    /// times drops out of its own, and the sweeper looks at every letter.
    pub(crate) oldest_letter: Duration,
}

/// The sweeper has made its round. Which queue it is, `tradewind status` says: a metric for each would
/// need an alarm for each.
pub(crate) fn swept(found: Found) {
    #[expect(clippy::cast_precision_loss, reason = "a metric is a float; nobody counts to 2^53")]
    let stuck = found.stuck as f64;
    write(&[
        ("Heartbeat", "Count", 1.0),
        ("StuckRuns", "Count", stuck),
        ("LongestWaitSeconds", "Seconds", found.longest_wait.as_secs_f64().floor()),
        ("DeadLetterAgeSeconds", "Seconds", found.oldest_letter.as_secs_f64().floor()),
    ]);
}

fn write(metrics: &[(&str, &str, f64)]) {
    let Some(stage) = STAGE.get() else { return };
    let line = line(stage, metrics, SystemClock.now().as_millisecond());
    // Where the log cannot be written, nothing can be said about it either.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

fn line(stage: &str, metrics: &[(&str, &str, f64)], milliseconds: i64) -> Value {
    let mut members = Map::new();
    members.insert("Stage".to_owned(), json!(stage));
    let names: Vec<Value> =
        metrics.iter().map(|(name, unit, _)| json!({ "Name": name, "Unit": unit })).collect();
    let directive = json!({ "Namespace": METRICS, "Dimensions": [["Stage"]], "Metrics": names });
    members.insert(
        "_aws".to_owned(),
        json!({ "Timestamp": milliseconds, "CloudWatchMetrics": [directive] }),
    );
    members.extend(metrics.iter().map(|(name, _, value)| ((*name).to_owned(), json!(value))));
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_metric_is_one_line_of_the_log() {
        let line = line("live", &[("Refused", "Count", 1.0)], 5);
        expect![[r#"{"Stage":"live","_aws":{"Timestamp":5,"CloudWatchMetrics":[{"Namespace":"Tradewind","Dimensions":[["Stage"]],"Metrics":[{"Name":"Refused","Unit":"Count"}]}]},"Refused":1.0}"#]]
        .assert_eq(&line.to_string());
    }
}
