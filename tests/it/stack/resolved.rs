//! What a template's values come to in one account, so that ARNs can be compared and measured.

use super::document::Template;
use serde_json::Value;

/// The longest stage there can be, in a region with a long name.
const STAGE: &str = "abcdefghijklmnop";
const REGION: &str = "ap-southeast-1";
const ACCOUNT: &str = "123456789012";

/// The text that a value comes to.
pub(super) fn text(template: &Template, value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    if let Some(name) = value["Ref"].as_str() {
        return reference(template, name);
    }
    if let Some(attribute) = value["Fn::GetAtt"].as_str() {
        return reference(template, attribute);
    }
    let mut text = value["Fn::Sub"].as_str().unwrap_or_else(|| panic!("{value}")).to_owned();
    while let Some(start) = text.find("${") {
        let end = start + text[start..].find('}').unwrap();
        let name = text[start + 2..end].to_owned();
        text.replace_range(start..=end, &reference(template, &name));
    }
    text
}

fn reference(template: &Template, name: &str) -> String {
    match name {
        "Stage" => STAGE.to_owned(),
        "AWS::Region" => REGION.to_owned(),
        "AWS::AccountId" => ACCOUNT.to_owned(),
        "AWS::Partition" => "aws".to_owned(),
        "AWS::URLSuffix" => "amazonaws.com".to_owned(),
        name => match &template.section("Parameters")[name] {
            Value::Null => of_resource(template, name),
            parameter => parameter["Default"].as_str().unwrap_or_default().to_owned(),
        },
    }
}

fn of_resource(template: &Template, name: &str) -> String {
    let (logical, attribute) = name.split_once('.').unwrap_or((name, ""));
    let resource = template.resource(logical);
    let named = ["QueueName", "FunctionName", "Name", "LogGroupName"].into_iter();
    let named = named.map(|key| resource.property(key)).find(|value| !value.is_null());
    let named = named.map_or_else(|| logical.to_owned(), |value| text(template, value));
    match (resource.value["Type"].as_str().unwrap(), attribute) {
        ("AWS::SQS::Queue", "Arn") => arn("sqs", &named),
        ("AWS::Serverless::Function", "Arn") => arn("lambda", &format!("function:{named}")),
        // CloudFormation makes up what has no name: stack, logical id and twelve characters.
        ("AWS::DynamoDB::Table", "Arn") => {
            arn("dynamodb", &format!("table/tradewind-{STAGE}-{named}-ABCDEFGHIJKL"))
        }
        ("AWS::S3::Bucket", "Arn") => {
            format!("arn:aws:s3:::tradewind-{STAGE}-{}-abcdefghijkl", named.to_lowercase())
        }
        ("AWS::IAM::Role", "Arn") => {
            format!("arn:aws:iam::{ACCOUNT}:role/tradewind-{STAGE}-{named}-ABCDEFGHIJKL")
        }
        ("AWS::Logs::LogGroup", "Arn") => arn("logs", &format!("log-group:{named}:*")),
        ("AWS::Events::EventBus", "Arn") => arn("events", &format!("event-bus/{named}")),
        ("AWS::SecretsManager::Secret", "Id") => {
            arn("secretsmanager", &format!("secret:{named}-ABCDEFGHIJKL-abcdef"))
        }
        (_, "Arn") => arn("other", &named),
        _ => named,
    }
}

fn arn(service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}")
}
