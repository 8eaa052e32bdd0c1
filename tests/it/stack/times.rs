//! What ends before what.

use super::document::template as of_repository;
use super::queues::{fed_by_queues, queue_of};
use serde_json::Value;

#[test]
fn a_function_ends_before_its_claims_and_those_before_their_messages_show_again() {
    let template = of_repository();
    for kind in ["live", "test"] {
        let times = template.times(kind);
        assert!(times["Timeout"] < times["Lease"], "{kind}: time-out < lease");
        assert!(times["Lease"] < times["Visibility"], "{kind}: lease < visibility");
        assert!(times["Visibility"] >= 6 * times["Timeout"], "{kind}: as Lambda asks of a queue");
        assert!(times["HttpTimeout"] < 30, "{kind}: the gateway waits for 30 seconds");
        assert!(times["SweepTimeout"] < 60, "{kind}: a round ends before the next begins");
        assert!(times["QueueDelayMax"] <= 900, "{kind}: no queue delays for longer");
    }
    for function in fed_by_queues(&template) {
        assert_eq!(from_mapping(function.property("Timeout")), "Timeout", "{}", function.logical);
        let queue = queue_of(&template, function);
        assert_eq!(from_mapping(queue.property("VisibilityTimeout")), "Visibility");
        let variables = &function.property("Environment")["Variables"];
        for (variable, time) in [
            ("TIMEOUT_SECONDS", "Timeout"),
            ("LEASE_SECONDS", "Lease"),
            ("VISIBILITY_SECONDS", "Visibility"),
        ] {
            assert_eq!(from_mapping(&variables[variable]), time, "{}", function.logical);
        }
    }
}

#[test]
fn a_round_of_the_sweeper_is_never_repeated_because_the_next_is_near() {
    let template = of_repository();
    let by_the_schedule = &template.resource("SweepSchedule").property("Target")["RetryPolicy"];
    let by_lambda = template.resource("PlatformSweep").property("EventInvokeConfig");
    for retried in [by_the_schedule, by_lambda] {
        assert_eq!(retried["MaximumRetryAttempts"], 0);
        assert_eq!(retried["MaximumEventAgeInSeconds"], 60);
    }
}

/// The column of the mapping that a value is looked up in.
fn from_mapping(value: &Value) -> &str {
    let found = &value["Fn::FindInMap"];
    assert_eq!(found[0], "StageKinds", "{value}");
    found[2].as_str().unwrap()
}
