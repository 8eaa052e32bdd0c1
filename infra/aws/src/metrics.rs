//! Metrics as lines of the log, which CloudWatch turns into numbers (the embedded metric format): they
//! cost no request and need no permission.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use serde_json::{Map, Value, json};
use std::io::Write as _;
use std::sync::OnceLock;
use tradewind_engine::ports::Clock as _;
use tradewind_stack::naming::METRICS;
use tradewind_system::SystemClock;

static STAGE: OnceLock<String> = OnceLock::new();

/// Says once, at the start, which stage the numbers are about; without it none are written.
pub(crate) fn begin(stage: &str) {
    // A second start in one process is a test's, about the same stage.
    let _ = STAGE.set(stage.to_owned());
}

/// Something went wrong in a function that a person should know of.
pub(crate) fn failed() {
    write(None, &[("Errors", "Count", 1.0)]);
}

/// A service refused a call because there were too many.
pub(crate) fn throttled() {
    write(None, &[("Throttles", "Count", 1.0)]);
}

/// So many deliveries were refused at the trigger endpoint of that provider.
pub(crate) fn refused(endpoint: &str, count: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a metric is a float; nobody counts to 2^53")]
    let count = count as f64;
    write(Some(("Endpoint", endpoint)), &[("RefusedDeliveries", "Count", count)]);
}

/// The sweeper has made its round: so many runs had stood still past their time, and the oldest dead
/// letter is so many seconds old.
pub(crate) fn swept(stuck: usize, oldest_letter_seconds: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a metric is a float; nobody counts to 2^53")]
    let (stuck, oldest) = (stuck as f64, oldest_letter_seconds as f64);
    write(
        None,
        &[
            ("Heartbeat", "Count", 1.0),
            ("StuckRuns", "Count", stuck),
            ("DeadLetterAgeSeconds", "Seconds", oldest),
        ],
    );
}

/// The oldest dead letter of the queue, by its full name, is so many seconds old. SQS tells no such age:
/// what was received three times drops out of its own, and the sweeper looks at every letter.
pub(crate) fn waited(queue: &str, oldest_letter_seconds: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a metric is a float; nobody counts to 2^53")]
    let oldest = oldest_letter_seconds as f64;
    write(Some(("Queue", queue)), &[("DeadLetterAgeSeconds", "Seconds", oldest)]);
}

fn write(dimension: Option<(&str, &str)>, metrics: &[(&str, &str, f64)]) {
    let Some(stage) = STAGE.get() else { return };
    let line = line(stage, dimension, metrics, SystemClock.now().as_millisecond());
    // Where the log cannot be written, nothing can be said about it either.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

fn line(
    stage: &str,
    dimension: Option<(&str, &str)>,
    metrics: &[(&str, &str, f64)],
    milliseconds: i64,
) -> Value {
    let mut members = Map::new();
    let mut dimensions = vec!["Stage"];
    members.insert("Stage".to_owned(), json!(stage));
    if let Some((name, value)) = dimension {
        dimensions.push(name);
        members.insert(name.to_owned(), json!(value));
    }
    let names: Vec<Value> =
        metrics.iter().map(|(name, unit, _)| json!({ "Name": name, "Unit": unit })).collect();
    let directive = json!({ "Namespace": METRICS, "Dimensions": [dimensions], "Metrics": names });
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
        let line = line("live", Some(("Endpoint", "shop")), &[("Refused", "Count", 1.0)], 5);
        expect![[r#"{"Stage":"live","Endpoint":"shop","_aws":{"Timestamp":5,"CloudWatchMetrics":[{"Namespace":"Tradewind","Dimensions":[["Stage","Endpoint"]],"Metrics":[{"Name":"Refused","Unit":"Count"}]}]},"Refused":1.0}"#]]
        .assert_eq(&line.to_string());
    }
}
