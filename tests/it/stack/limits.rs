//! A catalog of many times as much fits into one stack, with what is to come beside it.

use super::document::{Resource, Template};
use super::resolved::text;
use serde_json::Value;
use std::sync::Arc;
use tradewind_connectors::action::Action;
use tradewind_connectors::catalog::{Catalog, catalog};
use tradewind_connectors::provider::Provider;
use tradewind_connectors::providers::commercelayer;
use tradewind_engine::effects::OnUnknown;
use tradewind_stack::function::functions;
use tradewind_stack::template::slim;

const ACTIONS: usize = 47;
const TRIGGERS: usize = 18;
/// Out of the 500 that CloudFormation takes, so that there is room for what nobody has thought of.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const RESOURCES_MAX: usize = 449;
const TEMPLATE_BYTES_MAX: usize = 1_000_000;
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const ROLE_CHARACTERS_MAX: usize = 10_240;
const POLICY_CHARACTERS_MAX: usize = 6_144;
const POLICIES_OF_ROLE_MAX: usize = 10;
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const VARIABLES_BYTES_MAX: usize = 4_096;
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
const ROUTES_MAX: usize = 300;
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html>
const METRICS_OF_WIDGET_MAX: usize = 500;

#[test]
fn a_grown_catalog_stays_under_four_hundred_and_fifty_resources() {
    let template = grown();
    let resources = count(&template);
    assert!(resources <= RESOURCES_MAX, "{resources}");
    let queues = ACTIONS + 2;
    assert_eq!(
        template.of_type("AWS::SQS::Queue").len(),
        2 * queues + 1,
        "those of events and of the flow, and the undelivered"
    );
    let routes = template.of_type("AWS::ApiGatewayV2::Route").len();
    assert_eq!(routes, TRIGGERS + 1 + 3, "triggers, links, and those of the API's function");
    assert!(routes <= ROUTES_MAX);
}

#[test]
fn an_action_more_is_six_resources_and_a_trigger_more_is_five() {
    let of = |actions, triggers| count(&parsed(&stack_of(actions, triggers)));
    let before = of(ACTIONS, TRIGGERS);
    assert_eq!(of(ACTIONS + 1, TRIGGERS) - before, 6, "an action");
    assert_eq!(of(ACTIONS, TRIGGERS + 1) - before, 5, "a trigger");
}

#[test]
fn the_grown_template_can_be_uploaded() {
    let source = stack_of(ACTIONS, TRIGGERS);
    assert!(source.len() <= TEMPLATE_BYTES_MAX, "{}", source.len());
}

#[test]
fn grown_policies_fit_into_what_iam_allows() {
    let template = grown();
    for role in template.of_type("AWS::IAM::Role") {
        let documents = role.property("Policies").as_array().into_iter().flatten();
        let characters = documents.map(|policy| length(&template, &policy["PolicyDocument"])).sum();
        assert!(ROLE_CHARACTERS_MAX >= characters, "{}: {characters}", role.logical);
        let shared = role.property("ManagedPolicyArns").as_array().map_or(0, Vec::len);
        assert!(shared <= POLICIES_OF_ROLE_MAX, "{}: {shared}", role.logical);
    }
    for policy in template.of_type("AWS::IAM::ManagedPolicy") {
        let characters = length(&template, policy.property("PolicyDocument"));
        assert!(POLICY_CHARACTERS_MAX >= characters, "{}: {characters}", policy.logical);
    }
}

#[test]
fn grown_names_variables_and_widgets_fit_into_what_aws_allows() {
    let template = grown();
    for queue in template.of_type("AWS::SQS::Queue") {
        assert!(text(&template, queue.property("QueueName")).len() <= 80);
    }
    for function in template.functions() {
        assert!(text(&template, function.property("FunctionName")).len() <= 64);
        let variables = length(&template, &function.property("Environment")["Variables"]);
        assert!(variables <= VARIABLES_BYTES_MAX, "{}: {variables}", function.logical);
    }
    let body = template.resource("Dashboard").property("DashboardBody")["Fn::Sub"].clone();
    let body: Value = serde_json::from_str(body.as_str().unwrap()).unwrap();
    for widget in body["widgets"].as_array().unwrap() {
        let metrics = widget["properties"]["metrics"].as_array().unwrap().len();
        assert!(metrics <= METRICS_OF_WIDGET_MAX, "{metrics}");
    }
}

fn grown() -> Template {
    parsed(&stack_of(ACTIONS, TRIGGERS))
}

fn parsed(source: &str) -> Template {
    Template::parse(source)
}

/// The template as it would be with so many actions and triggers.
fn stack_of(action_count: usize, trigger_count: usize) -> String {
    let Catalog { mut actions, events, mut providers } = catalog();
    let somebody = actions[0].implementations().next().unwrap().clone();
    for number in actions.len()..action_count {
        let id = format!("subscription.pause_{number}");
        let action = Action::new::<Value, Value>(&id, "made up", OnUnknown::Hold);
        actions.push(action.by(somebody.clone()));
    }
    let takes = providers.iter().filter(|provider| provider.trigger.is_some()).count();
    providers.extend((takes..trigger_count).map(|number| taking(format!("storefront_{number}"))));
    slim(&functions(&Catalog { actions, events, providers }), "code")
}

/// A provider whose webhooks are taken.
fn taking(id: String) -> Arc<Provider> {
    Arc::new(Provider { id, ..(**commercelayer::PROVIDER).clone() })
}

fn count(template: &Template) -> usize {
    template.resources().iter().map(expanded).sum()
}

/// How many resources one becomes: SAM makes one more of each event of a function, and of what it says
/// about being invoked.
fn expanded(resource: &Resource<'_>) -> usize {
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
        // Of a mapping, what a stage of the kind `live` has.
        Value::Object(fields) if fields.contains_key("Fn::FindInMap") => {
            let column = value["Fn::FindInMap"][2].as_str().unwrap();
            template.section("Mappings")["StageKinds"]["live"][column].clone()
        }
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
