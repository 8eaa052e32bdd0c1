//! Queues, what feeds functions from them, and the dead letters behind them.

use super::alarms::alarms_of;
use super::document::{Resource, Template, template as of_repository};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const DAY: u64 = 86_400;

#[test]
fn one_message_that_fails_fails_alone_and_none_is_filtered_away() {
    let template = of_repository();
    let functions = fed_by_queues(&template);
    assert!(functions.len() >= 6);
    for function in functions {
        let source = &source_of(function)["Properties"];
        assert_eq!(source["FunctionResponseTypes"][0], "ReportBatchItemFailures");
        assert_eq!(source["FilterCriteria"], Value::Null, "a filtered message is deleted");
    }
    let rule = template.resource("Rule");
    let pattern = rule.property("EventPattern").as_object().unwrap();
    assert_eq!(
        pattern.keys().collect::<Vec<_>>(),
        ["source"],
        "every event of ours is for dispatch"
    );
}

#[test]
fn functions_that_wake_each_other_may_do_so_in_circles() {
    let template = of_repository();
    for function in fed_by_queues(&template) {
        assert_eq!(function.property("RecursiveLoop"), "Allow", "{}", function.logical);
    }
}

#[test]
fn behind_every_queue_are_dead_letters_for_a_fortnight_and_alarms() {
    let template = of_repository();
    let queues = template.of_type("AWS::SQS::Queue");
    let (live, dead): (Vec<_>, Vec<_>) =
        queues.into_iter().partition(|queue| !queue.property("RedrivePolicy").is_null());
    for queue in &live {
        let target = &queue.property("RedrivePolicy")["deadLetterTargetArn"]["Fn::GetAtt"];
        let target = target.as_str().unwrap().strip_suffix(".Arn").unwrap();
        assert!(dead.iter().any(|one| one.logical == target), "{}", queue.logical);
        let retention = queue.property("MessageRetentionPeriod").as_u64().unwrap();
        // A dead letter's time counts from when it was first sent.
        assert!(retention + 10 * DAY <= 14 * DAY, "{}", queue.logical);
        // Of steps the store knows since when they wait; of an event that is not dispatched, SQS alone.
        let wanted = match queue.logical {
            "DispatchQueue" => ["ApproximateAgeOfOldestMessage".to_owned()].into(),
            _ => BTreeSet::new(),
        };
        assert_eq!(alarms_of(&template, *queue), wanted, "{}", queue.logical);
    }
    for queue in &dead {
        assert_eq!(queue.property("MessageRetentionPeriod"), 14 * DAY, "{}", queue.logical);
        let alarms = alarms_of(&template, *queue);
        let wanted = ["ApproximateNumberOfMessagesVisible".to_owned()];
        assert_eq!(alarms, wanted.into(), "{}", queue.logical);
    }
    let rule = &template.resource("Rule").property("Targets")[0];
    let dead_letters = rule["DeadLetterConfig"]["Arn"]["Fn::GetAtt"].as_str().unwrap();
    assert!(dead.iter().any(|queue| dead_letters == format!("{}.Arn", queue.logical)));
    assert!(rule["RetryPolicy"]["MaximumEventAgeInSeconds"].as_u64() == Some(DAY));
}

pub(super) fn fed_by_queues(template: &Template) -> Vec<Resource<'_>> {
    let functions = template.functions().into_iter();
    functions.filter(|function| !function.property("Events").is_null()).collect()
}

fn source_of(function: Resource<'_>) -> &Value {
    let sources = function.property("Events").as_object().unwrap();
    assert_eq!(sources.len(), 1, "{}", function.logical);
    let source = sources.values().next().unwrap();
    assert_eq!(source["Type"], "SQS");
    source
}

pub(super) fn queue_of<'a>(template: &'a Template, function: Resource<'a>) -> Resource<'a> {
    let queue = source_of(function)["Properties"]["Queue"]["Fn::GetAtt"].as_str().unwrap();
    template.resource(queue.strip_suffix(".Arn").unwrap())
}
