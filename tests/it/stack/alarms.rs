//! Who is told of what, and where that person reads on.

use super::document::{Resource, Template, template as of_repository};
use super::generated::read;
use super::queues::DAY;
use serde_json::Value;
use std::collections::BTreeSet;
use tradewind_connectors::catalog::catalog;
use tradewind_stack::function::{Work, functions};
use tradewind_stack::naming;

#[test]
fn a_dead_letter_alarms_within_five_minutes_and_again_after_three_days() {
    let template = of_repository();
    for alarm in template.of_type("AWS::CloudWatch::Alarm") {
        let name = alarm.logical;
        let number = |key: &str| alarm.property(key).as_u64().unwrap_or(1);
        if name.ends_with("DeadAlarm") || name == "UndeliveredAlarm" {
            assert_eq!(number("Threshold"), 0, "{name}");
            assert!(number("Period") * number("DatapointsToAlarm") <= 300, "{name}");
        } else if name.ends_with("DeadAgeAlarm") {
            assert_eq!(number("Threshold"), 3 * DAY, "{name}");
            // SQS leaves out of its own age what the sweeper has looked at three times.
            assert_eq!(alarm.property("Namespace"), naming::METRICS, "{name}");
            let dimensions = alarm.property("Dimensions").as_array().unwrap().iter();
            let names: Vec<&Value> = dimensions.map(|dimension| &dimension["Name"]).collect();
            assert_eq!(names, ["Stage", "Queue"], "{name}");
        }
    }
}

#[test]
fn three_refused_deliveries_of_an_hour_are_enough_for_an_alarm() {
    let template = of_repository();
    let alarms = template.of_type("AWS::CloudWatch::Alarm").into_iter();
    let refused: Vec<_> =
        alarms.filter(|alarm| alarm.property("MetricName") == "RefusedDeliveries").collect();
    assert!(!refused.is_empty());
    for alarm in refused {
        assert_eq!(alarm.property("Threshold"), 3, "{}", alarm.logical);
        assert_eq!(alarm.property("Period"), 3_600, "{}", alarm.logical);
    }
}

/// A person who is woken looks into the runbook.
#[test]
fn every_alarm_has_a_row_in_the_runbook() {
    let template = of_repository();
    let runbook = read("infra/aws/RUNBOOK.md");
    let rows = runbook.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let named: BTreeSet<&str> =
        rows.flat_map(|names| names.split(", ")).map(|name| name.trim_matches('`')).collect();
    let mut there = BTreeSet::new();
    let mut names: Vec<(String, &str)> = Vec::new();
    for function in functions(&catalog()) {
        match function.work {
            Work::Action(action, _) => names.push((naming::queue(action.as_str()), "<action>")),
            Work::Trigger(provider) => names.push((provider.id.replace('_', "-"), "<provider>")),
            Work::Dispatch | Work::Sweep | Work::Api => {}
        }
    }
    for alarm in template.of_type("AWS::CloudWatch::Alarm") {
        let name = alarm.property("AlarmName")["Fn::Sub"].as_str().unwrap();
        let name = name.strip_prefix("tradewind-${Stage}-").unwrap();
        let known = names.iter().find_map(|(known, placeholder)| {
            let is_trigger = *placeholder == "<provider>";
            let before = if is_trigger { "trigger-" } else { "" };
            let rest = name.strip_prefix(before)?.strip_prefix(known.as_str())?;
            rest.starts_with('-').then(|| format!("{before}{placeholder}{rest}"))
        });
        there.insert(known.unwrap_or_else(|| name.to_owned()));
    }
    let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    assert_eq!(there, named);
}

#[test]
fn every_alarm_goes_to_the_topic_and_watches_a_metric_by_its_name() {
    let template = of_repository();
    for alarm in template.of_type("AWS::CloudWatch::Alarm") {
        let name = alarm.logical;
        assert_eq!(alarm.property("AlarmActions")[0]["Ref"], "Alarms", "{name}");
        assert!(alarm.property("MetricName").is_string(), "{name}: expressions cost more");
        assert!(alarm.property("AlarmDescription").is_string(), "{name} says nothing");
        let missing = alarm.property("TreatMissingData");
        let silence = if name == "HeartbeatAlarm" { "breaching" } else { "notBreaching" };
        assert_eq!(missing, silence, "{name}");
    }
}

#[test]
fn the_stage_has_an_alarm_for_each_of_its_own_metrics() {
    let template = of_repository();
    let alarms = template.of_type("AWS::CloudWatch::Alarm");
    let ours = alarms.iter().filter(|alarm| alarm.property("Namespace") == "Tradewind");
    let watched: BTreeSet<&str> =
        ours.map(|alarm| alarm.property("MetricName").as_str().unwrap()).collect();
    let told = [
        "DeadLetterAgeSeconds",
        "Errors",
        "Heartbeat",
        "RefusedDeliveries",
        "StuckRuns",
        "Throttles",
    ];
    assert_eq!(watched, told.into());
    let metrics = read("infra/aws/src/metrics.rs");
    for metric in told {
        assert!(metrics.contains(&format!("\"{metric}\"")), "nobody tells {metric}");
    }
    assert!(template.resource("RuleAlarm").property("MetricName") == "FailedInvocations");
}

/// The metrics of a queue that alarms watch.
pub(super) fn alarms_of(template: &Template, queue: Resource<'_>) -> BTreeSet<String> {
    let name = format!("{}.QueueName", queue.logical);
    let alarms = template.of_type("AWS::CloudWatch::Alarm").into_iter();
    let of_queue = alarms.filter(|alarm| {
        let dimensions = alarm.property("Dimensions").as_array().unwrap();
        dimensions.iter().any(|dimension| dimension["Value"]["Fn::GetAtt"] == name)
    });
    of_queue.map(|alarm| alarm.property("MetricName").as_str().unwrap().to_owned()).collect()
}
