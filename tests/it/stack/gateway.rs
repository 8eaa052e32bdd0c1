//! The way in: routes, what each takes, and what is noted of who came.

use super::document::{Resource, Template, template};
use super::rights::several;
use std::collections::BTreeSet;
use tradewind_connectors::catalog::catalog;
use tradewind_stack::function::functions;
use tradewind_stack::naming;
use tradewind_stack::template::slim;

/// What the access log may say. Not the path, the query or the headers: people put secrets into them.
const NOTED: [&str; 10] = [
    "requestTime",
    "identity.sourceIp",
    "httpMethod",
    "routeKey",
    "status",
    "responseLatency",
    "integrationLatency",
    "responseLength",
    "requestId",
    "error.message",
];

/// What is below `/hooks` and at no endpoint of the catalog: those of the project's own, and what leads nowhere.
const STRAYS: &str = "ANY /hooks/{proxy+}";

#[test]
fn what_no_route_takes_reaches_no_function() {
    let template = template();
    let mut wanted: BTreeSet<String> =
        ["ANY /api/{proxy+}", "GET /health", "ANY /links/{token}", STRAYS]
            .map(str::to_owned)
            .into();
    for provider in catalog().providers.iter().filter(|provider| provider.trigger.is_some()) {
        // With the connection, and whatever slashes are around it.
        wanted.insert(format!("ANY /hooks/{}/{{proxy+}}", provider.id));
    }
    assert_eq!(keys(&template), wanted);
}

#[test]
fn webhooks_reach_the_function_of_their_provider_and_all_others_that_of_the_projects_own() {
    let template = template();
    for route in template.of_type("AWS::ApiGatewayV2::Route") {
        let path = key(route).split_once(' ').unwrap().1;
        let provider = path.strip_prefix("/hooks/").and_then(|rest| rest.strip_suffix("/{proxy+}"));
        let function = match provider {
            Some(provider) => naming::logical(&format!("trigger-{provider}")),
            None if path == naming::OTHER_HOOKS => "TriggerWebhook".to_owned(),
            None if path == naming::LINKS => "PlatformLinks".to_owned(),
            None => "PlatformApi".to_owned(),
        };
        assert_eq!(function_of(&template, route), function, "{path}");
    }
}

/// A stage without the function that takes the webhooks of the project's own providers.
#[test]
fn without_such_a_function_strays_reach_the_one_that_lists_them_a_few_in_a_second() {
    let functions = functions(&catalog()).into_iter().filter(|one| !one.takes_own());
    let template = Template::parse(&slim(&functions.collect::<Vec<_>>(), "/code"));
    assert_eq!(function_of(&template, template.resource("StrayRoute")), "PlatformApi");
    let limits = template.resource("ApiStage").property("RouteSettings");
    assert!(limits[STRAYS]["ThrottlingRateLimit"].as_u64().unwrap() < 10, "{limits}");
}

#[test]
fn the_gateway_may_call_a_function_for_its_own_addresses() {
    let template = template();
    let reach = |function: &str| {
        let source = template.resource(&format!("{function}Permission")).property("SourceArn");
        source["Fn::Sub"].as_str().unwrap().split_once("${Api}").unwrap().1.to_owned()
    };
    assert_eq!(reach("TriggerCommercelayer"), "/*/*/hooks/commercelayer/*");
    assert_eq!(reach("TriggerWebhook"), "/*/*/hooks/*");
}

#[test]
fn whoever_floods_one_route_takes_nothing_from_the_others() {
    let template = template();
    let stage = template.resource("ApiStage");
    let limits = stage.property("RouteSettings").as_object().expect("routes have limits");
    assert_eq!(limits.keys().cloned().collect::<BTreeSet<_>>(), keys(&template));
    for (key, limit) in limits {
        let number = |name: &str| limit[name].as_u64().unwrap_or_else(|| panic!("{key}: {name}"));
        let (rate, burst) = (number("ThrottlingRateLimit"), number("ThrottlingBurstLimit"));
        assert!(rate > 0 && burst >= rate, "{key}");
        // Only webhooks come in bursts.
        assert_eq!(rate >= 200, key.starts_with("ANY /hooks/"), "{key}");
    }
    // The gateway refuses limits of a route that is not there.
    let after: BTreeSet<&str> = several(&stage.value["DependsOn"])
        .into_iter()
        .map(|logical| logical.as_str().unwrap())
        .collect();
    let routes = template.of_type("AWS::ApiGatewayV2::Route");
    assert_eq!(after, routes.iter().map(|route| route.logical).collect());
}

#[test]
fn who_came_is_noted_for_a_month_without_what_may_be_secret() {
    let template = template();
    let log = template.resource("ApiStage").property("AccessLogSettings");
    let arn = log["DestinationArn"]["Fn::Sub"].as_str().expect("there is an access log");
    assert!(arn.ends_with(":log-group:${AccessLogs}"), "{arn}");
    assert_eq!(template.resource("AccessLogs").property("RetentionInDays"), 30);
    let format = log["Format"].as_str().unwrap();
    assert!(!format.contains('\n'), "a line for each request: {format}");
    let said: serde_json::Value = serde_json::from_str(format).expect("each line is JSON");
    let said: BTreeSet<&str> = said
        .as_object()
        .unwrap()
        .values()
        .map(|value| value.as_str().unwrap().strip_prefix("$context.").unwrap())
        .collect();
    assert_eq!(said, NOTED.into());
    assert_eq!(format.matches('$').count(), NOTED.len());
}

fn keys(template: &Template) -> BTreeSet<String> {
    let routes = template.of_type("AWS::ApiGatewayV2::Route");
    routes.into_iter().map(|route| key(route).to_owned()).collect()
}

fn key(route: Resource<'_>) -> &str {
    route.property("RouteKey").as_str().unwrap()
}

fn function_of(template: &Template, route: Resource<'_>) -> String {
    let target = route.property("Target")["Fn::Sub"].as_str().unwrap();
    let integration = target.strip_prefix("integrations/${").unwrap().trim_end_matches('}');
    let uri = template.resource(integration).property("IntegrationUri");
    uri["Fn::GetAtt"].as_str().unwrap().strip_suffix(".Arn").unwrap().to_owned()
}
