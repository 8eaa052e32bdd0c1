//! What the linters cannot see.

use super::document::{Resource, Template, template as of_repository};
use super::generated::read;
use super::resolved::text;
use serde_json::Value;
use std::collections::BTreeSet;
use tradewind_connectors::catalog::catalog;
use tradewind_stack::function::{Work, functions};
use tradewind_stack::{naming, template};

const DAY: u64 = 86_400;

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
fn a_round_of_the_sweeper_is_never_repeated_because_the_next_is_near() {
    let template = of_repository();
    let by_the_schedule = &template.resource("SweepSchedule").property("Target")["RetryPolicy"];
    let by_lambda = template.resource("PlatformSweep").property("EventInvokeConfig");
    for retried in [by_the_schedule, by_lambda] {
        assert_eq!(retried["MaximumRetryAttempts"], 0);
        assert_eq!(retried["MaximumEventAgeInSeconds"], 60);
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
        let alarms = alarms_of(&template, *queue);
        let wanted = ["ApproximateAgeOfOldestMessage", "DeadLetterAgeSeconds"];
        assert_eq!(alarms, wanted.map(str::to_owned).into(), "{}", queue.logical);
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

#[test]
fn every_binary_is_deployed_once() {
    let manifest = read("functions/Cargo.toml");
    let names = manifest.split("[[bin]]\nname = \"").skip(1);
    let mut bins: Vec<&str> = names.map(|rest| rest.split('"').next().unwrap()).collect();
    let template = of_repository();
    let mut deployed: Vec<&str> = Vec::new();
    for function in template.functions() {
        let metadata = &function.value["Metadata"];
        assert_eq!(metadata["BuildMethod"], "rust-cargolambda");
        let bin = metadata["BuildProperties"]["Binary"].as_str().unwrap();
        let name = text(&template, function.property("FunctionName"));
        assert!(name.ends_with(&format!("-{bin}")) && name.len() <= 64, "{name}");
        deployed.push(bin);
    }
    bins.sort_unstable();
    deployed.sort_unstable();
    assert_eq!(deployed, bins);
}

#[test]
fn what_is_kept_survives_the_stack() {
    let template = of_repository();
    let tables = template.of_type("AWS::DynamoDB::Table");
    for kept in tables.iter().chain(&template.of_type("AWS::S3::Bucket")) {
        assert_eq!(kept.value["DeletionPolicy"], "Retain", "{}", kept.logical);
        assert_eq!(kept.value["UpdateReplacePolicy"], "Retain", "{}", kept.logical);
    }
    for table in tables {
        let recovery = table.property("PointInTimeRecoverySpecification");
        assert_eq!(recovery["PointInTimeRecoveryEnabled"], true, "{}", table.logical);
    }
    assert!(template.resource("Archive").property("RetentionDays").as_u64() >= Some(14));
    assert!(template.resource("Logs").property("RetentionInDays").as_u64() >= Some(14));
}

#[test]
fn the_architecture_is_said_once() {
    let template = of_repository();
    let globals = &template.section("Globals")["Function"];
    assert_eq!(globals["Architectures"][0]["Ref"], "Architecture");
    for function in template.functions() {
        assert_eq!(function.property("Architectures"), &Value::Null, "{}", function.logical);
    }
}

#[test]
fn variables_of_functions_are_texts() {
    let template = of_repository();
    for function in template.functions() {
        for (name, value) in function.property("Environment")["Variables"].as_object().unwrap() {
            let Some(column) = value["Fn::FindInMap"][2].as_str() else { continue };
            let of_kind = &template.section("Mappings")["StageKinds"]["live"][column];
            assert!(of_kind.is_string(), "{} of {}", name, function.logical);
        }
    }
}

#[test]
fn the_outputs_say_where_secrets_go() {
    let template = of_repository();
    let said = |output: &str| {
        let command = template.section("Outputs")[output]["Value"]["Fn::Sub"].as_str().unwrap();
        assert!(command.contains(" --region ${AWS::Region} "), "{command}");
        command.replace(" --region ${AWS::Region}", "")
    };
    let of = ("${Stage}", "<provider>", "<name>");
    assert_eq!(said("SecretCommand"), naming::put_secret(of.0, of.1, of.2));
    assert_eq!(said("SecretFileCommand"), naming::put_secret_file(of.0, of.1, of.2, "PATH"));
}

#[test]
fn prebuilt_binaries_take_the_place_of_sources() {
    let source = read("template.yaml");
    let prebuilt = Template::parse(&template::prebuilt(&source, "target/lambda"));
    let template = Template::parse(&source);
    assert_eq!(prebuilt.resources().len(), template.resources().len());
    for function in prebuilt.functions() {
        let before = template.resource(function.logical);
        let bin = before.value["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap();
        assert_eq!(function.property("CodeUri"), &format!("target/lambda/{bin}"));
        assert_eq!(function.value["Metadata"], Value::Null);
        assert_eq!(function.property("Role"), before.property("Role"));
    }
}

fn fed_by_queues(template: &Template) -> Vec<Resource<'_>> {
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

fn queue_of<'a>(template: &'a Template, function: Resource<'a>) -> Resource<'a> {
    let queue = source_of(function)["Properties"]["Queue"]["Fn::GetAtt"].as_str().unwrap();
    template.resource(queue.strip_suffix(".Arn").unwrap())
}

/// The column of the mapping that a value is looked up in.
fn from_mapping(value: &Value) -> &str {
    let found = &value["Fn::FindInMap"];
    assert_eq!(found[0], "StageKinds", "{value}");
    found[2].as_str().unwrap()
}

/// The metrics of a queue that alarms watch.
fn alarms_of(template: &Template, queue: Resource<'_>) -> BTreeSet<String> {
    let name = format!("{}.QueueName", queue.logical);
    let alarms = template.of_type("AWS::CloudWatch::Alarm").into_iter();
    let of_queue = alarms.filter(|alarm| {
        let dimensions = alarm.property("Dimensions").as_array().unwrap();
        dimensions.iter().any(|dimension| dimension["Value"]["Fn::GetAtt"] == name)
    });
    of_queue.map(|alarm| alarm.property("MetricName").as_str().unwrap().to_owned()).collect()
}
