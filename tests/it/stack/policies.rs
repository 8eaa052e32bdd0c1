//! Who else may come near what the stack keeps and sends: nobody without TLS, no service on behalf of
//! somebody else, and nobody by mistake.

use super::document::{Resource, Template, template};
use super::resolved::text;
use super::rights::{own_statements, several};
use serde_json::Value;
use std::collections::BTreeSet;

const ACCOUNT: &str = ":123456789012:";

#[test]
fn nothing_is_kept_or_sent_in_clear_text_on_the_wire() {
    let template = template();
    for queue in template.of_type("AWS::SQS::Queue") {
        let policies = of_kind(&template, "AWS::SQS::QueuePolicy", "Queues", queue.logical);
        // A queue has one policy: a second one would take the place of the first.
        assert_eq!(policies.len(), 1, "{}", queue.logical);
        assert_refuses_clear_text(policies[0], "sqs:*");
    }
    for bucket in template.of_type("AWS::S3::Bucket") {
        let policies = of_kind(&template, "AWS::S3::BucketPolicy", "Bucket", bucket.logical);
        assert_eq!(policies.len(), 1, "{}", bucket.logical);
        let resources = assert_refuses_clear_text(policies[0], "s3:*");
        assert_eq!(resources.len(), 2, "the bucket and its objects");
    }
    for topic in template.of_type("AWS::SNS::Topic") {
        let policies = of_kind(&template, "AWS::SNS::TopicPolicy", "Topics", topic.logical);
        assert_eq!(policies.len(), 1, "{}", topic.logical);
        // SNS knows no action for all of them.
        assert_refuses_clear_text(policies[0], "sns:Publish");
    }
}

#[test]
fn what_rests_is_encrypted() {
    let template = template();
    for queue in template.of_type("AWS::SQS::Queue") {
        assert_eq!(queue.property("SqsManagedSseEnabled"), true, "{}", queue.logical);
    }
    let rules = &template.resource("Bucket").property("BucketEncryption");
    let rule = &rules["ServerSideEncryptionConfiguration"][0]["ServerSideEncryptionByDefault"];
    assert_eq!(rule["SSEAlgorithm"], "AES256");
}

/// Another customer of a service must not be able to send it here in his own errands.
#[test]
fn no_service_comes_on_behalf_of_another_account() {
    let template = template();
    let mut seen = BTreeSet::new();
    let mut all: Vec<(&str, &Value)> = Vec::new();
    for role in template.of_type("AWS::IAM::Role") {
        let trust = several(&role.property("AssumeRolePolicyDocument")["Statement"]);
        all.extend(trust.into_iter().map(|one| (role.logical, one)));
    }
    for kind in ["AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy"] {
        for policy in template.of_type(kind) {
            all.extend(own_statements(policy).into_iter().map(|one| (policy.logical, one)));
        }
    }
    for (logical, statement) in all.into_iter().filter(|(_, one)| one["Effect"] == "Allow") {
        let service = statement["Principal"]["Service"].as_str();
        let service = service.unwrap_or_else(|| panic!("{logical} lets more than a service in"));
        seen.insert(service);
        // A role can be given to functions of its own account alone, and Lambda names no source when it
        // takes one.
        if service == "lambda.amazonaws.com" {
            continue;
        }
        let arn = ["StringEquals", "ArnEquals", "ArnLike"]
            .iter()
            .map(|test| &statement["Condition"][*test]["aws:SourceArn"])
            .find(|arn| !arn.is_null());
        let arn = text(&template, arn.unwrap_or_else(|| panic!("{logical}: for whom?")));
        let owned = arn.contains(ACCOUNT) && arn.contains("tradewind-abcdefghijklmnop");
        assert!(
            owned || statement["Condition"].to_string().contains("Rule.Arn"),
            "{logical}: {arn}"
        );
        if service == "scheduler.amazonaws.com" {
            let account = &statement["Condition"]["StringEquals"]["aws:SourceAccount"];
            assert_eq!(account["Ref"], "AWS::AccountId", "{logical}");
            assert!(arn.contains(":schedule-group/"), "{logical}: {arn}");
        }
    }
    let services = ["cloudwatch", "events", "lambda", "scheduler"];
    let services = services.map(|service| format!("{service}.amazonaws.com"));
    assert_eq!(seen, services.iter().map(String::as_str).collect());
    for permission in template.of_type("AWS::Lambda::Permission") {
        let source = text(&template, permission.property("SourceArn"));
        assert!(source.contains(ACCOUNT) && source.contains(":tradewind-"), "{source}");
    }
}

#[test]
fn nobody_removes_a_table_by_mistake_and_nobody_opens_the_bucket() {
    let template = template();
    let tables = template.of_type("AWS::DynamoDB::Table");
    assert_eq!(tables.len(), 2);
    for table in tables {
        assert_eq!(table.property("DeletionProtectionEnabled"), true, "{}", table.logical);
    }
    let closed = template.resource("Bucket").property("PublicAccessBlockConfiguration");
    for kind in
        ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
    {
        assert_eq!(closed[kind], true, "{kind}");
    }
}

/// What CloudFormation would make anew, and so empty, if it were to change.
#[test]
fn an_existing_stage_keeps_its_tables_and_queues() {
    let template = template();
    for table in template.of_type("AWS::DynamoDB::Table") {
        assert_eq!(table.property("TableName"), &Value::Null, "{}", table.logical);
        let keys = several(table.property("KeySchema")).into_iter();
        let keys: Vec<&Value> = keys.map(|key| &key["AttributeName"]).collect();
        assert_eq!(keys, ["pk", "sk"], "{}", table.logical);
    }
    for queue in template.of_type("AWS::SQS::Queue") {
        let name = queue.property("QueueName")["Fn::Sub"].as_str().unwrap();
        assert!(name.starts_with("tradewind-${Stage}-"), "{name}");
        assert_eq!(queue.property("FifoQueue"), &Value::Null, "{}", queue.logical);
    }
    assert_eq!(template.resource("Bucket").property("BucketName"), &Value::Null);
}

/// The policies of that type that name the resource.
fn of_kind<'a>(
    template: &'a Template,
    kind: &str,
    property: &str,
    logical: &str,
) -> Vec<Resource<'a>> {
    let names = |policy: &Resource<'a>| {
        several(policy.property(property)).iter().any(|one| one["Ref"] == logical)
    };
    template.of_type(kind).into_iter().filter(names).collect()
}

/// Returns what is refused.
fn assert_refuses_clear_text<'a>(policy: Resource<'a>, actions: &str) -> Vec<&'a Value> {
    let refuses = |one: &&Value| {
        one["Effect"] == "Deny" && one["Condition"]["Bool"]["aws:SecureTransport"] == "false"
    };
    let statement = own_statements(policy).into_iter().find(refuses);
    let statement = statement.unwrap_or_else(|| panic!("{} takes clear text", policy.logical));
    assert_eq!(statement["Principal"], "*", "{}", policy.logical);
    assert_eq!(statement["Action"], actions, "{}", policy.logical);
    several(&statement["Resource"])
}
