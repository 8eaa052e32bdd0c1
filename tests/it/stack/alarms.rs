//! Who is told of what, and where that person reads on.

use super::document::{Resource, Template, template as of_repository};
use super::generated::read;
use super::queues::DAY;
use serde_json::Value;
use std::collections::BTreeSet;
use tradewind_connectors::catalog::catalog;
use tradewind_engine::protocol::CHECK_AFTER;
use tradewind_stack::function::functions;

#[test]
fn every_queue_of_dead_letters_has_an_alarm_of_its_own_within_five_minutes() {
    let template = of_repository();
    for queue in template.of_type("AWS::SQS::Queue") {
        let name = queue.logical;
        if !name.ends_with("Dead") && name != "Undelivered" {
            continue;
        }
        let alarm = template.resource(&format!("{name}Alarm"));
        let number = |key: &str| alarm.property(key).as_u64().unwrap_or(1);
        let watched = &alarm.property("Dimensions")[0]["Value"]["Fn::GetAtt"];
        assert_eq!(watched, &format!("{name}.QueueName"));
        assert_eq!(number("Threshold"), 0, "{name}");
        assert!(number("Period") * number("DatapointsToAlarm") <= 300, "{name}");
    }
}

/// An alarm for each queue and each endpoint would be more than a stack holds.
#[test]
fn what_is_told_of_all_queues_and_endpoints_together_has_one_alarm_for_each_threshold() {
    let template = of_repository();
    for (metric, wanted) in [
        // SQS leaves out of its own age what the sweeper has looked at three times.
        ("DeadLetterAgeSeconds", vec![3 * DAY, 10 * DAY]),
        ("LongestWaitSeconds", vec![1_800]),
        ("RefusedDeliveries", vec![3]),
    ] {
        let alarms = template.of_type("AWS::CloudWatch::Alarm").into_iter();
        let alarms: Vec<_> = alarms.filter(|one| one.property("MetricName") == metric).collect();
        let thresholds = alarms.iter().map(|one| one.property("Threshold").as_u64().unwrap());
        assert_eq!(thresholds.collect::<BTreeSet<_>>(), wanted.iter().copied().collect());
        assert_eq!(alarms.len(), wanted.len(), "{metric}");
        for alarm in alarms {
            let dimensions = alarm.property("Dimensions").as_array().unwrap();
            let names: Vec<&Value> = dimensions.iter().map(|one| &one["Name"]).collect();
            assert_eq!(names, ["Stage"], "{}", alarm.logical);
        }
    }
    assert_eq!(template.resource("RefusedAlarm").property("Period"), 3_600);
}

/// The sweeper meets what waits no more often.
#[test]
fn a_step_that_waits_is_met_in_every_period_that_its_alarm_looks_at() {
    let template = of_repository();
    let alarm = template.resource("WaitingAlarm");
    let number = |key: &str| alarm.property(key).as_u64().unwrap();
    assert_eq!(number("Period"), CHECK_AFTER.as_secs());
    assert!(number("EvaluationPeriods") > number("DatapointsToAlarm"));
    assert_eq!(number("Threshold"), 2 * CHECK_AFTER.as_secs());
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
    let queues = functions(&catalog()).into_iter();
    let queues = queues.filter(|function| function.action().is_some());
    let queues: Vec<String> = queues.filter_map(|function| function.queue()).collect();
    for alarm in template.of_type("AWS::CloudWatch::Alarm") {
        let name = alarm.property("AlarmName")["Fn::Sub"].as_str().unwrap();
        let name = name.strip_prefix("tradewind-${Stage}-").unwrap();
        let known = queues.iter().find_map(|queue| name.strip_prefix(queue.as_str()));
        let known = known.filter(|rest| rest.starts_with('-'));
        there.insert(known.map_or_else(|| name.to_owned(), |rest| format!("<action>{rest}")));
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
        "LongestWaitSeconds",
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
