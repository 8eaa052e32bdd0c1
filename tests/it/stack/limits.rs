//! Fifty actions fit into one stack.

use super::document::Template;
use super::generated::read;
use super::resolved::text;
use serde_json::Value;
use tradewind_connectors::action::Action;
use tradewind_connectors::catalog::{Catalog, catalog};
use tradewind_connectors::providers::sendgrid;
use tradewind_engine::effects::OnUnknown;
use tradewind_stack::generated::generated;

const ACTIONS: usize = 50;
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const RESOURCES_MAX: usize = 500;
const TEMPLATE_BYTES_MAX: usize = 1_000_000;
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const ROLE_CHARACTERS_MAX: usize = 10_240;
const POLICY_CHARACTERS_MAX: usize = 6_144;

#[test]
fn fifty_actions_stay_under_five_hundred_resources() {
    let (_, template) = stack_of_fifty();
    let resources: usize = template.resources().iter().map(expanded).sum();
    assert!(resources <= RESOURCES_MAX, "{resources}");
    assert_eq!(template.of_type("AWS::SQS::Queue").len(), 2 * ACTIONS + 3);
}

#[test]
fn the_template_of_fifty_actions_can_be_uploaded() {
    let (source, _) = stack_of_fifty();
    assert!(source.len() <= TEMPLATE_BYTES_MAX, "{}", source.len());
}

#[test]
fn the_policies_of_fifty_actions_fit_into_what_iam_allows() {
    let (_, template) = stack_of_fifty();
    for role in template.of_type("AWS::IAM::Role") {
        let documents = role.property("Policies").as_array().into_iter().flatten();
        let characters = documents.map(|policy| length(&template, &policy["PolicyDocument"])).sum();
        assert!(ROLE_CHARACTERS_MAX >= characters, "{}: {characters}", role.logical);
    }
    for policy in template.of_type("AWS::IAM::ManagedPolicy") {
        let characters = length(&template, policy.property("PolicyDocument"));
        assert!(POLICY_CHARACTERS_MAX >= characters, "{}: {characters}", policy.logical);
    }
}

#[test]
fn names_of_fifty_actions_fit_into_what_aws_allows() {
    let (_, template) = stack_of_fifty();
    for queue in template.of_type("AWS::SQS::Queue") {
        assert!(text(&template, queue.property("QueueName")).len() <= 80);
    }
    for function in template.functions() {
        assert!(text(&template, function.property("FunctionName")).len() <= 64);
    }
}

/// The template as it would be with so many actions.
fn stack_of_fifty() -> (String, Template) {
    let Catalog { mut actions, events, providers } = catalog();
    for number in actions.len()..ACTIONS {
        let id = format!("subscription.pause_{number}");
        let action = Action::new::<Value, Value>(&id, "made up", OnUnknown::Hold);
        actions.push(action.by(sendgrid::email_send()));
    }
    let files = generated(&Catalog { actions, events, providers });
    let template = files.iter().find(|file| file.path == "template.yaml").unwrap();
    let source = template.applied_to(&read("template.yaml")).unwrap_or_default();
    let template = Template::parse(&source);
    (source, template)
}

/// How many resources one becomes: SAM makes one more of each event of a function, and of what it says
/// about being invoked.
fn expanded(resource: &super::document::Resource<'_>) -> usize {
    let events = resource.property("Events").as_object().map_or(0, serde_json::Map::len);
    let makes_role = resource.value["Type"] == "AWS::Serverless::Function"
        && resource.property("Role").is_null();
    let is_configured = !resource.property("EventInvokeConfig").is_null();
    1 + events + usize::from(makes_role) + usize::from(is_configured)
}

/// The characters of a policy with its ARNs, without white space.
fn length(template: &Template, value: &Value) -> usize {
    resolved(template, value).to_string().len()
}

fn resolved(template: &Template, value: &Value) -> Value {
    match value {
        Value::Array(several) => several.iter().map(|one| resolved(template, one)).collect(),
        Value::Object(fields)
            if fields.keys().any(|key| key.starts_with("Fn::") || key == "Ref") =>
        {
            Value::String(text(template, value))
        }
        Value::Object(fields) => {
            fields.iter().map(|(key, one)| (key.clone(), resolved(template, one))).collect()
        }
        other => other.clone(),
    }
}
