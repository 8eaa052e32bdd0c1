//! Nobody may do more than what its ports ask for.

use super::document::{Resource, Template, template};
use super::resolved::text;
use expect_test::expect;
use serde_json::Value;
use std::collections::BTreeSet;
use tradewind_connectors::catalog::catalog;
use tradewind_stack::function::{Work, functions};

#[test]
fn no_action_and_no_resource_is_a_bare_star() {
    let template = template();
    let policies = policies(&template);
    assert!(policies.len() > 10);
    for (role, statement) in policies {
        for action in several(&statement["Action"]) {
            let action = action.as_str().unwrap();
            assert!(!action.contains('*'), "{role}: {action}");
        }
        for resource in several(&statement["Resource"]) {
            let arn = text(&template, resource);
            // The log's own ARN ends so: it means the streams of that log.
            let of_log = arn.strip_suffix(":*").filter(|arn| arn.contains(":log-group:"));
            let rest = of_log.or(arn.strip_suffix("/*")).unwrap_or(&arn);
            assert!(rest.starts_with("arn:aws:") && !rest.contains('*'), "{role}: {arn}");
        }
        assert_eq!(statement["Effect"], "Allow");
        assert_eq!(statement["NotAction"], Value::Null);
        assert_eq!(statement["NotResource"], Value::Null);
    }
}

#[test]
fn each_function_has_a_role_of_its_own() {
    let template = template();
    for function in template.functions() {
        let role = format!("{}Role.Arn", function.logical);
        assert_eq!(function.property("Role")["Fn::GetAtt"], role);
        assert_eq!(function.property("Policies"), &Value::Null, "{}", function.logical);
    }
}

#[test]
fn a_role_reads_the_secrets_of_the_providers_it_serves_and_no_others() {
    let template = template();
    for function in functions(&catalog()) {
        let role = template.resource(&format!("{}Role", function.logical()));
        let read: BTreeSet<String> = resources_of(&template, role, "ssm:GetParameter");
        let served = match &function.work {
            Work::Trigger(provider) => vec![provider.id],
            Work::Action(_, providers) => providers.iter().map(|provider| provider.id).collect(),
            _ => Vec::new(),
        };
        let with_secrets = served.into_iter().filter(|id| {
            catalog().provider(id).is_some_and(|provider| !provider.secrets.is_empty())
        });
        let wanted = with_secrets.map(|id| {
            format!(
                "arn:aws:ssm:ap-southeast-1:123456789012:\
                 parameter/tradewind/abcdefghijklmnop/secrets/{id}/*"
            )
        });
        assert_eq!(read, wanted.collect(), "{}", function.bin);
    }
}

#[test]
fn the_way_in_writes_no_run_and_reads_no_message() {
    let template = template();
    let role = template.resource("TriggerCommercelayerRole");
    expect![[r#"
        dynamodb:GetItem DefinitionsTable
        dynamodb:PutItem RunsTable
        dynamodb:Query DefinitionsTable
        events:PutEvents Bus
        logs:CreateLogStream Logs
        logs:PutLogEvents Logs
        s3:PutObject ${Bucket.Arn}/events/*
        sqs:SendMessage DispatchQueue
        ssm:GetParameter /secrets/commercelayer/*"#]]
    .assert_eq(&shown(&template, role));
}

#[test]
fn the_dispatch_alone_reads_what_the_bus_could_not_carry() {
    let template = template();
    for function in functions(&catalog()) {
        let role = template.resource(&format!("{}Role", function.logical()));
        let read = resources_of(&template, role, "s3:GetObject");
        let reads_events = read.iter().any(|arn| arn.ends_with("/events/*"));
        assert_eq!(reads_events, matches!(function.work, Work::Dispatch), "{}", function.bin);
    }
}

#[test]
fn schedules_may_wake_steps_and_nothing_else() {
    let template = template();
    let role = template.resource("SchedulerRole");
    let statements = statements_of(&template, role);
    assert_eq!(statements.len(), 1);
    assert_eq!(statements[0]["Action"], serde_json::json!(["sqs:SendMessage"]));
    let queues = several(&statements[0]["Resource"]).into_iter().map(|one| text(&template, one));
    let queues: BTreeSet<String> = queues.collect();
    assert_eq!(queues.len(), catalog().actions.len());
    assert!(queues.iter().all(|queue| !queue.ends_with("-dead") && !queue.ends_with("-dispatch")));
}

#[test]
fn the_bus_is_the_only_outsider_that_may_send_to_a_queue() {
    let template = template();
    let policies = template.of_type("AWS::SQS::QueuePolicy");
    assert_eq!(policies.len(), 1);
    let statement = &policies[0].property("PolicyDocument")["Statement"][0];
    assert_eq!(statement["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::GetAtt"], "Rule.Arn");
}

/// All statements of identity policies, with the resource that they stand in.
fn policies(template: &Template) -> Vec<(String, &Value)> {
    let owners = template.of_type("AWS::IAM::Role").into_iter();
    let owners = owners.chain(template.of_type("AWS::IAM::ManagedPolicy"));
    let mut all = Vec::new();
    for owner in owners {
        all.extend(own_statements(owner).into_iter().map(|one| (owner.logical.to_owned(), one)));
    }
    all
}

fn own_statements(owner: Resource<'_>) -> Vec<&Value> {
    let documents = owner.property("Policies").as_array().into_iter().flatten();
    let documents = documents.map(|policy| &policy["PolicyDocument"]);
    let documents = documents.chain([owner.property("PolicyDocument")]);
    documents.flat_map(|document| several(&document["Statement"])).collect()
}

/// The statements of a role, those of its shared policies included.
fn statements_of<'a>(template: &'a Template, role: Resource<'a>) -> Vec<&'a Value> {
    let shared = role.property("ManagedPolicyArns").as_array().into_iter().flatten();
    let shared = shared.map(|policy| template.resource(policy["Ref"].as_str().unwrap()));
    let mut statements = own_statements(role);
    statements.extend(shared.flat_map(own_statements));
    statements
}

fn resources_of(template: &Template, role: Resource<'_>, action: &str) -> BTreeSet<String> {
    let statements = statements_of(template, role).into_iter();
    let matching =
        statements.filter(|one| several(&one["Action"]).iter().any(|one| *one == action));
    let resources = matching.flat_map(|one| several(&one["Resource"]));
    resources.map(|resource| text(template, resource)).collect()
}

fn shown(template: &Template, role: Resource<'_>) -> String {
    let mut lines = BTreeSet::new();
    for statement in statements_of(template, role) {
        for action in several(&statement["Action"]) {
            for resource in several(&statement["Resource"]) {
                let resource = resource["Fn::GetAtt"].as_str().or(resource["Fn::Sub"].as_str());
                let resource = resource.unwrap().trim_end_matches(".Arn");
                let resource = resource.rsplit("${Stage}").next().unwrap();
                lines.insert(format!("{} {resource}", action.as_str().unwrap()));
            }
        }
    }
    lines.into_iter().collect::<Vec<_>>().join("\n")
}

fn several(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(several) => several.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}
